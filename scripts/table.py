"""The table that `scripts/bench` prints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    what: str
    count: int
    bare: str
    ours: str
    result: str
    target: str


def ms(seconds: float, sign: str = "", digits: int = 0) -> str:
    return f"{seconds * 1000:{sign}.{digits}f} ms"


def show(rows: list[Row]) -> None:
    print(f"{'':37}{'N':>4}{'claude':>9}{'ours':>9}  {'difference':<16}target")
    for row in rows:
        shown = f"{row.what:37}{row.count:>4}{row.bare:>9}{row.ours:>9}  {row.result:<16}{row.target}"
        print(shown.rstrip())
