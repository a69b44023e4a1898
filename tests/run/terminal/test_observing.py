"""Whoever looks on: the session goes on without him."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

from claude_fallback import paths
from claude_fallback.run.terminal.observer import Careful, Nobody

if TYPE_CHECKING:
    from tests.run.terminal.conftest import Terminals


def test_observer_fails(terminals: Terminals) -> None:
    """A fault of the observer's costs the observing, not the session; the log says so."""
    terminals.zoo.env |= {"RELAYED": "fails", "ZOO_KEYS": "5"}
    window = terminals.window()
    ours = terminals.ours(window, "keys")
    window.until(b"ready\r\n")
    window.type(b"12345")
    window.until(rb"keys \w+\r\n")
    assert ours.wait(60) == 0
    log = Path(paths.log_file(terminals.zoo.env)).read_text()
    assert log.count('"fault"') == 1
    assert "the observer's own fault" in log


def test_switch(terminals: Terminals) -> None:
    """Between two programs: the first has its last words and its modes are undone, our line is on one of its
    own, and the second has the keys that were typed meanwhile, in their order."""
    terminals.zoo.env["RELAYED"] = "switches"
    window = terminals.window()
    ours = terminals.ours(window, "limited")
    window.until(b"limit\r\non my way out\r\n")
    window.type(b"typed between")
    terminals.zoo.open_gate()
    between = window.until(rb"(.*)second\r\n")[1]
    assert between.startswith(b"last words\r\n\x1b[?1000l\x1b[?2004l")
    assert between.endswith(b"\x0fswitched after 7\r\n")
    window.type(b" and after.")
    window.until(rb"typed typed between and after.\r\n")
    assert ours.wait(60) == 0


def test_woken_by_a_thread(terminals: Terminals) -> None:
    """`until` is asked again when a thread says so, though nobody types and nothing is said."""
    terminals.zoo.env["RELAYED"] = "wakes"
    window = terminals.window()
    ours = terminals.ours(window, "sits")
    assert ours.wait(60) == 128 + signal.SIGTERM


class Failing(Nobody):
    def output(self, data: bytes) -> None:
        raise RuntimeError("a fault")


def test_held_keys_are_let_go_after_a_fault(environ: dict[str, str]) -> None:
    """Where keys are held until the observer says so, its fault must not hold them for ever."""
    for ends in (True, False):
        careful = Careful(Failing(), lambda: False, environ, ends=ends)
        assert careful.until() is False
        careful.output(b"x")
        assert careful.until() is ends
