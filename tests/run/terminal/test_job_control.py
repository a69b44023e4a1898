"""Ctrl-Z and fg, in a shell: as with the bare program."""

from __future__ import annotations

import os
import re
import shlex
import signal
import termios
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.run.terminal.conftest import Terminals, Window

PROMPT = rb"\d+>"


@pytest.fixture
def shell(terminals: Terminals) -> Window:
    window = terminals.window(40, 100)
    terminals.zoo.env["PS1"] = "$$>"
    terminals.start(window, ["bash", "--norc", "--noprofile", "--noediting", "-i"])
    window.until(PROMPT)
    return window


def state(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


def started(shell: Window, terminals: Terminals) -> int:
    """The program's pid."""
    command = shlex.join([*terminals.relayed, terminals.zoo.path("suspends")])
    shell.type(f"{command}\r".encode())
    return int(shell.until(rb"ready (\d+)\r\n")[1])


@pytest.mark.parametrize("how", ["group", "self"])
def test_suspended_and_continued(terminals: Terminals, shell: Window, how: str) -> None:
    """The shell has its prompt back and a usual terminal; `fg` continues us and the program, which has its
    keys and the new size again, as often as one likes."""
    shell.type(f"export ZOO_STOP={how}\r".encode())
    pid = started(shell, terminals)
    for size in ((50, 120), (20, 70)):
        shell.type(b"\x1a")
        shell.until(rb"suspended\r\n.*Stopped.*" + PROMPT)
        assert state(pid) == "T"
        shell.type(
            b"echo usual `stty -a | grep -c ' icanon.* icrnl\\| icrnl'`; stty -a | grep -o '.icanon'\r"
        )
        shell.until(rb" icanon\r\n.*" + PROMPT)
        shell.resize(*size)
        shell.type(b"fg\r")
        shell.until(b"continued %d %d\r\n" % size)
        shell.type(b"x")
        shell.until(b"key x\r\n")
    shell.type(b"q")
    shell.until(PROMPT)
    shell.type(b"echo code $?\r")
    shell.until(b"code 0\r\n")


def test_shell_that_sets_nothing(terminals: Terminals) -> None:
    """A shell that leaves the terminal as it finds it (dash) finds lines and an echo when we have stopped."""
    window = terminals.window(40, 100)
    terminals.zoo.env["PS1"] = "$$>"
    terminals.start(window, ["sh", "-i"])
    window.until(rb">")
    started(window, terminals)
    window.type(b"\x1a")
    window.until(rb"suspended\r\n.*>")
    assert window.settings[3] & termios.ICANON
    window.type(b"fg\r")
    window.until(rb"continued 40 100\r\n")
    window.type(b"q")
    window.until(rb">")


def test_stopped_from_outside(terminals: Terminals, shell: Window) -> None:
    """`kill -TSTP` of us stops the program, too; after `kill -STOP` and `fg` it draws its screen anew."""
    pid = started(shell, terminals)
    ours = terminals.ours_of(pid)
    os.kill(ours, signal.SIGTSTP)
    shell.until(rb"Stopped.*" + PROMPT)
    assert state(pid) == "T"
    shell.type(b"fg\r")
    shell.until(rb"continued 40 100\r\n")
    os.kill(ours, signal.SIGSTOP)
    shell.until(rb"Stopped.*" + PROMPT)
    shell.type(b"fg\r")
    shell.until(rb"continued 40 100\r\n")
    shell.type(b"q")
    shell.until(PROMPT)


def test_stopped_in_the_background(terminals: Terminals, shell: Window) -> None:
    """`bg` lets nobody read the terminal: the job stops again until `fg`."""
    started(shell, terminals)
    shell.type(b"\x1a")
    shell.until(rb"Stopped.*" + PROMPT)
    shell.type(b"bg\r")
    shell.until(PROMPT)
    stopped = False
    while not stopped:  # it does so in its own time
        shell.type(b"jobs\r")
        stopped = b"Stopped" in shell.until(rb"jobs\r\n.*?\n\d+>")[0]
    shell.type(b"fg\r")
    shell.until(rb"continued")
    shell.type(b"q")
    shell.until(PROMPT)


def test_one_thread_hears_the_terminal(terminals: Terminals, shell: Window) -> None:
    """The first thread to wake after a stop takes the SIGCONT: were it not the relay's, the relay would
    continue the program twice, and what a program throws away at its start (TCSAFLUSH) would be keys."""
    ours = terminals.ours_of(started(shell, terminals))
    others = [task for task in Path(f"/proc/{ours}/task").iterdir() if task.name != str(ours)]
    assert others
    for task in others:
        blocked = int(re.search(r"SigBlk:\s*(\w+)", (task / "status").read_text())[1], 16)  # type: ignore[index]
        for number in (signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH):
            assert blocked >> number - 1 & 1
    shell.type(b"q")
    shell.until(PROMPT)


def test_nobody_could_continue_us(terminals: Terminals) -> None:
    """The terminal's first program has no shell behind it: Ctrl-Z does not leave it behind a dead screen."""
    window = terminals.window()
    ours = terminals.ours(window, "suspends")
    window.until(b"ready")
    window.type(b"\x1a")
    window.until(b"suspended\r\n.*continued")
    window.type(b"q")
    assert ours.wait(60) == 0
