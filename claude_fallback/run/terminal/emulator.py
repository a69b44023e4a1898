"""What a terminal would show after these bytes.

pyte's parser is not used: it takes `CSI > 4;2 m` for an underline, prints the payload of DCS strings and has
no alternate screen. This one reads what claude writes, and passes over the rest.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import pyte
from pyte.screens import Char, StaticDefaultDict

from claude_fallback.run.terminal.canvas import Canvas
from claude_fallback.run.terminal.sequences import Sequences

_ALTERNATE = frozenset((47, 1047, 1049))
_WRAP, _PASTE = 7, 2004
_MOST = 9999  # a parameter beyond it is nonsense, and would be a loop of that length
_PLAIN = re.compile(rb"[0-9:;]*")  # `CSI > 4;2 m` and `CSI ? u` look like others, and mean something else


class Emulator(Canvas):
    """`feed` bytes, however they were cut; it never raises."""

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__(rows, columns)
        self._sequences = Sequences()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._main: dict[int, StaticDefaultDict[int, Char]] | None = None  # hidden by the alternate one
        self.pastes = False
        """Bracketed paste is on (`CSI ? 2004 h`)."""

    def feed(self, data: bytes) -> None:
        for part in self._sequences.parts(data):
            first = part[0]
            if first == 0x1B:
                if order := _order(part):
                    order[0](self, *order[1])
            elif first < 0x20 or first == 0x7F:
                self._control(first)
            elif text := self._decoder.decode(part):
                self.draw(text)

    def tear(self) -> None:
        """Some output is missing: begin with an empty screen, the cursor where a flood leaves it."""
        self._sequences.flush()
        self._decoder.reset()
        self.margins = None
        self.buffer.clear()
        self.cursor.x, self.cursor.y = 0, self.lines - 1

    def reset(self) -> None:
        super().reset()
        self._main = None

    def _control(self, code: int) -> None:
        if code in (0x0A, 0x0B, 0x0C):
            self.linefeed()
        elif code == 0x0D:
            self.carriage_return()
        elif code == 0x08:
            self.backspace()
        elif code == 0x09:
            self.tab()

    def switch(self, on: bool, *modes: int) -> None:
        """Private modes (`CSI ? … h` and `l`)."""
        for mode in modes:
            if mode in _ALTERNATE:
                self._show_alternate(on)
            elif mode == _PASTE:
                self.pastes = on
            elif mode == _WRAP:
                (self.mode.add if on else self.mode.discard)(pyte.modes.DECAWM)

    def _show_alternate(self, on: bool) -> None:
        if on and self._main is None:
            self.save_cursor()
            self._main = dict(self.buffer)
            self.buffer.clear()
            self.wiped += 1
        elif not on and self._main is not None:
            self.buffer.clear()
            self.buffer.update(self._main)
            self._main = None
            self.restore_cursor()


@lru_cache(maxsize=1024)  # the same few come again and again
def _order(part: bytes) -> tuple[Callable[..., None], Sequence[int]] | None:
    """What a sequence calls, with which numbers; None when it changes nothing that is looked at."""
    if part[1:2] != b"[":
        call = _SHORT.get(part[1:])
        return (call, ()) if call else None
    body, final = part[2:-1], part[-1:]
    if body[:1] == b"?" and final in b"hl":
        return Emulator.switch, (final == b"h", *_numbers(body[1:]))
    known = _CSI.get(final) if _PLAIN.fullmatch(body) else None
    return (known[0], _numbers(body)[: known[1]]) if known else None


def _numbers(body: bytes) -> list[int]:
    """Parameters; `4:3` counts as 4, what is no number as 0."""
    firsts = (part.partition(b":")[0] for part in body.split(b";"))
    return [min(int(part[:9]), _MOST) if part.isdigit() else 0 for part in firsts]


_SHORT: dict[bytes, Callable[[Emulator], None]] = {
    b"7": Emulator.save_cursor,
    b"8": Emulator.restore_cursor,
    b"D": Emulator.index,
    b"M": Emulator.reverse_index,
    b"E": Emulator.next_line,
    b"c": Emulator.reset,
}
# what a final byte calls, and with how many parameters at most
_CSI: dict[bytes, tuple[Callable[..., None], int]] = {
    b"@": (Emulator.insert_characters, 1),
    b"A": (Emulator.cursor_up, 1),
    b"B": (Emulator.cursor_down, 1),
    b"C": (Emulator.cursor_forward, 1),
    b"D": (Emulator.cursor_back, 1),
    b"E": (Emulator.cursor_down1, 1),
    b"F": (Emulator.cursor_up1, 1),
    b"G": (Emulator.cursor_to_column, 1),
    b"H": (Emulator.cursor_position, 2),
    b"J": (Emulator.erase_in_display, 1),
    b"K": (Emulator.erase_in_line, 1),
    b"L": (Emulator.insert_lines, 1),
    b"M": (Emulator.delete_lines, 1),
    b"P": (Emulator.delete_characters, 1),
    b"S": (Emulator.scroll_up, 1),
    b"T": (Emulator.scroll_down, 1),
    b"X": (Emulator.erase_characters, 1),
    b"`": (Emulator.cursor_to_column, 1),
    b"a": (Emulator.cursor_forward, 1),
    b"b": (Emulator.repeat, 1),
    b"d": (Emulator.cursor_to_line, 1),
    b"e": (Emulator.cursor_down, 1),
    b"f": (Emulator.cursor_position, 2),
    b"m": (Emulator.select_graphic_rendition, 99),
    b"r": (Emulator.set_region, 2),
    b"s": (Emulator.save_cursor, 0),
    b"u": (Emulator.restore_cursor, 0),
}
