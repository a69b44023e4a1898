"""What a terminal would show after these bytes: pyte's screen, taught what claude writes.

pyte 0.8.2 drops the rest of a text at a zero-width joiner or a variation selector, prints the payload of DCS
strings, takes `CSI > 4;2 m` for an underline, leaves old lines at DL, keeps every DECSC for ever and knows no
faint text, no alternate screen, no SU, SD or REP. So its parser is not used, and what is below is overridden.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from functools import lru_cache

import pyte
from pyte.screens import Char, Margins, StaticDefaultDict, wcwidth

from claude_fallback.run.terminal.sequences import Sequences

_ALTERNATE = frozenset((47, 1047, 1049))
_PASTE = 2004
_MOST = 9999  # a parameter beyond it is nonsense, and would be a loop of that length
_BLANK = Char(" ")
_JOINER, _AS_EMOJI = "\u200d", "\ufe0f"
_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))  # of skin
_PLAIN = re.compile(rb"[0-9:;]*")  # `CSI > 4;2 m` and `CSI ? u` look like others, and mean something else


class Emulator(pyte.Screen):
    """`feed` bytes, read cells. In a cell `blink` means faint or grey: claude does not blink."""

    def __init__(self, rows: int, columns: int) -> None:
        self.wiped = self.scrolled = 0
        """How often all was cleared, and by how many lines it has scrolled: so a torn picture heals."""
        super().__init__(columns, rows)
        self._sequences = Sequences()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._main: dict[int, StaticDefaultDict[int, Char]] | None = None  # hidden by the alternate one
        self._last = " "
        self._wide = False  # a wide character has been drawn
        self.pastes = False
        """Bracketed paste is on (`CSI ? 2004 h`)."""

    def feed(self, data: bytes) -> None:
        for part in self._sequences.parts(data):
            first = part[0]
            if first == 0x1B:
                self._escape(part)
            elif first < 0x20 or first == 0x7F:
                self._control(first)
            elif text := self._decoder.decode(part):
                self.draw(text)

    @property
    def display(self) -> list[str]:
        """The lines; pyte's own fails on an emoji of several characters."""
        return ["".join(self.buffer[y][x].data for x in range(self.columns)) for y in range(self.lines)]

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
        self._faint = self._grey = False
        self.wiped += 1

    # what pyte does wrong or not at all

    def draw(self, data: str) -> None:
        """Text at the cursor, an emoji of several characters in two cells, as claude reckons."""
        faint, reverse = self.cursor.attrs.blink, self.cursor.attrs.reverse
        for char in data:
            width = 1 if " " <= char < "\x7f" else wcwidth(char)
            if width <= 0 or self._last == _JOINER or char in _TONES:
                self._join(char)
                self._last = char
                continue
            self._last = char
            if self.cursor.x + width > self.columns:
                self._wrap(width)
            row, x = self.buffer[self.cursor.y], self.cursor.x
            if self._wide:
                _split(row, x, x + width)
            row[x] = _cell(char, faint, reverse)
            if width == 2:
                row[x + 1] = _cell("", faint, reverse)
                self._wide = True
            self.cursor.x = min(x + width, self.columns)

    def _wrap(self, width: int) -> None:
        if pyte.modes.DECAWM in self.mode:
            self.carriage_return()
            self.linefeed()
        else:
            self.cursor.x = max(0, self.columns - width)

    def _join(self, char: str) -> None:
        row, x = self.buffer[self.cursor.y], self.cursor.x - 1
        if x > 0 and not row[x].data:
            x -= 1
        if x < 0 or len(row[x].data) >= 16:
            return
        row[x] = row[x]._replace(data=row[x].data + char)
        if char == _AS_EMOJI and self.cursor.x == x + 1 < self.columns:
            row[x + 1] = row[x]._replace(data="")
            self.cursor.x += 1
            self._wide = True

    def save_cursor(self) -> None:
        """One place is remembered, as in a terminal; pyte's stack would grow with every DECSC."""
        self.savepoints.clear()
        super().save_cursor()

    def restore_cursor(self) -> None:
        super().restore_cursor()
        super().save_cursor()
        self._faint, self._grey = self.cursor.attrs.blink, False

    def index(self) -> None:
        before = self.cursor.y
        super().index()
        self.scrolled += self.cursor.y == before

    def next_line(self) -> None:
        self.carriage_return()
        self.index()

    def delete_lines(self, count: int | None = None) -> None:
        self._shift(self.cursor.y, count or 1)
        self.carriage_return()

    def insert_lines(self, count: int | None = None) -> None:
        self._shift(self.cursor.y, -(count or 1))
        self.carriage_return()

    def set_region(self, top: int = 0, bottom: int = 0) -> None:
        self.margins = None
        self.set_margins(top or None, bottom or None)
        self.cursor_position()

    def scroll_up(self, count: int = 1) -> None:
        self._shift(self._margins().top, count or 1)

    def scroll_down(self, count: int = 1) -> None:
        self._shift(self._margins().top, -(count or 1))

    def _margins(self) -> Margins:
        return self.margins or Margins(0, self.lines - 1)

    def _shift(self, top: int, up: int) -> None:
        """Move the lines from `top` to the lower margin up (or down, if negative); blank ones follow."""
        first, bottom = self._margins()
        if not first <= top <= bottom:
            return
        old = {y: self.buffer.pop(y) for y in range(top, bottom + 1) if y in self.buffer}
        for y, row in old.items():
            if top <= y - up <= bottom:
                self.buffer[y - up] = row

    def erase_in_display(self, how: int = 0, *_more: object, **_options: object) -> None:
        """From the cursor (0), up to it (1), all (2). What has scrolled away (3) is not kept anyway."""
        if how not in (0, 1, 2):
            return
        rows = {0: range(self.cursor.y + 1, self.lines), 1: range(self.cursor.y), 2: range(self.lines)}[how]
        for y in rows:
            self.buffer.pop(y, None)
        self.erase_in_line(how)
        self.wiped += how == 2

    def erase_in_line(self, how: int = 0, *_more: object, **_options: object) -> None:
        row, x = self.buffer[self.cursor.y], self.cursor.x
        gone = {0: range(x, self.columns), 1: range(x + 1), 2: range(self.columns)}.get(how, range(0))
        for at in gone:
            row.pop(at, None)

    def repeat(self, count: int = 1) -> None:
        self.draw(self._last * min(count or 1, self.columns * self.lines))

    def select_graphic_rendition(self, *attrs: int) -> None:
        """Only two things are looked at: reverse, which is the cursor, and faint or grey, which are hints."""
        reverse = self.cursor.attrs.reverse
        codes = iter(attrs or (0,))
        for code in codes:
            if code == 0:
                self._faint = self._grey = reverse = False
            elif code in (2, 22):
                self._faint = code == 2
            elif code in (7, 27):
                reverse = code == 7
            elif code in (38, 48, 58):
                colour = [next(codes, 0) for _ in range({5: 1, 2: 3}.get(next(codes, 0), 0))]
                self._grey = _is_grey(colour) if code == 38 else self._grey
            elif code == 39 or 30 <= code <= 37 or 90 <= code <= 97:
                self._grey = code == 90
        self.cursor.attrs = _cell(" ", self._faint or self._grey, reverse)

    # from bytes to calls

    def _control(self, code: int) -> None:
        if code in (0x0A, 0x0B, 0x0C):
            self.linefeed()
        elif code == 0x0D:
            self.carriage_return()
        elif code == 0x08:
            self.backspace()
        elif code == 0x09:
            self.tab()

    def _escape(self, part: bytes) -> None:
        kind, final = part[1:2], part[-1:]
        if kind != b"[":
            if call := _SHORT.get(part[1:]):
                call(self)
            return
        body = part[2:-1]
        if body[:1] == b"?" and final in b"hl":
            for mode in _numbers(body[1:]):
                self._switch(mode, final == b"h")
        elif known := _CSI.get(final) if _PLAIN.fullmatch(body) else None:
            call, most = known
            call(self, *_numbers(body)[:most])

    def _switch(self, mode: int, on: bool) -> None:
        if mode in _ALTERNATE:
            self._show_alternate(on)
        elif mode == _PASTE:
            self.pastes = on
        elif mode == 7:
            (self.mode.add if on else self.mode.discard)(pyte.modes.DECAWM)
        elif mode == 25:
            self.cursor.hidden = not on

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


def _split(row: dict[int, Char], start: int, end: int) -> None:
    """Nothing is left of a wide character of which one half is about to be written over."""
    if not row.get(start, _BLANK).data:
        row[start - 1] = _BLANK
    if not row.get(end, _BLANK).data:
        row[end] = _BLANK


def _is_grey(colour: list[int]) -> bool:
    """An index of the 256 colours, or red, green and blue: neither black nor white, nor a hue."""
    if len(colour) == 1:
        return 235 <= colour[0] <= 252
    return len(colour) == 3 and max(colour) - min(colour) < 12 and 40 < colour[0] < 215


@lru_cache(maxsize=4096)
def _cell(char: str, faint: bool, reverse: bool) -> Char:
    return Char(char, blink=faint, reverse=reverse)


def _numbers(body: bytes) -> list[int]:
    """Parameters; `4:3` counts as 4, what is no number as 0."""
    firsts = (part.partition(b":")[0] for part in body.split(b";"))
    return [min(int(part), _MOST) if part.isdigit() else 0 for part in firsts]


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
