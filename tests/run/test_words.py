"""How a limit and a switch are told."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from claude_fallback.gateway.adapters import find
from claude_fallback.gateway.target import Target
from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.memory.settings import Settings
from claude_fallback.run import words

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("kind", "window", "hours", "told"),
    [
        (Kind.PLAN, "five_hour", 2, "5-hour limit until 16:00"),
        (Kind.PLAN, "five_hour", 11, "5-hour limit until 01:00"),
        (Kind.PLAN, "seven_day", 11, "weekly limit until 01:00"),
        (Kind.PLAN, "seven_day", 9, "weekly limit until 23:00"),
        (Kind.PLAN, "seven_day", 50, "weekly limit until Wed 25 Nov 16:00"),
        (Kind.PLAN, "seven_day_opus", None, "weekly Opus limit"),
        (Kind.PLAN, "a_new_window", None, "usage limit"),
        (Kind.PLAN, None, None, "usage limit"),
        (Kind.CREDITS, None, None, "out of credits"),
        (Kind.OVERLOAD, None, None, "overloaded"),
        (Kind.LOGIN, None, None, "login"),
    ],
)
def test_limit(kind: Kind, window: str | None, hours: int | None, told: str) -> None:
    """The window, else the kind, and the user's own clock; a day when it is not tonight."""
    resets = (NOW + timedelta(hours=hours)).astimezone(timezone.utc) if hours is not None else None
    assert words.limit(Limit(kind, "x", window, resets), NOW) == told


def test_switched() -> None:
    """One line: what stopped, what goes on, where, and who pays."""
    target = Target("http://127.0.0.1:4000", "k", None, Settings())
    stop = Limit(Kind.PLAN, "x", "five_hour")
    told = words.switched(stop, "qwen", target, NOW)
    assert told == (
        "5-hour limit · continuing with qwen through LiteLLM (http://127.0.0.1:4000) · billed to your gateway"
    )
    cloud = Target("", "", None, Settings(), adapter=find("bedrock"))
    assert words.switched(Limit(Kind.SPEND, "x"), "sonnet", cloud, NOW, target) == (
        "LiteLLM: spend limit · continuing with sonnet through Amazon Bedrock · billed to your AWS account"
    )
