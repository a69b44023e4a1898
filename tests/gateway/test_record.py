"""A recorded pid counts only while it is the process that was recorded."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import replace

import pytest

from claude_fallback import paths
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import record, service, target
from claude_fallback.gateway.record import Running
from claude_fallback.memory.settings import Settings


def recorded(environ: dict[str, str], pid: int, born: str) -> Running:
    running = Running("http://127.0.0.1:1", "sk-cf-secret", pid, born, "/config.yaml")
    os.makedirs(paths.gateway_dir(environ))
    record.write(environ, running)
    return running


def test_round_trip(environ: dict[str, str]) -> None:
    """What was written is read again; the file is the user's alone."""
    running = recorded(environ, os.getpid(), record.birth(os.getpid()))
    assert record.running(environ) == running
    assert stat.S_IMODE(os.stat(record.record_file(environ)).st_mode) == 0o600
    assert os.listdir(paths.gateway_dir(environ)) == ["service.json"]


def test_key_is_not_in_repr(environ: dict[str, str]) -> None:
    """A traceback with a Running in it shows no key."""
    assert "secret" not in repr(recorded(environ, 1, ""))


def test_reused_pid_is_not_ours(environ: dict[str, str]) -> None:
    """A living process with the recorded pid and another birth is a stranger."""
    running = recorded(environ, os.getpid(), "another boot/1")
    assert record.running(environ) is None
    assert record.read(environ) == running
    assert not record.is_alive(os.getpid(), "")


def test_another_machine(environ: dict[str, str]) -> None:
    """A home on two machines: the same pid, started at the same tick, is another process there. It is neither
    used nor signalled."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as here:
        boot, _, tick = record.birth(here.pid).partition("/")
        recorded(environ, here.pid, f"{boot[::-1]}/{tick}")
        assert record.running(environ) is None
        with pytest.raises(FallbackError, match="not running"):
            target.resolve(Settings(), environ)
        assert not service.stop(environ)
        here.communicate(b"\n")
        assert here.returncode == 0


def test_dead_process(environ: dict[str, str]) -> None:
    """A process that ended is not alive, not even as a zombie nobody has reaped."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    born = record.birth(child.pid)
    assert record.is_alive(child.pid, born)
    assert child.stdin
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not record.is_alive(child.pid, born)
    child.wait()
    assert not record.is_alive(child.pid, born)


def test_starting_is_not_running(environ: dict[str, str]) -> None:
    """One that is still starting is not handed out."""
    running = recorded(environ, os.getpid(), record.birth(os.getpid()))
    record.write(environ, replace(running, ready=False))
    assert record.running(environ) is None


def test_damaged_record(environ: dict[str, str]) -> None:
    """A torn or foreign file is no record, and no crash."""
    recorded(environ, os.getpid(), record.birth(os.getpid()))
    for content in (b"", b"{", b"[]", b'{"pid": 1}', b'{"a": 1}', b"\xff", b"3"):
        with open(record.record_file(environ), "wb") as file:
            file.write(content)
        assert record.running(environ) is None
    record.forget(environ)
    record.forget(environ)
    assert record.running(environ) is None
