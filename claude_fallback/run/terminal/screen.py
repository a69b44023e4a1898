"""What the session shows, followed at leisure: output is kept at once and read when there is time."""

from __future__ import annotations

from collections import deque

from pyte.screens import Char

from claude_fallback.run.terminal import footer, input_box, limit_line
from claude_fallback.run.terminal.emulator import Emulator
from claude_fallback.run.terminal.picture import Picture, Row

SLICE = 512
"""Bytes that are read in 0.3 ms, in 1 ms on a busy machine: no keystroke waits longer."""

_MOST = 256 * 1024  # bytes kept; a flood's older part has scrolled away anyway


class Screen:
    """A model of the screen. `output` costs nothing, `catch_up` reads a slice, the rest are questions.

    The questions speak of what has been read so far: ask when `catch_up` has returned True. None raises.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self._emulator = Emulator(rows, columns)
        self._waiting: deque[bytes | tuple[int, int]] = deque()
        self._size = 0
        self._torn_since: tuple[int, int] | None = None
        self._picture: Picture | None = None

    def output(self, data: bytes) -> None:
        """Keep what claude wrote. Of a flood only the newest quarter of a megabyte is kept."""
        if not data:
            return
        self._waiting.append(data)
        self._size += len(data)
        if self._size > _MOST:
            self._drop()

    def resize(self, rows: int, columns: int) -> None:
        """The window has another size from here on in the output."""
        self._waiting.append((rows, columns))

    def catch_up(self, budget: int = SLICE) -> bool:
        """Read about `budget` bytes; True when everything so far has been read."""
        while self._waiting and budget > 0:
            item = self._waiting.popleft()
            self._picture = None
            if isinstance(item, tuple):
                self._emulator.resize(*item)
                continue
            now, later = item[:budget], item[budget:]
            if later:
                self._waiting.appendleft(later)
            self._size -= len(now)
            budget -= len(now)
            self._emulator.feed(now)
        return not self._waiting

    @property
    def waiting(self) -> int:
        """Bytes that have not been read."""
        return self._size

    @property
    def is_torn(self) -> bool:
        """Output was dropped and not everything has been drawn anew since: lines may be missing."""
        if self._torn_since is None:
            return False
        wiped, scrolled = self._torn_since
        healed = self._emulator.wiped > wiped or self._emulator.scrolled >= scrolled + self._emulator.lines
        return not healed

    def picture(self) -> Picture:
        """The lines as they stand."""
        if self._picture is None:
            self._picture = _picture(self._emulator)
        return self._picture

    def limit_words(self) -> str | None:
        """The message of a limit at the end of the conversation. A trigger, never a proof."""
        return limit_line.limit_words(self.picture())

    def is_ready(self) -> bool:
        """A new session takes text now: it has asked for pastes and drawn its input box."""
        return self._emulator.pastes and self.is_at_prompt()

    def is_at_prompt(self) -> bool:
        """The input box is there, and nothing that asks a question stands in its place."""
        return not self.is_torn and input_box.is_at_prompt(self.picture())

    def is_busy(self) -> bool:
        """A turn is running."""
        return footer.is_busy(self.picture())

    def limit_is_near(self) -> bool:
        """claude warns of it."""
        return footer.limit_is_near(self.picture())

    def draft(self) -> str | None:
        """The text in the input box, "" when there is none, None when that cannot be told."""
        return None if self.is_torn else input_box.draft(self.picture())

    def permission_mode(self) -> str | None:
        """The mode that the footer names, in the words of `--permission-mode`; None when it shows none."""
        return footer.permission_mode(self.picture())

    @property
    def pastes(self) -> bool:
        """claude takes bracketed pastes."""
        return self._emulator.pastes

    def _drop(self) -> None:
        """Let the oldest go, sizes excepted: the last of those holds."""
        size = None
        while self._size > _MOST:
            item = self._waiting.popleft()
            if isinstance(item, tuple):
                size = item
                continue
            over = self._size - _MOST
            kept = item[over:] if len(item) > over else b""
            self._size -= len(item) - len(kept)
            if kept:
                self._waiting.appendleft(kept)
        if size:
            self._waiting.appendleft(size)
        self._emulator.tear()
        self._torn_since = (self._emulator.wiped, self._emulator.scrolled)


def _picture(emulator: Emulator) -> Picture:
    rows = tuple(_row(emulator, y) for y in range(emulator.lines))
    return Picture(rows, emulator.columns)


def _row(emulator: Emulator, y: int) -> Row:
    """A wide character's second cell is empty, and a joined one's text is longer than one character."""
    line = emulator.buffer.get(y)
    if not line:
        return Row("")
    cells = [line[x] for x in range(max(line) + 1)]
    text = "".join(cell.data for cell in cells)
    if not any(cell.blink for cell in cells):
        return Row(text)
    behind = [*cells[1:], Char(" ")]
    bright = (
        " " * len(cell.data)
        if cell.blink or (cell.reverse and after.blink and after.data > " ")
        else cell.data
        for cell, after in zip(cells, behind, strict=True)
    )
    return Row(text, "".join(bright))
