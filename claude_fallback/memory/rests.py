"""Gateways that failed and are left alone for a while: `gateways` in litellm_state.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from claude_fallback import paths
from claude_fallback.memory import store
from claude_fallback.memory.moments import parsed, written
from claude_fallback.memory.redact import one_line
from claude_fallback.output import say

_PLACE = "gateways"


@dataclass(frozen=True)
class Rest:
    until: datetime
    why: str  # one line, redacted


def resting(state: Mapping[str, object], name: str, now: datetime) -> Rest | None:
    """The rest of the gateway called `name`, None when it has none or it is over. Pure."""
    known = state.get(_PLACE)
    entry = known.get(name) if isinstance(known, dict) else None
    if not isinstance(entry, dict):
        return None
    until = parsed(entry.get("resting_until"))
    if until is None or until <= now:
        return None
    return Rest(until, str(entry.get("why") or "it failed"))


def put_to_rest(environ: Mapping[str, str], name: str, rest: Rest, tell: store.Tell = say) -> None:
    def change(state: store.Document) -> None:
        known = state.get(_PLACE)
        entry = {"resting_until": written(rest.until), "why": one_line(rest.why)}
        state[_PLACE] = {**(known if isinstance(known, dict) else {}), name: entry}

    store.update(paths.state_file(environ), change, tell=tell)


def forget(state: store.Document, name: str) -> None:
    """It has answered: nothing is held against it."""
    known = state.get(_PLACE)
    if isinstance(known, dict):
        known.pop(name, None)
