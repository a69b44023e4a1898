"""A session on the gateway: what the gateway makes of it, and when it may go home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING

from claude_fallback.gateway import adapters, refusal
from claude_fallback.gateway.chain import links
from claude_fallback.limits import evidence
from claude_fallback.memory import connection, glance
from claude_fallback.memory import settings as configuration
from claude_fallback.memory.log import event as log
from claude_fallback.run import decide, proof, revival
from claude_fallback.run.gateway_route import rest_of
from claude_fallback.run.terminal import homeward
from claude_fallback.run.terminal.departure import Departure, Switch, Way
from claude_fallback.run.terminal.homeward import Rest
from claude_fallback.run.terminal.on_native import in_background

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from claude_fallback.gateway.chain import Link
    from claude_fallback.gateway.target import Target
    from claude_fallback.limits.limit import Limit
    from claude_fallback.memory.store import Tell
    from claude_fallback.run.gateway_route import GatewayRoute
    from claude_fallback.run.terminal.departure import Prepare
    from claude_fallback.run.terminal.turns import Row, Turns


@dataclass(frozen=True)
class GoHome:
    """Back to native."""


class OnGateway:
    """`move` is there when it is time to leave."""

    def __init__(
        self,
        environ: Mapping[str, str],
        target: Target,
        prepare: Prepare,
        wake: Callable[[], None],
        way: Way,
    ) -> None:
        """`way` leads up to this leg, which is on `target`."""
        self.move: GoHome | Switch | None = None
        self.notes: list[str] = []
        self._environ, self._target, self._prepare, self._way = environ, target, prepare, way
        self._departure = Departure(wake, target)
        self._settings = configuration.load(environ, self.notes.append)
        self._until = self._connected_until()
        self._refused: datetime | None = None
        self._answered = 0

    def look(self, turns: Turns | None, rest: Rest) -> None:
        self._heed(turns, rest)
        if self.move:
            return
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

    @property
    def eager(self) -> bool:
        return self._departure.is_ready

    def leave(self) -> None:
        """The leg is over."""
        if not isinstance(self.move, Switch):
            self._departure.forget()

    def _connected_until(self) -> datetime | None:
        """Nothing is written here: keys wait for it."""
        found = connection.seen(self._environ, datetime.now(timezone.utc), self.notes.append)
        return found.until if found else None

    def _heed(self, turns: Turns | None, rest: Rest) -> None:
        """Its answers are counted; where it stopped the turn, the next one of the chain is got ready."""
        error = self._departure.new_error(turns)
        if turns and error:
            self._judge(turns, error)
        if turns and turns.answered > self._answered and not turns.error:  # whose rest it would end
            self._answered = turns.answered
            now, name = datetime.now(timezone.utc), self._target.link.name
            in_background(lambda: connection.record_handled(self._environ, now, self.notes.append, name))
        outcome = self._departure.outcome(rest)
        if isinstance(outcome, Switch):
            self.move = outcome
        elif outcome:
            log(self._environ, "stayed", why=outcome.why)
            self.notes += [*outcome.said, f"no other gateway takes over: {outcome.why}"]
            in_background(partial(self._failed, outcome.limit))

    def _judge(self, turns: Turns, error: Row) -> None:
        seen = evidence.from_transcript([error], turns.began)
        found = proof.judge(seen, self._environ) if seen else None
        limit = refusal.meant(found) if found else None
        if limit is None or not decide.blames(limit):
            return
        if len(turns.accepted) > 1:  # not the prompt that this leg began with: a way of its own
            self._way = Way((self._target.link,))
        chain = links(self._settings, adapters.names())
        tried = revival.tried(self._way.tried, self._target, self._environ)
        left = [link for link in chain if link not in tried]
        if decide.hands_on(limit, self._settings, left, self._way.switches):
            prepare = partial(self._next, limit, turns, tried)
            self._departure.begin(limit, prepare, self._way, asks=self._settings.auto_fallback == "ask")
        else:
            in_background(partial(self._failed, limit))

    def _next(self, limit: Limit, turns: Turns, tried: Collection[Link], tell: Tell) -> GatewayRoute:
        if self._target.link in tried:
            rest_of(self._target.link, limit, self._environ, tell)
        return self._prepare(self._settings, turns, tried, tell)

    def _failed(self, limit: Limit) -> None:
        now, name = datetime.now(timezone.utc), self._target.link.name
        log(self._environ, "gateway_failed", gateway=name, kind=limit.kind.value, words=limit.message)
        if connection.record_failed(self._environ, now, limit.message, self.notes.append):
            self.notes.append("the gateway failed too often: disconnected, claude is native again")
