"""What may happen to the document in `litellm_state.json`. Pure: it is changed by facts and a clock alone.

Keys and reasons are those its users already have; `connection_model`, `limit_resets_at`, `last_limit` and
`consecutive_failures` are ours. Every `now` is aware.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from claude_fallback.memory.moments import parsed, written
from claude_fallback.memory.redact import one_line
from claude_fallback.memory.store import Document

if TYPE_CHECKING:
    from claude_fallback.limits.limit import Limit

MANUAL, RATE_LIMIT, ERROR = "manual", "rate_limit", "error"
AUTO_DISCONNECT, RECOVERED = "auto_disconnect", "rate_limit_recovered"
REPEATED_FAILURES, RECONNECT = "repeated_failures", "reconnect"

HISTORY = 50  # entries kept

_DEFAULT_LENGTH = timedelta(hours=5)  # for a state whose end cannot be read
_CLOCK_SLACK = timedelta(minutes=5)  # a start later than this from now means that the clock was set back
_AFTER_RESET = timedelta(seconds=2)  # servers are a little behind their own announcement
_SHORTEST = timedelta(minutes=2)  # for one that still refuses after the time it named


@dataclass(frozen=True)
class Cause:
    """Why to connect: a limit (or error) that stopped a run, or without one the user's hand.

    `adapter`, `model` and `hours` belong to that connection alone.
    """

    reason: str = MANUAL
    limit: Limit | None = None
    model: str | None = None
    hours: float | None = None
    adapter: str | None = None


@dataclass(frozen=True)
class Connection:
    """Runs go to the gateway."""

    since: datetime
    reason: str
    until: datetime
    model: str | None = None  # named for this connection only; beats every mapping
    resets_at: datetime | None = None  # of the limit that caused it, when known
    handled: int = 0
    failed: int = 0
    adapter: str | None = None  # named for this connection only; None: the chain decides
    window: str | None = None  # of the limit that caused it: the account's, or one model's own


@dataclass(frozen=True)
class Session:
    """A connection that has ended."""

    since: datetime
    ended: datetime
    reason: str
    end_reason: str
    handled: int
    failed: int


def current(state: Document, now: datetime) -> Connection | None:
    """The connection that holds at `now`; None when there is none, it is over, or the clock was set back."""
    recorded = _recorded(state)
    if recorded is None or recorded.since > now + _CLOCK_SLACK or recorded.until <= now:
        return None
    return recorded


def history(state: Document) -> list[Document]:
    """Newest first; whatever else stands in its place is dropped."""
    found = state.get("connection_history")
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def open_connection(state: Document, now: datetime, cause: Cause, default_hours: float) -> Connection | None:
    """One made by hand replaces any other. One made by a limit prolongs what is there, so that many runs
    refused at once make one connection."""
    settle(state, now)
    if cause.limit is not None:
        note_limit(state, now, cause.limit)
    there = current(state, now)
    until = _end(state, now, cause, default_hours)
    if there is not None and cause.limit is not None:
        _prolong(state, there, until, cause.limit)
    else:
        end_session(state, now, RECONNECT)
        _begin(state, now, until, cause)
    return current(state, now)


def settle(state: Document, now: datetime) -> None:
    """End a connection that is over, at the time it was over."""
    if current(state, now) is not None:
        return
    recorded = _recorded(state)
    if recorded is None:
        state["connected"] = False
        return
    recovered = recorded.reason == RATE_LIMIT and recorded.resets_at is not None and recorded.resets_at <= now
    end_session(state, min(recorded.until, now), RECOVERED if recovered else AUTO_DISCONNECT)


def end_session(state: Document, ended: datetime, end_reason: str) -> Session | None:
    """None when there was no connection."""
    recorded = _recorded(state)
    state["connected"] = False
    if recorded is None:
        return None
    entry = {
        "connected_at": written(recorded.since),
        "reason": recorded.reason,
        "auto_disconnect_at": written(recorded.until),
        "disconnected_at": written(ended),
        "disconnect_reason": end_reason,
        "total_requests": recorded.handled + recorded.failed,
        "failed_requests": recorded.failed,
    }
    state.update(
        auto_disconnect_at=None,
        connection_model=None,
        connection_adapter=None,
        limit_resets_at=None,
        limit_window=None,
        consecutive_failures=0,
        connection_history=[entry, *history(state)][:HISTORY],
    )
    return Session(recorded.since, ended, recorded.reason, end_reason, recorded.handled, recorded.failed)


def count(state: Document, now: datetime, counter: str) -> None:
    """One more run. One that outlived its connection counts in the newest entry of the history."""
    state["last_request_time"] = written(now)
    if state.get("connected") is True:
        state[counter] = number(state, counter) + 1
        return
    for entry in history(state)[:1]:
        names = ("total_requests", "failed_requests") if counter == "requests_failed" else ("total_requests",)
        entry.update({name: number(entry, name) + 1 for name in names})


def note_limit(state: Document, now: datetime, limit: Limit) -> None:
    """For `status`, and for connections made by hand while the limit still stands."""
    state["last_limit"] = {
        "kind": limit.kind.value,
        "window": limit.window,
        "resets_at": written(limit.resets_at) if limit.resets_at else None,
        "message": one_line(limit.message),
        "seen_at": written(now),
    }


def number(document: Mapping[str, object], name: str) -> int:
    """A counter; 0 for whatever is none."""
    value = document.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def text(document: Mapping[str, object], name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) and value else None


def _recorded(state: Document) -> Connection | None:
    """What the file says, whether it still holds or not. Without a readable start there is no connection."""
    since = parsed(state.get("connection_time"))
    if state.get("connected") is not True or since is None:
        return None
    return Connection(
        since=since,
        reason=text(state, "fallback_reason") or MANUAL,
        until=parsed(state.get("auto_disconnect_at")) or since + _DEFAULT_LENGTH,
        model=text(state, "connection_model"),
        resets_at=parsed(state.get("limit_resets_at")),
        handled=number(state, "requests_handled"),
        failed=number(state, "requests_failed"),
        adapter=text(state, "connection_adapter"),
        window=text(state, "limit_window"),
    )


def _end(state: Document, now: datetime, cause: Cause, default_hours: float) -> datetime:
    """The limit's reset when it is known, else some hours; default hours never cut a known reset short."""
    if cause.limit is not None and cause.limit.resets_at is not None:
        over = cause.limit.resets_at <= now
        return now + _SHORTEST if over else cause.limit.resets_at + _AFTER_RESET
    if cause.hours is not None:
        return now + timedelta(hours=cause.hours)
    end = now + timedelta(hours=default_hours)
    last = state.get("last_limit")
    known = parsed(last.get("resets_at")) if isinstance(last, dict) else None
    return max(end, known + _AFTER_RESET) if known is not None and cause.limit is None else end


def _begin(state: Document, now: datetime, until: datetime, cause: Cause) -> None:
    resets_at = cause.limit.resets_at if cause.limit is not None else None
    state.update(
        connected=True,
        connection_time=written(now),
        auto_disconnect_at=written(until),
        fallback_reason=one_line(cause.reason) or MANUAL,
        fallback_triggered_at=written(now),
        connection_model=cause.model,
        connection_adapter=cause.adapter,
        limit_resets_at=written(resets_at) if resets_at else None,
        limit_window=cause.limit.window if cause.limit is not None else None,
        requests_handled=0,
        requests_failed=0,
        consecutive_failures=0,
    )


def _prolong(state: Document, there: Connection, until: datetime, limit: Limit | None) -> None:
    """A known reset replaces a guess; of two known ones the later counts. The user's own choice stands."""
    if there.reason not in (RATE_LIMIT, ERROR) or limit is None or limit.resets_at is None:
        return
    if there.resets_at is None or limit.resets_at > there.resets_at:
        state["auto_disconnect_at"] = written(until)
        state["limit_resets_at"] = written(limit.resets_at)
        state["limit_window"] = limit.window
