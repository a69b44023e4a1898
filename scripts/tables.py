"""Tables of the generated documentation, and of what the scripts print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MADE = "<!-- made by scripts/make-docs -->"


def markdown(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def code(text: str) -> str:
    """As code in a table, where a bar would end the cell."""
    return "`" + text.replace("\n", " ⏎ ").replace("|", "\\|") + "`"


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """For a terminal: each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
