"""What claude says around its input box: does it work, in which permission mode, is the limit near."""

from __future__ import annotations

import re

from claude_fallback.limits.harmless_wordings import LIMIT_IS_NEAR
from claude_fallback.run.terminal import input_box
from claude_fallback.run.terminal.picture import Picture

# The words of `--permission-mode`, by what stands below the box. 1.0.60 says auto-accept, 2.1.330 manual.
_MODES = (
    ("accept edits on", "acceptEdits"),
    ("auto-accept edits on", "acceptEdits"),
    ("plan mode on", "plan"),
    ("bypass permissions on", "bypassPermissions"),
    ("bypassing permissions", "bypassPermissions"),
    ("auto mode on", "auto"),
    ("don't ask on", "dontAsk"),
    ("manual mode on", "default"),
    ("? for shortcuts", "default"),
)
_SPINNER = re.compile(r"\s{0,2}[·✢✳✶✻✽*∗+] .*…")
_ASIDE = re.compile(r"\s{2,}")  # between what stands left and right in one line
_INTERRUPT = "esc to interrupt"


def permission_mode(picture: Picture) -> str | None:
    """None when the footer names none: hints take its place for seconds, or while there is a draft."""
    box = input_box.find(picture)
    if box is None:
        return None
    below = " ".join(" ".join(picture.lines()[box.bottom + 1 :]).split())
    return next((mode for words, mode in _MODES if words in below), None)


def is_busy(picture: Picture) -> bool:
    """A spinner above the box, or "esc to interrupt" beside or below it."""
    lines = picture.lines()
    box = input_box.find(picture)
    if box is None:
        return any(_INTERRUPT in line.lower() for line in lines[-8:])
    if any(_INTERRUPT in line.lower() for line in lines[box.bottom :]):
        return True
    above = [line for line in lines[: box.top] if line][-6:]
    return any(_SPINNER.match(line) for line in above)


def limit_is_near(picture: Picture) -> bool:
    """claude's own warning, in the line above the box or below it. It may be cut off at the edge."""
    box = input_box.find(picture)
    if box is None:
        return False
    lines = picture.lines()
    beside = [*lines[max(0, box.top - 1) : box.top], *lines[box.bottom + 1 :]]
    said = [part for line in beside for part in _ASIDE.split(line)]
    return any(wording.matches(part) for part in said for wording in LIMIT_IS_NEAR)
