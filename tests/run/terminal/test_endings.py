"""However the end comes: the program gets it, is waited for, and nothing stays behind, terminal included."""

from __future__ import annotations

import fcntl
import os
import select
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.run.terminal.conftest import Terminals

MODES = "\x1b[?1049h\x1b[?1000h\x1b[?1006h\x1b[?2004h\x1b[>1u\x1b[?25l"
UNDONE = rb"\x1b\[<1u.*\x1b\[\?25h.*\x1b\[\?2004l\x1b\[\?1006l\x1b\[\?1000l\x1b\[\?1049l"


def gone(pid: int) -> bool:
    """It ends within a minute."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([fd], [], [], 60)[0])
    finally:
        os.close(fd)


@pytest.mark.parametrize("name", ["TERM", "HUP", "INT", "QUIT", "USR2"])
def test_signal_reaches_the_program(terminals: Terminals, name: str) -> None:
    """A signal to us is one to the program, and its end is ours."""
    window = terminals.window()
    ours = terminals.ours(window, "sits")
    pid = int(window.until(rb"ready (\d+)\r\n")[1])
    number = getattr(signal, f"SIG{name}")
    ours.send_signal(number)
    assert ours.wait(60) == 128 + number
    assert gone(pid)


@pytest.mark.parametrize("name", ["TERM", "HUP"])
def test_program_that_does_not_listen(terminals: Terminals, name: str) -> None:
    """It is killed when it has had its time, and our end is told by what ended it."""
    terminals.zoo.env |= {"ZOO_IGNORED": "TERM HUP", "RELAYED_PATIENCE": "0.3"}
    window = terminals.window()
    ours = terminals.ours(window, "sits")
    pid = int(window.until(rb"ready (\d+)\r\n")[1])
    ours.send_signal(getattr(signal, f"SIG{name}"))
    assert ours.wait(60) == 137
    assert gone(pid)


@pytest.mark.parametrize("ignored", ["", "HUP"])
def test_closed_window(terminals: Terminals, ignored: str) -> None:
    """Who closes the window ends the program, if it must be by force, and us."""
    terminals.zoo.env |= {"ZOO_IGNORED": ignored, "RELAYED_PATIENCE": "0.3"}
    window = terminals.window()
    ours = terminals.ours(window, "sits")
    pid = int(window.until(rb"ready (\d+)\r\n")[1])
    window.close()
    assert gone(pid)
    assert ours.wait(60) == (137 if ignored else 129)


def test_we_are_killed(terminals: Terminals) -> None:
    """kill -9 of us hangs up the program's terminal: neither it nor its session's leader stays."""
    window = terminals.window()
    ours = terminals.ours(window, "sits")
    pid = int(window.until(rb"ready (\d+)\r\n")[1])
    assert terminals.ours_of(pid) == ours.pid
    leader = terminals.parent_of(pid)
    ours.kill()
    assert gone(pid)
    assert gone(leader)


def test_leader_is_killed(terminals: Terminals) -> None:
    """Without its session's leader the program is hung up by the kernel, and we end."""
    window = terminals.window()
    ours = terminals.ours(window, "sits")
    pid = int(window.until(rb"ready (\d+)\r\n")[1])
    leader = terminals.parent_of(pid)
    os.kill(leader, signal.SIGKILL)
    assert gone(pid)
    assert ours.wait(60) == 129


def test_killed_with_modes_on(terminals: Terminals) -> None:
    """A killed program leaves the terminal as it was: what it switched on is off, keys are lines again."""
    terminals.zoo.env["ZOO_MODES"] = MODES
    window = terminals.window()
    usual = window.settings
    ours = terminals.ours(window, "sits")
    pid = int(window.until(rb"ready (\d+)\r\n")[1])
    assert window.settings != usual
    os.kill(pid, signal.SIGKILL)
    assert ours.wait(60) == 137
    window.until(UNDONE)
    assert window.settings == usual


def test_we_crash(terminals: Terminals) -> None:
    """After a fault of ours that ends us the terminal is as it was, and no program stays behind."""
    terminals.zoo.env |= {"ZOO_MODES": MODES, "RELAYED": "crashes"}
    window = terminals.window()
    usual = window.settings
    ours = terminals.ours(window, "sits")
    assert ours.wait(60) == 3
    window.until(UNDONE)
    assert window.settings == usual


def test_terminal_stays_blocking(terminals: Terminals) -> None:
    """What we set on our own terminal does not leak to others who have it open, a shell for one."""
    window = terminals.window()
    terminals.ours(window, "sits")
    window.until(b"ready")
    assert not fcntl.fcntl(window.inside, fcntl.F_GETFL) & os.O_NONBLOCK
