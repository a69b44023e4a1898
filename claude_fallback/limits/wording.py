"""One wording of claude's as data, and how a text is held against it.

Templates: `{t}` a reset time with its zone, `{n}` a number, `{epoch}`, `{name}` one to four words, `{text}`
the rest of a line, `{json}` the head of an object, `{a|b}` one of these, `[…]` may be missing. The rest is
literal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from claude_fallback.limits.limit import Kind
from claude_fallback.limits.reset_time import SHAPE, plain


@dataclass(frozen=True)
class Wording:
    """One thing that claude says."""

    template: str
    kind: Kind | None  # None: a warning or a look-alike, not a limit
    releases: str  # as far as seen: "2.1.4-2.1.128", "2.1.330-"
    example: str
    window: str | None = None
    where: str = "all"  # "all" is text, json, stream-json, TUI and transcript
    generic: bool = False  # counts only when no exact wording matches: how next year's release may put it

    @property
    def reset(self) -> str:
        """How it names the reset: `epoch` seconds, a `time` (see `reset_time`), `maybe` one, `none`."""
        if "{epoch}" in self.template:
            return "epoch"
        certain = re.sub(r"\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\]", "", self.template)
        if "{t}" in certain:
            return "time"
        return "maybe" if "{t}" in self.template or "{text}" in self.template else "none"

    def matches(self, text: str) -> bool:
        """True when the whole text, and not only a part of it, is this wording."""
        words = plain(text)
        return words.startswith(_start(self.template)) and bool(_pattern(self.template).fullmatch(words))


_PART = re.compile(r"[\[\]]|\{[^}]*\}|[^\[\]{]+")
_BRACKETS = {"[": "(?:", "]": ")?"}
_PLACES = {
    "{t}": SHAPE,
    "{epoch}": r"[1-9]\d*",
    "{n}": r"\d+(?:\.\d+)?",
    "{name}": r"[A-Za-z0-9][\w.\-]*(?: [\w.\-]+){0,3}",
    "{text}": r"[^\n]+",
    "{json}": r"\{[^\n]*",
}


def _start(template: str) -> str:
    """The literal text before the first placeholder: most wordings are ruled out by it, uncompiled."""
    return re.split(r"[\[{]", template, maxsplit=1)[0]


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("".join(_source(part) for part in _PART.findall(template)))


def _source(part: str) -> str:
    if part in _BRACKETS:
        return _BRACKETS[part]
    if part.startswith("{"):
        return _PLACES.get(part) or "(?:" + "|".join(map(re.escape, part[1:-1].split("|"))) + ")"
    return re.escape(part)
