"""The message of a limit, as claude draws it under `⎿` at the end of the conversation."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from claude_fallback.limits import catalogue
from claude_fallback.run.terminal import input_box
from claude_fallback.run.terminal.picture import Picture

_BEGINS = re.compile(r"[ \xa0]{0,2}(?:⎿|[●⏺❯>✻✽✢✳✶·※*▎] )")
_MESSAGE = re.compile(r"[ \xa0]{0,2}⎿[ \xa0]*")
_TOOL = re.compile(r"[ \xa0]{0,2}(?:[●⏺] )?[A-Z]\w*(?: - \w+)?\(")  # its result stands under `⎿`, too
_ASIDE = re.compile(r"[ \xa0]{8,}.*")  # notices at the right edge
# What claude adds below the message by itself: the time it took, hints, its own menu and continuation.
_FURNITURE = re.compile(
    r"[✻✽✢✳✶·*] .*|[●⏺] Usage limit reached · .*|[>❯] /rate-limit-options|Opening your options…"
    r"|(?:[•·] )?/(?:upgrade|usage-credits|extra-usage|login|model)\b.*"
)
_MOST = 6  # lines of a message
_BORDER = re.compile(r"╭─+╮|[─▔]{8,}.*")


@dataclass(frozen=True)
class Block:
    """Lines that belong together. `under`: the block directly above, without an empty line between."""

    lines: list[str]
    under: Block | None

    def __str__(self) -> str:
        return " ".join(line.strip() for line in self.lines)


def limit_words(picture: Picture) -> str | None:
    """The message, its wrapped lines joined; None when the conversation ends with anything else."""
    lines = picture.lines()
    box = input_box.find(picture)
    for block in reversed(_blocks(lines[: box.top if box else _menu_top(lines)])):
        if _MESSAGE.match(block.lines[0]):
            is_result = block.under is not None and _TOOL.match(block.under.lines[0])
            return None if is_result else _known(block.lines)
        if not _FURNITURE.fullmatch(str(block)):
            return None
    return None


def _blocks(lines: list[str]) -> list[Block]:
    """A mark begins a block, an empty line ends it."""
    blocks: list[Block] = []
    last: Block | None = None  # directly above
    for line in lines:
        if not line.strip() or _ASIDE.match(line):
            last = None
        elif last and not _BEGINS.match(line):
            last.lines.append(line)
        else:
            last = Block([line], last)
            blocks.append(last)
    return blocks


def _known(lines: list[str]) -> str | None:
    """The longest beginning of the lines that is a limit's wording as a whole."""
    parts = [_MESSAGE.sub("", lines[0]).strip(), *(line.strip() for line in lines[1:_MOST])]
    full = max(map(len, lines))
    glues = [(" ", "") if len(line) == full else (" ",) for line in lines]  # a long word is cut at the edge
    for count in range(len(parts), 0, -1):
        for glue in itertools.product(*glues[: count - 1]):
            text = parts[0] + "".join(map("".join, zip(glue, parts[1:count], strict=True)))
            wording = catalogue.classify(text)
            if wording is not None and wording.kind is not None:
                return text
    return None


def _menu_top(lines: list[str]) -> int:
    """Where a menu begins that stands in the box's place: at its upper border."""
    return next((at for at in range(len(lines) - 1, -1, -1) if _BORDER.fullmatch(lines[at])), len(lines))
