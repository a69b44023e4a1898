"""A claude that was not seen before goes through the drill in the background, once, after a run."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from claude_fallback.memory import verdicts
from claude_fallback.memory.verdicts import Verdict
from claude_fallback.run import newcomer

# Prints what nobody knows and asks nobody; a session of it ends at once.
BODY = """#!{python}
import os, signal, sys
if sys.argv[1] == "--version":
    sys.exit(print("2.1.999 (Claude Code)"))
with open("{notes}", "a") as file:
    print(os.getpid(), *signal.pthread_sigmask(signal.SIG_BLOCK, ()), file=file)
sys.exit(1)
"""


@pytest.fixture
def claude(tmp_path: Path) -> str:
    """It notes the pid of each of its runs in `pids`, and what signals are blocked for it."""
    path = tmp_path / "claude"
    path.write_text(BODY.format(python=sys.executable, notes=tmp_path / "pids"))
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(newcomer, "_start", lambda claude, _environ: found.append(claude))
    return found


def looked(claude: str, environ: dict[str, str], **more: str) -> None:
    newcomer.look(claude, {**environ, "CLAUDE_FALLBACK_VERIFY": "", **more})


def test_a_new_one(claude: str, environ: dict[str, str], started: list[str]) -> None:
    """It has no verdict: the drill is started."""
    looked(claude, environ)
    assert started == [claude]


@pytest.mark.parametrize("more", [{"CLAUDE_FALLBACK_VERIFY": "off"}, {"CI": "true"}])
def test_switched_off(claude: str, environ: dict[str, str], started: list[str], more: dict[str, str]) -> None:
    """By a variable, and in CI."""
    looked(claude, environ, **more)
    assert started == []


def test_switched_off_in_the_settings(claude: str, environ: dict[str, str], started: list[str]) -> None:
    """By `config set verify-new-releases off`."""
    folder = Path(environ["HOME"], ".claude")
    folder.mkdir()
    (folder / "litellm_config.json").write_text('{"verify_new_releases": false}')
    looked(claude, environ)
    assert started == []


def test_a_known_one(claude: str, environ: dict[str, str], started: list[str]) -> None:
    """A verdict, be it good or bad, is enough."""
    now = datetime.now(timezone.utc)
    verdicts.keep(claude, Verdict("2.1.999", now, {"text": "no"}), environ, print)
    looked(claude, environ)
    assert started == []


def test_tried_just_now(claude: str, environ: dict[str, str], started: list[str]) -> None:
    """A drill that left no verdict is tried again, but not at once."""
    lock = Path(newcomer.lock_file(environ))
    lock.parent.mkdir(parents=True)
    lock.touch()
    looked(claude, environ)
    assert started == []
    os.utime(lock, (time.time() - 2 * newcomer._AGAIN,) * 2)
    looked(claude, environ)
    assert started == [claude]


def test_one_that_is_not_supported(environ: dict[str, str], tmp_path: Path, started: list[str]) -> None:
    """A release that gets no fallback, or tells no number, gets no drill."""
    old = tmp_path / "1.0.35"
    old.write_text("#!/bin/sh\n")
    old.chmod(0o755)
    looked(str(old), environ)
    assert started == []


def test_a_fault_is_nobodys(claude: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong, the run is over and its exit code stands."""

    def broken(*_: Any) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(newcomer, "_start", broken)
    looked(claude, environ)


def test_after_a_run(
    claude: str, environ: dict[str, str], tmp_path: Path, wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    """The run is over at once, with claude's exit code; its verdict comes later, and nothing stays behind."""
    tmp = tmp_path / "tmp"
    tmp.mkdir()
    env = {**environ, "CLAUDE_FALLBACK_CLAUDE": claude, "CLAUDE_FALLBACK_VERIFY": "", "TMPDIR": str(tmp)}
    command = [sys.executable, "-m", "claude_fallback", "-p", "hi"]
    done = subprocess.run(
        command, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    wait_for(lambda: verdicts.of(claude, environ) is not None)
    found = verdicts.of(claude, environ, "2.1.999")
    assert found
    assert set(found.modes) == {"text", "json", "stream-json", "interactive"}
    assert all("claude asked for nothing" in fault for fault in found.modes.values())
    wait_for(lambda: os.listdir(tmp) == [])
    runs = (tmp_path / "pids").read_text().splitlines()
    assert len(runs) == 1 + len(found.modes)
    assert all(map(str.isdecimal, runs))  # the run that starts it has signals blocked, the drill has none


def test_one_at_a_time(claude: str, environ: dict[str, str], tmp_path: Path) -> None:
    """While another one runs, a second one ends without starting claude."""
    lock = Path(newcomer.lock_file(environ))
    lock.parent.mkdir(parents=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        command = [sys.executable, "-m", "claude_fallback.rehearsal.background", claude]
        assert subprocess.run(command, env=environ, timeout=60, check=False).returncode == 1
    assert not (tmp_path / "pids").exists()
    assert verdicts.of(claude, environ) is None


def test_status(claude: str, environ: dict[str, str]) -> None:
    """`status` has the verdict, as a line and as JSON."""
    status = [sys.executable, "-m", "claude_fallback", "for", "litellm", "status"]
    env = {**environ, "CLAUDE_FALLBACK_CLAUDE": claude}

    def said(*options: str) -> str:
        return subprocess.run(
            [*status, *options], env=env, capture_output=True, text=True, check=False
        ).stdout

    assert "verified  not yet; to do so: claude-fallback for litellm test-rate-limit" in said()
    assert json.loads(said("--json"))["verified"] is None
    at = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
    verdicts.keep(claude, Verdict("2.1.999", at, {"text": "", "json": ""}), environ, print)
    assert "verified  claude 2.1.999: verified 2026-11-22 (text, json)" in said()
    assert json.loads(said("--json"))["verified"] == {
        "release": "2.1.999",
        "at": "2026-11-22T12:00:00Z",
        "passed": True,
        "modes": {"text": None, "json": None},
    }
