"""What came of one mode of the drill. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.memory.moments import parsed

_SWITCHING = (Kind.PLAN, Kind.SPEND)  # 1.0.100 to 2.0.42 read the overage header first: a spending cap (run)
LATE = "did not end in time; on a busy machine: test-rate-limit --patience 90"
_ROUNDING = timedelta(minutes=1)  # claude's words name the minute


@dataclass(frozen=True)
class Seen:
    """All that a mode left behind. Its stdout and stderr are the wrapper's."""

    exit_code: int | None  # None: it had not ended
    stdout: str
    stderr: str
    log: str
    state: Mapping[str, object]
    asked_native: bool
    asked_gateway: bool
    mixed_up: bool = False  # a credential of one side arrived at the other


@dataclass(frozen=True)
class Outcome:
    """`fault` is empty when the limit was recognised, with its time, and the gateway answered."""

    mode: str
    printed: str  # claude's own words, one line
    recognised: Limit | None
    switched: bool
    seconds: float
    fault: str
    seen: Seen


def assess(mode: str, seen: Seen, answer: str, reset: datetime, seconds: float) -> Outcome:
    """`answer` is what only the gateway says, `reset` what the refusal named (aware)."""
    limit = _recorded(seen.state)
    switched = seen.exit_code == 0 and seen.asked_gateway and answer in seen.stdout
    printed = limit.message if limit else _words(seen)
    return Outcome(mode, printed, limit, switched, seconds, _fault(seen, limit, switched, reset), seen)


def _fault(seen: Seen, limit: Limit | None, switched: bool, reset: datetime) -> str:
    if seen.exit_code is None:
        return LATE
    if not seen.asked_native:
        return (
            f"claude asked for nothing (exit code {seen.exit_code}); does it run by itself? claude -p hello"
        )
    if limit is None or limit.kind not in _SWITCHING:
        return "the limit was not recognised"
    if limit.resets_at and abs(limit.resets_at - reset) > _ROUNDING:
        return f"recognised with a wrong reset time: {limit.resets_at:%H:%M} UTC instead of {reset:%H:%M} UTC"
    if not switched:
        return f"recognised, but the gateway's answer did not arrive (exit code {seen.exit_code})"
    return "a credential went to the wrong side" if seen.mixed_up else ""


def _recorded(state: Mapping[str, object]) -> Limit | None:
    """The limit that the run under test wrote down."""
    found = state.get("last_limit")
    if not isinstance(found, dict):
        return None
    try:
        kind = Kind(found.get("kind"))
    except ValueError:
        return None
    window = found.get("window")
    return Limit(
        kind,
        str(found.get("message") or ""),
        window if isinstance(window, str) else None,
        parsed(found.get("resets_at")),
    )


def _words(seen: Seen) -> str:
    """What claude printed when nothing was recognised: its JSON's `result`, else the last line."""
    for line in reversed(f"{seen.stderr}\n{seen.stdout}".splitlines()):
        if not line.strip():
            continue
        try:
            event = json.loads(line)
        except ValueError:
            return " ".join(line.split())
        words = event.get("result") if isinstance(event, dict) else None
        return " ".join(str(words or line).split())
    return ""


def in_ninety_minutes(now: float) -> datetime:
    """A reset on the full minute, as claude's words can name it. `now` is epoch seconds."""
    return datetime.fromtimestamp((int(now) // 60 + 90) * 60, timezone.utc)
