"""What we make of a recording, with the very code of a run, and whether that is right."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from types import MappingProxyType

from claude_fallback.limits import evidence
from claude_fallback.limits.leg import Leg
from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.limits.watch import JsonWatch, StreamWatch, TextWatch
from claude_fallback.rehearsal import moments
from claude_fallback.run.spool import Spool
from scripts.compatibility.cells import STREAM, TEXT, TUI
from scripts.compatibility.recording import Recording

# Old releases print the same words for several causes, without a field: the kind is then what the words say.
_AMBIGUOUS: Mapping[str, Kind] = MappingProxyType(
    {
        "Spending cap reached": Kind.SPEND,
        "Claude AI usage limit reached|0": Kind.THROTTLE,
        "Claude AI usage limit reached|": Kind.PLAN,
        "API Error: Rate limit reached": Kind.THROTTLE,
        "API Error: Server is temporarily limiting requests": Kind.THROTTLE,
        "API Error: Request rejected (429) · Usage credits": Kind.THROTTLE,
        "Limit reached": Kind.PLAN,
        "You've hit your limit": Kind.PLAN,
    }
)
# Text does not prove these, and needs not: the run stays with claude either way.
_STAY = (Kind.UNKNOWN, Kind.TURNS)


@dataclass(frozen=True)
class Conclusion:
    """`printed` is what claude said of it, `limit` what we took it for, `fault` why that is wrong ("": it is
    right)."""

    recording: Recording
    printed: str
    limit: Limit | None
    fault: str
    handed_over: bool = False  # a release that we do not support, started as if we were not there


def conclude(one: Recording) -> Conclusion:
    if "alone" in one.seen:
        same = one.seen["alone"] == one.seen["ours"]
        return Conclusion(
            one, one.seen["alone"]["stdout"], None, "" if same else "not handed over as it is", True
        )
    limit = _limit(one)
    printed = _printed(one)
    return Conclusion(one, printed, limit, _fault(one, printed, limit))


def _limit(one: Recording) -> Limit | None:
    now = datetime.fromtimestamp(one.now, timezone.utc)
    seen, mode = one.seen, one.cell.mode
    if mode == TUI:
        sighting = evidence.from_transcript(seen["rows"], now)
        return evidence.judge(sighting, now, timezone.utc) if sighting else None
    watch: TextWatch | JsonWatch | StreamWatch
    watch = TextWatch() if mode == TEXT else StreamWatch() if mode == STREAM else JsonWatch(Spool())
    watch.feed(_stdout(one))
    if seen["exit"] == 0 and not watch.may_have_failed:
        return None
    rows = seen.get("rows") if mode == TEXT else None
    proven = Leg(watch.ending(), seen["exit"], rows, now).proven(now, timezone.utc)
    return proven[1] if proven else None


def _stdout(one: Recording) -> bytes:
    if one.cell.mode == TEXT:
        return str(one.seen["stdout"]).encode()
    return b"".join(json.dumps(event).encode() + b"\n" for event in one.seen["events"])


def _printed(one: Recording) -> str:
    """Claude's own words for the stop; of a terminal the transcript's, which the screen may put otherwise."""
    if one.cell.mode == TEXT:
        return str(one.seen["stdout"]).strip()
    if one.cell.mode == TUI:
        rows = [row for row in one.seen["rows"] if not row.get("isSidechain")]
        return "\n".join(block.get("text", "") for block in rows[-1]["message"]["content"]) if rows else ""
    results = [event for event in one.seen["events"] if event["type"] == "result"]
    failed = [event for event in results if event.get("is_error") or event.get("subtype") != "success"]
    told = (failed or results or [{}])[-1]
    return str(told.get("result") or "; ".join(told.get("errors", [])) or told.get("subtype", ""))


def _fault(one: Recording, printed: str, limit: Limit | None) -> str:
    expected = _expected(one, printed)
    found = limit.kind if limit else None
    unproven = one.cell.mode == TEXT and found is None and expected in _STAY
    if found is not expected and not unproven:
        return f"taken for {found.value if found else 'no stop'}, is {expected.value if expected else 'none'}"
    return _wrong_time(one, limit) if limit else ""


def _expected(one: Recording, printed: str) -> Kind | None:
    expected = one.cell.expected
    if expected is None:
        return None
    if one.cell.moment == moments.MID_STREAM:
        return expected
    return next((kind for words, kind in _AMBIGUOUS.items() if printed.startswith(words)), expected)


def _wrong_time(one: Recording, limit: Limit) -> str:
    """A plan's reset is exact from fields, and within the minute that words round away."""
    if limit.kind is not Kind.PLAN:
        return ""
    if limit.resets_at is None:
        return "no reset time"
    off = one.resets_at - limit.resets_at.timestamp()
    return "" if 0 <= off < 60 else f"the reset time is off by {off:.0f} s"
