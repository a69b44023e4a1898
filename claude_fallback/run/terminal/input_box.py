"""Where the user types: finding claude's input box in a picture, and the draft in it.

1.0.60-1.0.1xx   ╭────╮            1.0.128-   ─────
                 │ > a draft │                 > a draft         (`❯` since 2.0.7x)
                 ╰────╯                       ─────
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from pyte.screens import wcwidth

from claude_fallback.run.terminal.picture import Picture, Row

_TOP = re.compile(r"╭─+╮|─{3,}.*")  # 2.1.197 writes into it: ─── History 4/4 ───
_BOTTOM = re.compile(r"╰─+╯|─{8,}.*")
_PROMPT = re.compile(r"(?:│[ \xa0])?(?:[>❯]|(?P<mode>[!#]))(?:[ \xa0]|$)")
_CUT = re.compile(r"─+ [↑↓] \d+ more")  # 2.1.330 shows a part of a tall draft
_CHOICE = re.compile(r"(?:│\s*)?\s*❯ ?\d+\. ")  # of a menu: what is above it is history
_LEFT, _RIGHT = re.compile(r"│[ \xa0]{0,3}|[ \xa0]{0,2}"), re.compile(r"\s*│\s*$")


@dataclass(frozen=True)
class Box:
    """The input box: where its borders are, and the lines between them."""

    top: int
    bottom: int
    rows: tuple[Row, ...]
    width: int  # cells in which claude wraps a draft (run on 1.0.60 and 2.1.330)
    whole: bool


def find(picture: Picture) -> Box | None:
    """The lowest box whose first line begins with a prompt sign; None when claude shows something else."""
    lines = picture.lines()
    for bottom in range(len(lines) - 1, 0, -1):
        if _CHOICE.match(lines[bottom]):
            return None
        if _BOTTOM.fullmatch(lines[bottom]):
            return _box(picture, lines, bottom)
    return None


def _box(picture: Picture, lines: list[str], bottom: int) -> Box | None:
    top = next((at for at in range(bottom - 1, -1, -1) if _TOP.fullmatch(lines[at])), None)
    if top is None or top == bottom - 1:
        return None
    whole = not (_CUT.match(lines[top]) or _CUT.match(lines[bottom]))
    if whole and not _PROMPT.match(lines[top + 1]):
        return None
    rows = tuple(_inside(row, first=at == 0) for at, row in enumerate(picture.rows[top + 1 : bottom]))
    return Box(top, bottom, rows, picture.columns - (7 if "╭" in lines[top] else 4), whole)


def is_at_prompt(picture: Picture) -> bool:
    """True when text that is typed now goes into the input box."""
    return find(picture) is not None


def draft(picture: Picture) -> str | None:
    """The text in the box, without placeholders and suggestions, which are faint.

    None without a box, and when it shows only a part: a draft that is taller than the screen.
    """
    box = find(picture)
    if box is None or not box.whole:
        return None
    return _joined([(row.text if row.bright is None else row.bright).rstrip() for row in box.rows], box.width)


def _inside(row: Row, *, first: bool) -> Row:
    """The line without borders and prompt sign; the sign of a mode (`!`, `#`) is part of the draft."""
    begun = (_PROMPT if first else _LEFT).match(row.text)
    start = begun.end() if begun else 0
    ended = _RIGHT.search(row.text, start) if row.text.startswith("│") else None
    end = ended.start() if ended else len(row.text)
    mode = begun["mode"] or "" if first and begun else ""
    bright = None if row.bright is None else mode + row.bright[start:end]
    return Row(mode + row.text[start:end], bright)


def _joined(lines: list[str], width: int) -> str:
    """Lines that were wrapped are one again: the next word would not have fitted, or was cut."""
    text = lines[0]
    for before, line in itertools.pairwise(lines):
        word, room = line.split(" ", 1)[0], width - _cells(before)
        if not word or room > _cells(word):
            text += "\n" + line
        else:
            text += line if room <= 1 and " " not in before else " " + line
    return text


def _cells(text: str) -> int:
    return sum(max(wcwidth(char), 0) for char in text)
