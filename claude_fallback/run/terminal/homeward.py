"""When a session on the gateway goes back to native. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from claude_fallback.memory.settings import Settings

# Until then a key counts as typing: looked at sooner, the session would be found busy and left alone.
_LEAST = timedelta(seconds=2)


class Rest(Protocol):
    """How the session stands; the last three cost a look at the screen."""

    @property
    def since(self) -> datetime:
        """When something was last done or typed; aware."""

    @property
    def typing(self) -> bool: ...

    @property
    def at_prompt(self) -> bool:
        """Nothing is being done or asked."""

    @property
    def draft_empty(self) -> bool: ...

    @property
    def limit_is_near(self) -> bool:
        """claude warns of it."""


def due(until: datetime | None, rest: Rest, settings: Settings, now: datetime) -> datetime | None:
    """When to look again; None: never. `until` is the connection's end, None when there is none."""
    if settings.return_when == "exit":
        return None
    return max(until or now, rest.since + _pause(settings))


def goes(until: datetime | None, rest: Rest, settings: Settings, now: datetime) -> bool:
    """Whether the session goes home now."""
    when = due(until, rest, settings, now)
    over = when is not None and when <= now
    return over and not rest.typing and rest.at_prompt and rest.draft_empty


def _pause(settings: Settings) -> timedelta:
    return max(_LEAST, timedelta(minutes=settings.return_idle_minutes))
