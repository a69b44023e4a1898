"""Which gateway is next: the links of `fallback-chain` in order, those that rest last. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.memory.rests import Rest, resting
from claude_fallback.memory.settings import LITELLM, Settings

DEAD = timedelta(minutes=1)  # not there, or failing: asked again soon, a question costs 2 s at most
_LENGTHS = {
    Kind.THROTTLE: timedelta(minutes=2),
    Kind.LOGIN: timedelta(minutes=5),  # a key is changed by a person
    Kind.PLAN: timedelta(hours=1),  # these three when no reset time is known
    Kind.SPEND: timedelta(hours=1),
    Kind.CREDITS: timedelta(hours=1),
}
_LONGEST = timedelta(days=7)


@dataclass(frozen=True)
class Link:
    """A gateway, and the model that shall answer there; None: as its mappings say."""

    adapter: str = LITELLM
    model: str | None = None

    @property
    def name(self) -> str:
        """As it is written in the chain, and kept in the state."""
        return f"{self.adapter}:{self.model}" if self.model else self.adapter


@dataclass(frozen=True)
class Choice:
    """`link` is None when all were tried. `skipped`: whose turn it would have been, and why it is not."""

    link: Link | None
    skipped: tuple[tuple[Link, Rest], ...] = ()


def links(settings: Settings, adapters: Collection[str]) -> tuple[Link, ...]:
    """The chain as it is set; without one LiteLLM alone.

    `name` is an adapter when there is one of that name, `adapter:model` a model there, and all else a model
    of LiteLLM's: those may hold colons themselves (`qwen2.5:7b`).
    """
    return tuple(_link(word, adapters) for word in settings.fallback_chain) or (Link(),)


def next_link(
    chain: Collection[Link], state: Mapping[str, object], now: datetime, tried: Collection[Link]
) -> Choice:
    """The first link that this run has not tried and that does not rest.

    When all that are left rest, the one that is up again first: asking it costs little, not asking the run.
    """
    left = [link for link in chain if link not in tried]
    rests = {link: rest for link in left if (rest := resting(state, link.name, now))}
    for at, link in enumerate(left):
        if link not in rests:
            return Choice(link, tuple((before, rests[before]) for before in left[:at]))
    return Choice(min(left, key=lambda link: rests[link].until, default=None))


def rest_after(limit: Limit, now: datetime) -> datetime:
    """Until when a gateway that failed like this is left alone."""
    if limit.resets_at is not None and limit.resets_at > now:
        return min(limit.resets_at, now + _LONGEST)
    return now + _LENGTHS.get(limit.kind, DEAD)


def _link(word: str, adapters: Collection[str]) -> Link:
    adapter, _, model = word.partition(":")
    if adapter in adapters:
        return Link(adapter, model or None)
    return Link(LITELLM, word)
