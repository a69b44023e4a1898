"""The conclusions of many releases as few rows: what they say alike stands in one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from claude_fallback.limits.reset_time import SHAPE, plain
from scripts.compatibility.conclusion import Conclusion
from scripts.compatibility.recording import Release

_TIME = re.compile(SHAPE)
_EPOCH = re.compile(r"\|[1-9]\d{9}\b")
_TOKENS = re.compile(r"~\d+ tokens\b")
_LONGEST = 150  # characters of a cell


@dataclass(frozen=True)
class Row:
    """`releases` in order; `modes` in which the words were seen."""

    scenario: str
    moment: str
    printed: str
    taken_for: str
    releases: tuple[str, ...]
    modes: tuple[str, ...]
    right: bool


def shape(words: str) -> str:
    """Claude's words with what varies left open: `resets {time}`, `|{epoch}`."""
    words = _EPOCH.sub("|{epoch}", _TIME.sub("{time}", plain(words)))
    words = _TOKENS.sub("~{n} tokens", words)
    folded = " ".join(words.split())
    return folded if len(folded) <= _LONGEST else folded[: _LONGEST - 1] + "…"


def taken_for(conclusion: Conclusion) -> str:
    limit = conclusion.limit
    if limit is None:
        return "no stop"
    return limit.kind.value


def rows(conclusions: Iterable[tuple[Release, Conclusion]]) -> list[Row]:
    """One for each scenario, moment, shape of words and verdict, in the order of first appearance."""
    found: dict[tuple[str, str, str, str, bool], tuple[list[str], list[str]]] = {}
    for release, one in conclusions:
        cell = one.recording.cell
        key = (cell.scenario, cell.moment, shape(one.printed), taken_for(one), not one.fault)
        releases, modes = found.setdefault(key, ([], []))
        if release.version not in releases:
            releases.append(release.version)
        if cell.mode not in modes:
            modes.append(cell.mode)
    return [
        Row(scenario, moment, printed, taken, tuple(releases), tuple(modes), right)
        for (scenario, moment, printed, taken, right), (releases, modes) in found.items()
    ]


def span(some: Sequence[str], every: Sequence[str]) -> str:
    """`1.0.60 to 1.0.84, 2.0.10`: what follows upon each other in `every` is one span."""
    places = [every.index(one) for one in some]
    spans: list[tuple[int, int]] = []
    for place in sorted(places):
        if spans and spans[-1][1] + 1 == place:
            spans[-1] = (spans[-1][0], place)
        else:
            spans.append((place, place))
    return ", ".join(every[a] if a == b else f"{every[a]} to {every[b]}" for a, b in spans)
