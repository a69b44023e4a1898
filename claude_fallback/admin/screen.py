"""What our commands print. stdout carries only the result."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta

from claude_fallback.errors import FallbackError

BAR = 24  # cells


def show(*lines: str) -> None:
    """Write lines to stdout at once, whatever its encoding; a reader that left raises BrokenPipeError.

    Past Python's buffer: what could not be written must not be tried again when the interpreter ends.
    """
    if sys.stdout is None:  # started with stdout closed
        return
    data = "".join(f"{line}\n" for line in lines).encode(sys.stdout.encoding or "utf-8", "replace")
    try:
        while data:
            data = data[os.write(1, data) :]
    except BrokenPipeError:
        raise
    except OSError as error:
        raise FallbackError(f"cannot write to stdout: {error.strerror}") from None


def rows(pairs: list[tuple[str, str]]) -> list[str]:
    """A label column and a text column."""
    width = max((len(label) for label, _ in pairs), default=0)
    return [f"{label:<{width}}  {text}" for label, text in pairs]


def table(heads: tuple[str, ...], cells: list[tuple[str, ...]], right: int | None = None) -> list[str]:
    """Columns as wide as they need to be, under their heads; from the column `right` on they hold numbers."""
    every = [heads, *cells]
    right = len(heads) if right is None else right
    forms = [f"{'<' if at < right else '>'}{max(len(row[at]) for row in every)}" for at in range(len(heads))]
    return ["  ".join(f"{cell:{form}}" for cell, form in zip(row, forms, strict=True)).rstrip()
            for row in every]  # fmt: skip


def dollars(amount: float) -> str:
    """`$12.34`, `$0.001234`: small sums are what single answers cost."""
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.6f}".rstrip("0").rstrip(".")


def span(length: timedelta) -> str:
    """`2 h 13 min`: the two units that matter."""
    seconds = max(0, round(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours == 0:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"


def local(instant: datetime, now: datetime) -> str:
    """The user's own clock: `15:04`, with the day when it is not today."""
    here = instant.astimezone()
    same_day = here.date() == now.astimezone().date()
    return here.strftime("%H:%M" if same_day else "%a %d %b %H:%M")


def until(instant: datetime, now: datetime) -> str:
    return f"{local(instant, now)}, in {span(instant - now)}"


def bar(begin: datetime, end: datetime, now: datetime, environ: Mapping[str, str]) -> str:
    """How much of the time has gone by; drawn only for a person at a terminal."""
    whole = (end - begin).total_seconds()
    if whole <= 0 or not pretty(environ):
        return ""
    full = round(BAR * min(1.0, max(0.0, (now - begin).total_seconds() / whole)))
    return f"  \x1b[2m{'█' * full}{'░' * (BAR - full)}\x1b[0m"


def pretty(environ: Mapping[str, str]) -> bool:
    """https://no-color.org: any non-empty value forbids."""
    if sys.stdout is None or environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty() and "utf" in (sys.stdout.encoding or "").lower()
