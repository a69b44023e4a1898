"""pyte's screen, taught what claude draws.

pyte 0.8.2 drops the rest of a text at a zero-width joiner or a variation selector, leaves old lines at DL and
fails to show an emoji of several characters. It keeps every DECSC for ever, and has no faint text.
"""

from __future__ import annotations

import re
from functools import lru_cache

import pyte
from pyte.screens import Char, Margins, wcwidth

_BLANK = Char(" ")
_NARROW = re.compile("[ -~\xa1-\xac\xae-\u02ff\u2500-\u259f]+")  # Latin, lines and blocks: one cell each
_JOINER, _AS_EMOJI = "\u200d", "\ufe0f"
_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))  # of skin


class Canvas(pyte.Screen):
    """What is drawn, cell by cell. In a cell `blink` means faint or grey: claude does not blink."""

    def __init__(self, rows: int, columns: int) -> None:
        self.wiped = self.scrolled = 0
        """How often all was cleared, and by how many lines it has scrolled: so a torn picture heals."""
        self._last = " "
        self._wide = False  # a wide character has been drawn
        super().__init__(columns, rows)

    def reset(self) -> None:
        super().reset()
        self._faint = self._grey = False
        self.wiped += 1

    def draw(self, data: str) -> None:
        """Text at the cursor, an emoji of several characters in two cells, as claude reckons."""
        at = 0
        while at < len(data):
            run = None if self._wide or self._last == _JOINER else _NARROW.match(data, at)
            if run:
                self._put_run(run[0])
            else:
                self._put(data[at])
            at = run.end() if run else at + 1
            self._last = data[at - 1]

    def _put_run(self, text: str) -> None:
        """Characters of one cell each: most of what claude writes, so this is fast."""
        faint, reverse = self.cursor.attrs.blink, self.cursor.attrs.reverse
        while text:
            if self.cursor.x >= self.columns:
                self._wrap(1)
            x = self.cursor.x
            piece, text = text[: self.columns - x], text[self.columns - x :]
            cells = [_cell(char, faint, reverse) for char in piece]
            self.buffer[self.cursor.y].update(zip(range(x, x + len(cells)), cells, strict=True))
            self.cursor.x = x + len(cells)

    def _put(self, char: str) -> None:
        width = wcwidth(char)
        if width <= 0 or self._last == _JOINER or char in _TONES:
            self._join(char)
            return
        if self.cursor.x + width > self.columns:
            self._wrap(width)
        row, x, old = self.buffer[self.cursor.y], self.cursor.x, self.cursor.attrs
        _split(row, x, x + width)
        row[x] = _cell(char, old.blink, old.reverse)
        if width == 2:
            row[x + 1] = _cell("", old.blink, old.reverse)
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
