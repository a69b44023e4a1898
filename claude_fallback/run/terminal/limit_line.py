"""The message of a limit, as claude draws it under `⎿` at the end of the conversation."""

from __future__ import annotations

import re

from claude_fallback.limits import catalogue
from claude_fallback.run.terminal import input_box
from claude_fallback.run.terminal.picture import Picture

_BLOCK = re.compile(r"\s{0,2}(?:⎿|[●⏺❯>✻✽✢✳✶·※╭│╰─*]|▎)")
_MESSAGE = re.compile(r"\s{0,2}⎿[ \xa0]*")
# What claude adds below the message by itself: hints, its own menu, the time it took, its own continuation.
_FURNITURE = re.compile(
    r"\s*(?:[✻✽✢✳✶·*] .*|[●⏺] Usage limit reached · .*|[>❯] /rate-limit-options"
    r"|(?:[•·] )?/(?:upgrade|usage-credits|extra-usage|login|model)\b.*|Opening your options…)"
)


def limit_words(picture: Picture) -> str | None:
    """The message, its wrapped lines joined; None when the conversation ends with anything else."""
    lines = picture.lines()
    box = input_box.find(picture)
    end = box.top if box else _modal_top(lines)
    block: list[str] = []
    for line in reversed(lines[:end]):
        if not line.strip() or (_FURNITURE.fullmatch(line) and not block):
            if block:
                return None
            continue
        block.insert(0, line)
        if _MESSAGE.match(line):
            return _known(block)
        if _BLOCK.match(line):
            return None
    return None


def _known(block: list[str]) -> str | None:
    """The longest beginning of the block that is a limit's wording as a whole."""
    parts = [_MESSAGE.sub("", block[0]), *block[1:]]
    for count in range(len(parts), 0, -1):
        for glue in (" ", ""):
            text = glue.join(part.strip() for part in parts[:count])
            wording = catalogue.classify(text)
            if wording is not None and wording.kind is not None:
                return text
    return None


def _modal_top(lines: list[str]) -> int:
    """Where a menu begins that stands in the box's place: at its upper border."""
    borders = [at for at, line in enumerate(lines) if re.fullmatch(r"╭─+╮|[─▔]{8,}.*", line)]
    return borders[-1] if borders else len(lines)
