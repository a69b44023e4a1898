"""The relay in a real terminal: keys reach the program once, jobs stop and go on, stdin stays a terminal."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from tests.run.conftest import Zoo

OURS = f"{sys.executable} -m claude_fallback"


@pytest.fixture
def shell(zoo: Zoo) -> Iterator[pexpect.spawn]:
    """A bash with job control in a pty of its own; the prompt is `$$>`."""
    env = {**zoo.of("signals"), "PS1": "$$>", "ZOO_SIGNALS": "INT QUIT TERM"}
    found = pexpect.spawn(
        "bash", ["--norc", "--noprofile", "--noediting", "-i"], env=env, timeout=30, echo=False
    )
    found.expect(r"\d+>")
    yield found
    found.close(force=True)


def start(shell: pexpect.spawn, command: str) -> int:
    """Run it, wait until the program is ready; the program's pid."""
    shell.sendline(command)
    shell.expect(r"ready (\d+)\r\n")
    return int(shell.match[1])


def ours(pid: int) -> int:
    """The pid of our process, the program's parent."""
    with open(f"/proc/{pid}/status") as file:
        return int(re.findall(r"PPid:\t(\d+)", file.read())[0])


@pytest.mark.parametrize(("key", "name"), [("\x03", "INT"), ("\x1c", "QUIT")])
def test_key_reaches_the_program_once(shell: pexpect.spawn, key: str, name: str) -> None:
    """Ctrl-C and Ctrl-\\ come from the terminal to the whole group: we pass nothing on a second time."""
    child = start(shell, f"{OURS} -p")
    for _ in range(20):  # two signals that come close together are one: a second may hide, twenty cannot
        shell.send(key)
        shell.expect(f"got {name}\r\n")
    os.kill(ours(child), signal.SIGTERM)  # comes after the keys in our queue
    shell.expect("got TERM\r\n")
    shell.expect(r"(?m)^([A-Z ]+)\r\n\d+>")
    assert shell.match[1].split() == [name.encode()] * 20 + [b"TERM"]


def state(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


def test_job_control(shell: pexpect.spawn) -> None:
    """Ctrl-Z stops the program and us, `fg` lets both go on, and the run ends as if nothing had been."""
    child = start(shell, f"{OURS} -p")
    parent = ours(child)
    shell.send("\x1a")
    shell.expect("Stopped.*>")
    assert (state(child), state(parent)) == ("T", "T")
    shell.sendline("fg")
    shell.expect("claude_fallback")
    os.kill(child, signal.SIGTERM)
    shell.expect(r"got TERM\r\n.*TERM\r\n\d+>")
    shell.sendline("echo code $?")
    shell.expect(r"code 0\r\n")


def test_stdin_that_is_a_terminal(zoo: Zoo) -> None:
    """A terminal on stdin is the program's own, not a pipe that stays silent; stdout is a pipe of ours."""
    shown = pexpect.spawn(f"{OURS} -p", env=zoo.of("world"), timeout=30)
    text = shown.read().decode()
    shown.close()
    assert '"stdin": ["/dev/pts/' in text
    assert '"terminal": true' in text
    assert shown.exitstatus == 0


def test_hang_up(shell: pexpect.spawn) -> None:
    """A signal to the whole group from another process (timeout, a closing shell) still ends the run once the
    program ends: no process is left behind."""
    child = start(shell, f"{OURS} -p")
    parent = ours(child)
    os.killpg(os.getpgid(child), signal.SIGTERM)
    shell.expect("got TERM\r\n")
    shell.expect(r"TERM\r\n\d+>")
    assert not os.path.exists(f"/proc/{parent}")
