"""The message of a limit, as claude draws it under `⎿` at the end of the conversation."""

from __future__ import annotations

import re

from claude_fallback.limits import catalogue
from claude_fallback.run.terminal import input_box
from claude_fallback.run.terminal.picture import Picture

_BEGINS = re.compile(r"[ \xa0]{0,5}(?:⎿|[●⏺❯>✻✽✢✳✶·※•*▎] )")
_MESSAGE = re.compile(r"[ \xa0]{0,2}⎿[ \xa0]*")
_ASIDE = re.compile(r"[ \xa0]{8,}.*")  # notices at the right edge
# What claude adds below the message by itself: the time it took, hints, its own menu and continuation.
_FURNITURE = re.compile(
    r"[✻✽✢✳✶·*] .*|[●⏺] Usage limit reached · .*|[>❯] /rate-limit-options|Opening your options…"
    r"|(?:[•·] )?/(?:upgrade|usage-credits|extra-usage|login|model)\b.*"
)
_BORDER = re.compile(r"╭─+╮|[─▔]{8,}.*")


def limit_words(picture: Picture) -> str | None:
    """The message, its wrapped lines joined; None when the conversation ends with anything else."""
    lines = picture.lines()
    box = input_box.find(picture)
    for block in reversed(_blocks(lines[: box.top if box else _menu_top(lines)])):
        if _MESSAGE.match(block[0]):
            return _known(block)
        if not _FURNITURE.fullmatch(" ".join(line.strip() for line in block)):
            return None
    return None


def _blocks(lines: list[str]) -> list[list[str]]:
    """The lines that belong together: a mark begins a block, an empty line ends it."""
    blocks: list[list[str]] = []
    open_ = False
    for line in lines:
        if not line.strip() or _ASIDE.match(line):
            open_ = False
        elif open_ and not _BEGINS.match(line):
            blocks[-1].append(line)
        else:
            blocks.append([line])
            open_ = True
    return blocks


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


def _menu_top(lines: list[str]) -> int:
    """Where a menu begins that stands in the box's place: at its upper border."""
    return next((at for at in range(len(lines) - 1, -1, -1) if _BORDER.fullmatch(lines[at])), len(lines))
