"""The program on its pty: what it starts with, how its end is told."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.run.terminal.conftest import Terminals

SAME = ("argv", "env", "fds", "signals", "cwd", "umask", "nice", "terminal")


@pytest.mark.parametrize("end", ["0", "1", "77", "255", "-TERM", "-KILL", "-SEGV", "-HUP", "-INT", "-QUIT"])
def test_exit_code(terminals: Terminals, end: str) -> None:
    """Ours is the program's; 128 + n after a signal."""
    terminals.zoo.env["ZOO_END"] = end
    bare, ours = terminals.both("exits")
    assert ours == bare


def test_same_world(terminals: Terminals, tmp_path: Path) -> None:
    """Arguments, environment, open files, signals and the rest are as without us, and the program is the
    foreground job of its terminal."""
    told = []
    for start in (terminals.bare, terminals.ours):
        terminals.zoo.env["ZOO_FILE"] = str(tmp_path / "told")
        start(terminals.window(), "world", "an arg", "", "--flag=ü").wait(60)
        told.append(json.loads((tmp_path / "told").read_text()))
    bare, ours = told
    assert {name: ours[name] for name in SAME} == {name: bare[name] for name in SAME}
    assert ours["terminal"] is True
    assert ours["stdin"][0] is not None
    assert ours["group"] == ours["pid"] != ours["session"]  # a job, as in a shell


def test_line_settings(terminals: Terminals) -> None:
    """The user's own erase key and the like are the program's, too."""
    window = terminals.window()
    subprocess.run(["stty", "erase", "^H", "kill", "^X", "-ixon"], stdin=window.inside, check=True)
    code = "import subprocess; subprocess.run(['stty', '-a'])"
    shown = []
    for prefix in ([], terminals.relayed):
        process = terminals.start(window, [*prefix, "/usr/bin/env", "python3", "-c", code])
        shown.append(window.rest(process))
        window.shown.clear()
    assert shown[0] == shown[1] != b""


@pytest.mark.parametrize("given", ["file", "closed"])
def test_stdin_that_is_no_terminal(terminals: Terminals, tmp_path: Path, given: str) -> None:
    """The program has the user's own stdin, or none; its keys come from the controlling terminal."""
    (tmp_path / "given").write_bytes(b"from a file")
    with (tmp_path / "given").open("rb") as file:
        options: dict[str, Any] = {"stdin": file} if given == "file" else {"closed": 0}
        for start in (terminals.bare, terminals.ours):
            file.seek(0)
            window = terminals.window()
            process = start(window, "asks", **options)
            told = window.until(rb"stdin ([^\r]*)\r\nready\r\n")[1]
            assert told == (b"from a file" if given == "file" else b"closed")
            window.type(b"\x03")
            window.until(b"key \x03\r\n")
            assert process.wait(60) == 0


def test_stderr_that_is_redirected(terminals: Terminals, tmp_path: Path) -> None:
    """`claude 2>log`: the log gets its words, the screen does not."""
    terminals.zoo.words([[1, "screen\n"], [2, "log\n"]])
    with (tmp_path / "log").open("wb") as log:
        window = terminals.window()
        shown = window.rest(terminals.ours(window, "says", stderr=log))
    assert shown == b"screen\r\n"
    assert (tmp_path / "log").read_bytes() == b"log\n"


def test_not_started(terminals: Terminals) -> None:
    """A program that cannot be started is an OSError, and the terminal is as it was."""
    window = terminals.window()
    usual = window.settings
    process = terminals.start(window, [*terminals.relayed, "/nowhere/claude"])
    shown = window.rest(process)
    assert process.returncode not in (None, 0)
    assert b"No such file" in shown or b"not found" in shown
    assert window.settings == usual


def test_what_it_leaves_running(terminals: Terminals, tmp_path: Path) -> None:
    """A process that the program leaves in the background is not hung up by our end, as it is not in a
    shell."""
    terminals.zoo.env["ZOO_FILE"] = str(tmp_path / "left")
    window = terminals.window()
    ours = terminals.ours(window, "leaves-child")
    window.until(b"left behind\r\n")
    assert ours.wait(60) == 0
    terminals.zoo.open_gate()
    while not (tmp_path / "left").exists():
        pass
    while (tmp_path / "left").read_bytes() != b"still there\n":
        pass
    assert os.path.exists(tmp_path / "left")


def test_inside_script(terminals: Terminals, tmp_path: Path) -> None:
    """Under script(1) we are the first program of a terminal inside another: keys, size and exit code go
    through both."""
    window = terminals.window(24, 80)
    command = shlex.join([*terminals.relayed, terminals.zoo.path("window")])
    process = terminals.start(window, ["script", "-qec", command, str(tmp_path / "typescript")])
    window.until(rb"size 24 80 0 0\r\n.*ready\r\n")
    window.resize(30, 90)
    window.until(rb"size 30 90 0 0\r\n")
    window.type(b"q")
    window.rest(process)
    assert process.returncode == 0


_CANNOT_START = """
import os
from claude_fallback.run.signals import Signals
from claude_fallback.run.terminal.child import PtyChild
from claude_fallback.run.terminal.user_terminal import UserTerminal

terminal, signals = UserTerminal(), Signals(own_terminal=True)
for argv, cwd in (["/bin/true"], "/is/not/there"), (["/is/not/a/program"], None):
    try:
        PtyChild(argv, dict(os.environ), terminal, signals, cwd)
    except OSError as error:
        print(type(error).__name__, error, flush=True)
"""


def test_cannot_be_started(terminals: Terminals) -> None:
    """A folder that was removed, a program that an update took away: an OSError, here and nowhere else."""
    window = terminals.window()
    process = terminals.start(window, [sys.executable, "-c", _CANNOT_START])
    shown = window.rest(process).decode().split("\r\n")
    assert process.returncode == 0
    assert [line.split(" ")[0] for line in shown if line] == ["FileNotFoundError"] * 2
