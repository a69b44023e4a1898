"""A session on the gateway: what the gateway makes of it, and when it may go home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING

from claude_fallback.limits import evidence
from claude_fallback.limits.limit import Kind
from claude_fallback.memory import connection, glance
from claude_fallback.memory import settings as configuration
from claude_fallback.memory.log import event as log
from claude_fallback.run import proof
from claude_fallback.run.terminal import homeward
from claude_fallback.run.terminal.homeward import Rest
from claude_fallback.run.terminal.on_native import in_background

if TYPE_CHECKING:
    from claude_fallback.run.terminal.turns import Row, Turns

_NOT_THE_GATEWAYS = (Kind.TURNS, Kind.CONTEXT)  # stops that say nothing about the gateway's health


@dataclass(frozen=True)
class GoHome:
    """Back to native."""


class OnGateway:
    """`move` is there when it is time to leave."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.move: GoHome | None = None
        self.notes: list[str] = []
        self.eager = False
        self._environ = environ
        self._settings = configuration.load(environ, self.notes.append)
        self._until = self._connected_until()
        self._refused: datetime | None = None
        self._answered = self._failed = 0

    def look(self, turns: Turns | None, rest: Rest) -> None:
        if turns:
            self._record(turns)
        if not glance.may_be_connected(self._environ):  # it was over, or ended by hand in another terminal
            self._until = None
        now = datetime.now(timezone.utc)
        when = homeward.due(self._until, rest, self._settings, now)
        if when is None or when > now:
            return
        self._until = self._connected_until()  # it may have been prolonged
        when = homeward.due(self._until, rest, self._settings, now)
        if when is None or when > now:
            return
        if homeward.goes(self._until, rest, self._settings, now):
            self.move = GoHome()
            in_background(partial(connection.look, self._environ, now, self.notes.append))  # writes it down
        self._refused = rest.since  # a draft, a question: only a key or an output can change that

    def due(self, rest: Rest, now: datetime) -> datetime | None:
        if self._refused == rest.since:
            return None
        return homeward.due(self._until, rest, self._settings, now)

    def leave(self) -> None:
        """The leg is over."""

    def _connected_until(self) -> datetime | None:
        """Nothing is written here: keys wait for it."""
        found = connection.seen(self._environ, datetime.now(timezone.utc), self.notes.append)
        return found.until if found else None

    def _record(self, turns: Turns) -> None:
        now, news = datetime.now(timezone.utc), self.notes.append
        if turns.failed > self._failed and turns.error:
            in_background(partial(self._failure, turns.error, turns.began, now))
        elif turns.answered > self._answered:
            in_background(lambda: connection.record_handled(self._environ, now, news))
        self._failed, self._answered = turns.failed, turns.answered

    def _failure(self, error: Row, began: datetime, now: datetime) -> None:
        seen = evidence.from_transcript([error], began)
        found = proof.judge(seen, self._environ) if seen else None
        if found is None or found.kind in _NOT_THE_GATEWAYS:
            return
        log(self._environ, "gateway_failed", kind=found.kind.value, words=found.message)
        if connection.record_failed(self._environ, now, found.message, self.notes.append):
            self.notes.append("the gateway failed too often: disconnected, claude is native again")
