"""`litellm_state.json`: the remembered fact that runs go to the gateway, since when, why and until when.

`current` (pure) decides; the others read or write the file. Every `now` is aware; the clock is the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from claude_fallback import paths
from claude_fallback.memory import rests, store, transitions
from claude_fallback.memory.moments import written
from claude_fallback.memory.redact import one_line
from claude_fallback.memory.transitions import (
    ERROR,
    MANUAL,
    RATE_LIMIT,
    REPEATED_FAILURES,
    Cause,
    Connection,
    Session,
    current,
)
from claude_fallback.output import say

if TYPE_CHECKING:
    from claude_fallback.limits.limit import Limit

__all__ = ["ERROR", "MANUAL", "RATE_LIMIT", "Cause", "Connection", "Session", "current"]

FAILURES_IN_A_ROW = 3  # of the gateway are tolerated; one more ends the connection


def look(environ: Mapping[str, str], now: datetime, tell: store.Tell = say) -> Connection | None:
    """`current` of the file; a connection that is over is first written down as ended."""
    path = paths.state_file(environ)
    state = store.read(path, tell)
    found = current(state, now)
    if found is None and state.get("connected") is True:
        store.update(path, lambda newest: transitions.settle(newest, now), tell=tell)
    return found


def seen(environ: Mapping[str, str], now: datetime, tell: store.Tell = say) -> Connection | None:
    """`current` of the file, without a lock and unchanged."""
    return current(store.read(paths.state_file(environ), tell), now)


def connect(
    environ: Mapping[str, str], now: datetime, cause: Cause, default_hours: float, tell: store.Tell = say
) -> Connection | None:
    """Send runs to the gateway from now on. None when that could not be written (and was told)."""
    return store.update(
        paths.state_file(environ),
        lambda state: transitions.open_connection(state, now, cause, default_hours),
        tell=tell,
    )


def disconnect(environ: Mapping[str, str], now: datetime, reason: str = MANUAL) -> Session | None:
    """End the connection. None when there was none; raises NotRecordedError when it could not be written."""

    def change(state: store.Document) -> Session | None:
        transitions.settle(state, now)
        return transitions.end_session(state, now, one_line(reason) or MANUAL)

    return store.record(paths.state_file(environ), change)


def record_handled(
    environ: Mapping[str, str], now: datetime, tell: store.Tell = say, gateway: str = ""
) -> None:
    """The gateway answered a run; `gateway` is its name in the chain: nothing is held against it now."""

    def change(state: store.Document) -> None:
        rests.forget(state, gateway)
        state["consecutive_failures"] = 0
        transitions.count(state, now, "requests_handled")

    store.update(paths.state_file(environ), change, tell=tell)


def record_failed(environ: Mapping[str, str], now: datetime, error: str, tell: store.Tell = say) -> bool:
    """The gateway failed a run. True when that ended the connection."""

    def change(state: store.Document) -> bool:
        state["last_error"], state["last_error_time"] = one_line(error, 500), written(now)
        failures = transitions.number(state, "consecutive_failures") + 1
        state["consecutive_failures"] = failures
        transitions.count(state, now, "requests_failed")
        return (
            failures > FAILURES_IN_A_ROW
            and transitions.end_session(state, now, REPEATED_FAILURES) is not None
        )

    return store.update(paths.state_file(environ), change, tell=tell) is True


def record_limit(environ: Mapping[str, str], now: datetime, limit: Limit, tell: store.Tell = say) -> None:
    """A limit that led to no switch; `status` shows it."""
    store.update(
        paths.state_file(environ), lambda state: transitions.note_limit(state, now, limit), tell=tell
    )
