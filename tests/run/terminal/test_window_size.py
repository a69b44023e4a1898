"""The program's window is the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.run.terminal.conftest import Terminals


@pytest.mark.parametrize(
    "size", [(24, 80, (0, 0)), (100, 300, (2400, 1600))], ids=["24x80", "100x300, in pixels"]
)
def test_first_size(terminals: Terminals, size: tuple[int, int, tuple[int, int]]) -> None:
    """It knows its size, in pixels too, with its first instruction: no second one follows."""
    window = terminals.window(*size)
    ours = terminals.ours(window, "window")
    rows, columns, pixels = size
    before = window.until(b"(.*)ready\r\n")[1]
    assert before == b"size %d %d %d %d\r\n" % (rows, columns, *pixels)
    window.type(b"q")
    assert window.rest(ours) == b""


def test_resized(terminals: Terminals) -> None:
    """A new size arrives, with its pixels."""
    window = terminals.window()
    terminals.ours(window, "window")
    window.until(b"ready\r\n")
    window.resize(50, 132, (1000, 700))
    window.until(b"size 50 132 1000 700\r\n")


def test_storm(terminals: Terminals) -> None:
    """Dragging a corner sends hundreds of sizes: the last one counts, and the program lives."""
    window = terminals.window()
    ours = terminals.ours(window, "window")
    window.until(b"ready\r\n")
    for step in range(500):
        window.resize(20 + step % 50, 60 + step)
    window.resize(33, 77)
    window.until(b"size 33 77 0 0\r\n")
    window.type(b"q")
    window.rest(ours)
    assert ours.returncode == 0
