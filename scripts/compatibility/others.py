"""How other ways to see a limit do on the same set: what they find of it, and what they take for one.

Each is what a public tool or script searches claude's output for, put in our own words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from claude_fallback.limits.limit import Kind
from claude_fallback.memory.settings import Settings
from claude_fallback.run import decide
from scripts import tables
from scripts.compatibility import decoys
from scripts.compatibility.cells import TEXT, TUI
from scripts.compatibility.conclusion import Conclusion

Finds = Callable[[str], bool]
_USED_UP = (Kind.PLAN, Kind.SPEND, Kind.CREDITS)
_NEAR = 6  # lines


@dataclass(frozen=True)
class Way:
    name: str
    whose: str
    finds: Finds


def _pattern(pattern: str, flags: int = 0) -> Finds:
    compiled = re.compile(pattern, flags)
    return lambda raw: compiled.search(raw) is not None


def _near(first: str, second: str) -> Finds:
    """A line that fits the first within some lines of one that fits the second."""
    one, other = re.compile(first, re.IGNORECASE), re.compile(second, re.IGNORECASE)

    def finds(raw: str) -> bool:
        lines = raw.splitlines()
        places = [at for at, line in enumerate(lines) if other.search(line)]
        return any(
            abs(at - place) <= _NEAR for at, line in enumerate(lines) if one.search(line) for place in places
        )

    return finds


WAYS = (
    Way("`(usage\\|rate).*limit`", "shell wrappers", _pattern(r"(usage|rate).*limit")),
    Way("`hit your limit`", "shell wrappers", _pattern("hit your limit", re.IGNORECASE)),
    Way("`limit reached`", "shell wrappers", _pattern("limit reached", re.IGNORECASE)),
    Way("`rate_limit`", "stream-json readers", _pattern("rate_limit")),
    Way("`\\b429\\b`", "stream-json readers", _pattern(r"\b429\b")),
    Way(
        "`usage limit reached\\|` or `(limit reached\\|hit your limit).*resets`",
        "claude-auto-resume 1.5.1",
        _pattern(r"Claude AI usage limit reached\||(limit reached|hit your limit).*resets"),
    ),
    Way(
        "limit words within six lines of a reset time",
        "claude-auto-retry",
        _near(
            r"(hit|exceeded|reached).*(your|the) ([\w-]+ ){0,3}limit|\d-hour limit|limit reached|usage limit"
            r"|out of.*usage|rate limit|try again in",
            r"resets? (at )?\d|resets? in\W*\d|try again in \d",
        ),
    ),
    Way(
        "`hit your (usage )?limit`, `resets 3pm (zone)`, `rate_limit_error`, quota words",
        "auto-claude-resume-after-limit-reset",
        _pattern(
            r"hit your (usage )?limit|quota|rate limit exceeded|rate_limit_error|too many requests"
            r"|try again in \d|resets \d+[ap]m \(",
            re.IGNORECASE,
        ),
    ),
)


def table(judged: Sequence[Conclusion]) -> list[str]:
    """Recall over every recording in which something is used up; false alarms over the decoys and over the
    recordings in which nothing is."""
    stops = [one for one in judged if one.recording.cell.expected in _USED_UP and not one.handed_over]
    goes_on = [one for one in judged if one.recording.cell.expected is None and not one.handed_over]
    baits = decoys.read_all()
    rows = [(way.name, way.whose, *_counted(way, stops, goes_on, baits)) for way in WAYS]
    found = sum(one.limit is not None and decide.switches(one.limit, Settings()) for one in stops)
    wrong = sum(map(decoys.is_false_alarm, baits)) + sum(one.limit is not None for one in goes_on)
    ours = (
        "fields and transcript, then the words",
        "claude-fallback",
        *_rates(found, wrong, stops, goes_on, baits),
    )
    heads = ("what is looked for", "by", "limits found", "false alarms")
    return [tables.markdown(heads, [*rows, ours]).rstrip("\n")]


def _counted(
    way: Way, stops: Sequence[Conclusion], goes_on: Sequence[Conclusion], baits: Sequence[decoys.Decoy]
) -> tuple[str, str]:
    found = sum(way.finds(_raw(one)) for one in stops)
    wrong = sum(way.finds(bait.raw) for bait in baits) + sum(way.finds(_raw(one)) for one in goes_on)
    return _rates(found, wrong, stops, goes_on, baits)


def _rates(
    found: int,
    wrong: int,
    stops: Sequence[object],
    goes_on: Sequence[object],
    baits: Sequence[object],
) -> tuple[str, str]:
    return f"{found} of {len(stops)}", f"{wrong} of {len(goes_on) + len(baits)}"


def _raw(one: Conclusion) -> str:
    """What there is to search: stdout, or the screen as it is drawn."""
    seen = one.recording.seen
    if one.recording.cell.mode == TEXT:
        return str(seen["stdout"])
    if one.recording.cell.mode == TUI:
        return "\n".join(seen["screen"])
    return "\n".join(json.dumps(event, ensure_ascii=False) for event in seen["events"])
