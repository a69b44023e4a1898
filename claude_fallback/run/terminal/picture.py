"""What stands on the screen at one moment, as lines of text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line. The masks name, character by character, what is faint and what is shown in reverse."""

    text: str
    faint: tuple[bool, ...] = ()
    reverse: tuple[bool, ...] = ()

    def __str__(self) -> str:
        return self.text.rstrip()


@dataclass(frozen=True)
class Picture:
    """The whole screen; `row` and `column` of the cursor count from 0, in cells."""

    rows: tuple[Row, ...]
    columns: int
    row: int = 0
    column: int = 0

    def lines(self) -> list[str]:
        return [str(row) for row in self.rows]
