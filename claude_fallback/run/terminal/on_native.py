"""A session on native: a limit proven, the gateway made ready in the background, a pause in the typing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from claude_fallback.limits import evidence
from claude_fallback.limits.limit import Limit
from claude_fallback.memory import connection
from claude_fallback.memory import settings as configuration
from claude_fallback.memory.log import event as log
from claude_fallback.run import decide, proof, words
from claude_fallback.run.terminal.preparation import Preparation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from claude_fallback.run.gateway_route import GatewayRoute
    from claude_fallback.run.terminal.homeward import Rest
    from claude_fallback.run.terminal.turns import Row, Turns


@dataclass(frozen=True)
class Switch:
    """To the gateway, ready to go."""

    limit: Limit
    route: GatewayRoute
    asks: bool


class OnNative:
    """`move` is there when it is time to leave."""

    def __init__(
        self,
        environ: Mapping[str, str],
        prepare: Callable[[configuration.Settings, str | None], GatewayRoute],
        wake: Callable[[], None],
        declined: Limit | None,
    ) -> None:
        """`prepare(settings, model in use)` makes the gateway ready; `declined`: the user chose to wait."""
        self.move: Switch | None = None
        self.notes: list[str] = []  # lines for the user, once claude has given the screen back
        self._environ, self._prepare, self._wake, self._declined = environ, prepare, wake, declined
        self._judged: Row | None = None
        self._limit: Limit | None = None
        self._asks = False
        self._preparation: Preparation | None = None

    def look(self, turns: Turns | None, rest: Rest) -> None:
        error = turns.error if turns else None
        if error is not self._judged:
            self._forget()
            self._judged = error
            if turns and error:
                self._judge(turns, error)
        done = self._preparation
        if done is None or not done.over or self._limit is None:
            return
        if done.route is None:
            self._stay(self._limit, done.why_not)
        elif not rest.typing:
            self.move = Switch(self._limit, done.route, self._asks)

    def due(self, rest: Rest, now: datetime) -> datetime | None:  # noqa: ARG002 - as OnGateway has it
        return None

    @property
    def eager(self) -> bool:
        """Everything is ready; only the user's typing is waited for."""
        return self._preparation is not None and self._preparation.over

    def leave(self) -> None:
        """The leg is over without a move."""
        if self.move is None:
            self._forget()

    def _forget(self) -> None:
        if self._preparation is not None:
            self._preparation.abandon()  # claude has answered after all, or the user has asked again
        self._preparation = self._limit = None

    def _judge(self, turns: Turns, error: Row) -> None:
        seen = evidence.from_transcript([error], turns.began)
        limit = proof.judge(seen, self._environ) if seen else None
        if limit is None:
            return
        log(self._environ, "limit", kind=limit.kind.value, window=limit.window, proof=limit.proof,
            words=limit.message)  # fmt: skip
        settings = configuration.load(self._environ, self._note)
        self._asks = decide.asks(limit, settings)
        if _same(limit, self._declined) or not (self._asks or decide.switches(limit, settings)):
            self._record(limit)
            return
        self._limit = limit
        self._preparation = Preparation(lambda: self._prepare(settings, turns.model), self._wake)

    def _stay(self, limit: Limit, why_not: str) -> None:
        self._forget()
        log(self._environ, "stayed", why=why_not)
        self._note(f"{words.limit(limit, datetime.now().astimezone())} · stayed with claude: {why_not}")
        self._record(limit)

    def _record(self, limit: Limit) -> None:
        """`status` shows it. In the background: a lock may take its time, keys may not."""
        if decide.connects(limit):
            now = datetime.now(timezone.utc)
            in_background(lambda: connection.record_limit(self._environ, now, limit, self._note))

    def _note(self, line: str) -> None:
        if line not in self.notes:
            self.notes.append(line)


def in_background(work: Callable[[], object]) -> None:
    threading.Thread(target=work, daemon=True).start()


def _same(limit: Limit, declined: Limit | None) -> bool:
    """The limit that the user chose to wait for; its reset may be told a minute off."""
    if declined is None or (limit.kind, limit.window) != (declined.kind, declined.window):
        return False
    if limit.resets_at is None or declined.resets_at is None:
        return limit.resets_at is declined.resets_at
    return abs((limit.resets_at - declined.resets_at).total_seconds()) < 600
