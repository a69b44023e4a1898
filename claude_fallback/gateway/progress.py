"""What a long step is doing, for someone who waits: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

LINE_EVERY = 10.0  # seconds between lines where no bar can be drawn
BAR_WIDTH = 24


class Progress:
    """`step` as often as you like, `note` for what must stay, `end` before anything else is printed."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._drawing = self._stream.isatty()
        self._drawn = False
        self._began: dict[str, float] = {}
        self._next_line = 0.0

    def step(self, what: str, done: int = 0, total: int = 0) -> None:
        """`what` is going on, `done` of `total` parts of it (0: not countable)."""
        now = self._clock()
        if what not in self._began:
            self._began[what] = now
            self._next_line = now
        seconds = int(now - self._began[what])
        if self._drawing:
            self._write(f"\r\033[K{_bar(done, total)}{what}{_count(done, total)}  {seconds} s")
            self._drawn = True
        elif now >= self._next_line:
            self._write(f"claude-fallback: {what}{_count(done, total)}, {seconds} s\n")
            self._next_line = now + LINE_EVERY

    def note(self, text: str) -> None:
        self.end()
        self._write(f"claude-fallback: {text}\n")

    def end(self) -> None:
        """Wipe the bar; the line is free again."""
        if self._drawn:
            self._write("\r\033[K")
            self._drawn = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            pass  # nobody is watching any more


class Quiet(Progress):
    """Nobody waits."""

    def __init__(self) -> None:
        super().__init__()

    def _write(self, text: str) -> None:
        pass


QUIET: Progress = Quiet()


def _bar(done: int, total: int) -> str:
    if total <= 0:
        return ""
    full = min(BAR_WIDTH, BAR_WIDTH * done // total)
    return f"[{'#' * full}{'.' * (BAR_WIDTH - full)}] "


def _count(done: int, total: int) -> str:
    return f" {done}/{total}" if total > 0 else ""
