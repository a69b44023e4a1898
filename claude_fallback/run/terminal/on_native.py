"""A session on native: a limit proven, the gateway made ready in the background, a pause in the typing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING

from claude_fallback.limits import evidence
from claude_fallback.memory import connection
from claude_fallback.memory import settings as configuration
from claude_fallback.memory.log import event as log
from claude_fallback.run import decide, proof, words
from claude_fallback.run.terminal.departure import Departure, Stay, Switch, Way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from claude_fallback.limits.limit import Limit
    from claude_fallback.run.terminal.departure import Prepare
    from claude_fallback.run.terminal.homeward import Rest
    from claude_fallback.run.terminal.turns import Row, Turns


class OnNative:
    """`move` is there when it is time to leave."""

    def __init__(
        self,
        environ: Mapping[str, str],
        prepare: Prepare,
        wake: Callable[[], None],
        declined: Limit | None,
        foresee: Callable[[Rest], None] = lambda _: None,
    ) -> None:
        """`declined`: the user chose to wait for it. `foresee` gets every look."""
        self.move: Switch | None = None
        self.notes: list[str] = []  # lines for the user, once claude has given the screen back
        self._environ, self._prepare, self._declined = environ, prepare, declined
        self._foresee = foresee
        self._departure = Departure(wake)

    def look(self, turns: Turns | None, rest: Rest) -> None:
        self._foresee(rest)
        error = self._departure.new_error(turns)
        if turns and error:
            self._judge(turns, error)
        outcome = self._departure.outcome(rest)
        if isinstance(outcome, Switch):
            self.move = outcome
        elif outcome:
            self._stay(outcome)

    def due(self, rest: Rest, now: datetime) -> datetime | None:  # noqa: ARG002 - as OnGateway has it
        return None

    @property
    def eager(self) -> bool:
        return self._departure.is_ready

    def leave(self) -> None:
        """The leg is over without a move."""
        if self.move is None:
            self._departure.forget()

    def _judge(self, turns: Turns, error: Row) -> None:
        seen = evidence.from_transcript([error], turns.began)
        limit = proof.judge(seen, self._environ) if seen else None
        if limit is None:
            return
        log(self._environ, "limit", kind=limit.kind.value, window=limit.window, proof=limit.proof,
            words=limit.message)  # fmt: skip
        settings = configuration.load(self._environ, self._note)
        asks = decide.asks(limit, settings)
        if _same(limit, self._declined) or not (asks or decide.switches(limit, settings)):
            self._record(limit)
            return
        self._departure.begin(limit, partial(self._prepare, settings, turns, ()), Way(), asks=asks)

    def _stay(self, stay: Stay) -> None:
        log(self._environ, "stayed", why=stay.why)
        stop = words.limit(stay.limit, datetime.now().astimezone())
        for line in (*stay.said, f"{stop} · stayed with claude: {stay.why}"):
            self._note(line)
        self._record(stay.limit)

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
