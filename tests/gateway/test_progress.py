"""Progress is a bar on a terminal, a line now and then elsewhere, and never an error."""

from __future__ import annotations

import io

from claude_fallback.gateway.progress import QUIET, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_lines() -> None:
    """Without a terminal: one line at the start of a step, then one every ten seconds."""
    now = 0.0
    out = io.StringIO()
    progress = Progress(out, lambda: now)
    for now in (0.0, 0.3, 9.0, 10.0, 12.0):
        progress.step("downloading", int(now), 100)
    now = 13.0
    progress.step("installing")
    progress.end()
    assert out.getvalue().splitlines() == [
        "claude-fallback: downloading 0/100, 0 s",
        "claude-fallback: downloading 10/100, 10 s",
        "claude-fallback: installing, 0 s",
    ]


def test_bar() -> None:
    """On a terminal the line is redrawn, and wiped at the end and before a note."""
    out = Terminal()
    progress = Progress(out, lambda: 0.0)
    progress.step("downloading", 50, 100)
    progress.note("done")
    progress.end()
    assert out.getvalue() == (
        "\r\033[K[############............] downloading 50/100  0 s\r\033[Kclaude-fallback: done\n"
    )


def test_nobody_watching() -> None:
    """A stderr without a reader costs nothing."""
    progress = Progress(Gone(), lambda: 0.0)
    progress.step("x")
    progress.note("y")
    QUIET.step("x")
    QUIET.note("y")
