"""What stands on the screen at one moment, as lines of text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line, and the same without what is faint. The cursor on the first faint character hides it."""

    text: str
    bright: str | None = None
    """None when nothing in the line is faint."""

    def __str__(self) -> str:
        return self.text.rstrip()


@dataclass(frozen=True)
class Picture:
    """The whole screen, `columns` cells wide."""

    rows: tuple[Row, ...]
    columns: int

    def lines(self) -> list[str]:
        return [str(row) for row in self.rows]
