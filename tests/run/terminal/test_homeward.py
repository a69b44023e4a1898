"""When a session goes home: a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

import pytest

from claude_fallback.memory.settings import Settings
from claude_fallback.run.terminal import homeward
from claude_fallback.run.terminal.watch import PAUSE

NOW = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
IDLE = Settings(return_when="idle", return_idle_minutes=2)


@dataclass(frozen=True)
class Rest:
    since: datetime = NOW - timedelta(minutes=5)
    typing: bool = False
    at_prompt: bool = True
    draft_empty: bool = True
    limit_is_near: bool = False


def minutes(number: float) -> datetime:
    return NOW + timedelta(minutes=number)


@pytest.mark.parametrize(
    ("until", "since", "settings", "when"),
    [
        (None, minutes(-5), IDLE, NOW),  # no connection: idle long enough
        (None, minutes(-1), IDLE, minutes(1)),
        (minutes(30), minutes(-5), IDLE, minutes(30)),  # the reset
        (minutes(1), minutes(0), IDLE, minutes(2)),  # then the idle minutes
        (minutes(-30), minutes(-1), IDLE, minutes(1)),
        (minutes(-30), minutes(-1), replace(IDLE, return_idle_minutes=0.5), minutes(-0.5)),
        (minutes(-30), minutes(0), replace(IDLE, return_idle_minutes=0), NOW + timedelta(seconds=2)),
        (None, minutes(-5), replace(IDLE, return_when="exit"), None),
    ],
)
def test_due(until: datetime | None, since: datetime, settings: Settings, when: datetime | None) -> None:
    """The reset and the idle minutes, whichever is later; never with `exit`."""
    assert homeward.due(until, Rest(since), settings, NOW) == when
    assert homeward.goes(until, Rest(since), settings, NOW) == (when is not None and when <= NOW)


def test_no_sooner_than_typing_is_over() -> None:
    """A look that finds the user typing is the last one until the next key."""
    soon = homeward.due(None, Rest(since=NOW), replace(IDLE, return_idle_minutes=0), NOW)
    assert soon and soon - NOW > timedelta(seconds=PAUSE)


@pytest.mark.parametrize("busy", [Rest(typing=True), Rest(at_prompt=False), Rest(draft_empty=False)])
def test_busy(busy: Rest) -> None:
    """Not while anything is typed, done, asked or drafted."""
    assert homeward.goes(None, Rest(), IDLE, NOW)
    assert not homeward.goes(None, busy, IDLE, NOW)
