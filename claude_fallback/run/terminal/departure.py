"""The way from a leg that was stopped to a gateway: made ready in the background, taken when nobody types."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claude_fallback.limits.limit import Limit
from claude_fallback.run.terminal.preparation import Preparation

if TYPE_CHECKING:
    from claude_fallback.gateway.chain import Link
    from claude_fallback.gateway.target import Target
    from claude_fallback.memory.settings import Settings
    from claude_fallback.memory.store import Tell
    from claude_fallback.run.gateway_route import GatewayRoute
    from claude_fallback.run.terminal.homeward import Rest
    from claude_fallback.run.terminal.turns import Row, Turns

    # A gateway for these turns, none of `tried`; raises FallbackError with the reason
    Prepare = Callable[[Settings, Turns, Collection[Link], Tell], GatewayRoute]


@dataclass(frozen=True)
class Way:
    """Of one prompt of the user's: the gateways that had it so far, and how often it has moved."""

    tried: tuple[Link, ...] = ()
    switches: int = 0

    def on(self, link: Link) -> Way:
        """The way with one more leg."""
        return Way((*self.tried, link), self.switches + 1)


@dataclass(frozen=True)
class Switch:
    """To a gateway, ready to go."""

    limit: Limit  # of the leg before
    route: GatewayRoute
    asks: bool = False
    before: Target | None = None  # the gateway that was stopped; None: native was
    way: Way = Way()  # up to the leg before
    said: tuple[str, ...] = ()  # lines for the user: gateways that were passed over, a larger model


@dataclass(frozen=True)
class Stay:
    """No gateway takes over: claude's own words stand."""

    limit: Limit
    why: str
    said: tuple[str, ...]


@dataclass(frozen=True)
class _Begun:
    limit: Limit
    asks: bool
    preparation: Preparation


class Departure:
    """At most one is begun at a time."""

    def __init__(self, wake: Callable[[], None], before: Target | None = None) -> None:
        self._wake, self._before, self._way = wake, before, Way()
        self._begun: _Begun | None = None
        self._error: Row | None = None

    def new_error(self, turns: Turns | None) -> Row | None:
        """The error that has become the last word since the last look.

        What was begun for another is forgotten; so it is in a session without a word (`/clear`).
        """
        error = turns.error if turns else None
        if error is self._error:
            return None
        self.forget()
        self._error = error
        return error

    def begin(
        self, limit: Limit, prepare: Callable[[Tell], GatewayRoute], way: Way, *, asks: bool = False
    ) -> None:
        """`prepare` runs in a thread: it gets what takes its lines, and raises FallbackError with the reason
        why there is no route. `asks`: the user is asked, unless it is the same gateway with another model."""
        self.forget()
        self._way = way
        self._begun = _Begun(limit, asks, Preparation(prepare, self._wake))

    @property
    def is_ready(self) -> bool:
        """Only the user's typing is waited for."""
        return self._begun is not None and self._begun.preparation.over

    def outcome(self, rest: Rest) -> Switch | Stay | None:
        """None: not yet."""
        begun = self._begun
        if begun is None or not begun.preparation.over:
            return None
        done = begun.preparation
        if done.route is None:
            self.forget()
            return Stay(begun.limit, done.why_not, tuple(done.said))
        if rest.typing:
            return None
        asks = begun.asks and (self._before is None or done.route.target.adapter != self._before.adapter)
        return Switch(begun.limit, done.route, asks, self._before, self._way, tuple(done.said))

    def forget(self) -> None:
        """claude has answered after all, the user has asked again, or the leg is over."""
        if self._begun is not None:
            self._begun.preparation.abandon()
        self._begun = None
