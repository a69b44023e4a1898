"""How a limit and a switch are told, in one line. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from claude_fallback.limits.limit import Kind, Limit

if TYPE_CHECKING:
    from claude_fallback.gateway.target import Target

_WINDOWS = {
    "five_hour": "5-hour limit",
    "seven_day": "weekly limit",
    "seven_day_opus": "weekly Opus limit",
    "seven_day_sonnet": "weekly Sonnet limit",
    "seven_day_overage_included": "weekly Fable limit",
}
_KINDS = {
    Kind.PLAN: "usage limit",
    Kind.SPEND: "spend limit",
    Kind.CREDITS: "out of credits",
    Kind.THROTTLE: "rate limit",
    Kind.OVERLOAD: "overloaded",
    Kind.SERVER: "server error",
}


def limit(found: Limit, now: datetime) -> str:
    """`5-hour limit until 15:40`; the time is local to `now`."""
    name = _WINDOWS.get(found.window or "") or _KINDS.get(found.kind, found.kind.value)
    if found.resets_at is None:
        return name
    return f"{name} until {moment(found.resets_at.astimezone(now.tzinfo), now)}"


def moment(instant: datetime, now: datetime) -> str:
    """A time of day, with its date when that is not plain."""
    far = instant.date() != now.date() and instant - now > timedelta(hours=12)
    return f"{instant:%a %d %b %H:%M}" if far else f"{instant:%H:%M}"


def switched(found: Limit, model: str, target: Target, now: datetime, before: Target | None = None) -> str:
    """`before` is the gateway that failed, when it was not native that was limited."""
    who = f"{before.adapter.title}: " if before else ""
    return (
        f"{who}{limit(found, now)} · continuing with {model} through {target.place} · {target.adapter.billed}"
    )


def home() -> str:
    return "the limit has reset · back to native Claude"


def connected(reason: str, until: datetime, now: datetime, model: str, target: Target) -> str:
    """A run that starts on the gateway: never a silent one."""
    why = "connected by hand" if reason == "manual" else f"connected ({reason})"
    return f"{why} until {moment(until, now)} · {model} through {target.place} · {target.adapter.billed}"
