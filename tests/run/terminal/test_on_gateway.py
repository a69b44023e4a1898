"""A session on the gateway: when it goes home, and that it never waits for a lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest
from filelock import FileLock

from claude_fallback import paths
from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.memory import connection, store
from claude_fallback.run.terminal.on_gateway import GoHome, OnGateway


@dataclass
class Rest:
    since: datetime
    typing: bool = False
    at_prompt: bool = True
    draft_empty: bool = True


def now() -> datetime:
    return datetime.now(timezone.utc)


def idle(minutes: float = 60, **more: bool) -> Rest:
    return Rest(now() - timedelta(minutes=minutes), **more)


def connect(environ: dict[str, str], minutes: float, since: float = 0) -> None:
    limit = Limit(Kind.PLAN, "limit", "five_hour", now() + timedelta(minutes=minutes))
    connection.connect(environ, now() - timedelta(minutes=since), connection.Cause("rate_limit", limit), 5)


def test_not_before_the_reset(environ: dict[str, str]) -> None:
    """However long it idles; the appointment is the reset itself, not sooner."""
    connect(environ, 30)
    stay, rest = OnGateway(environ), idle()
    stay.look(None, rest)
    assert stay.move is None
    due = stay.due(rest, now())
    assert due
    assert due > now() + timedelta(minutes=29)


def test_home_after_a_throttle(environ: dict[str, str]) -> None:
    """There is no connection to wait for: the idle minutes alone."""
    stay = OnGateway(environ)
    stay.look(None, idle(1))
    assert stay.move is None
    stay.look(None, idle(3))
    assert stay.move == GoHome()


def test_disconnected_in_another_terminal(environ: dict[str, str]) -> None:
    """The next look sees it."""
    connect(environ, 30)
    stay = OnGateway(environ)
    connection.disconnect(environ, now())
    stay.look(None, idle())
    assert stay.move == GoHome()


@pytest.mark.parametrize("more", [{"typing": True}, {"at_prompt": False}, {"draft_empty": False}])
def test_never_in_the_middle_of_something(environ: dict[str, str], more: dict[str, bool]) -> None:
    """And no timer runs until a key or an output has changed something; then it does."""
    stay, rest = OnGateway(environ), idle(**more)
    stay.look(None, rest)
    assert stay.move is None
    assert stay.due(rest, now()) is None
    assert stay.due(idle(0), now()) is not None


def test_prolonged_by_another_run(environ: dict[str, str]) -> None:
    """The limit was met again elsewhere: the session waits for the new reset, with an appointment for it."""
    connect(environ, 30)
    stay, rest = OnGateway(environ), idle()
    stay._until = now() - timedelta(seconds=1)  # as it was known before
    stay.look(None, rest)
    assert stay.move is None
    due = stay.due(rest, now())
    assert due
    assert due > now() + timedelta(minutes=29)


def test_nobody_waits_for_a_lock(
    environ: dict[str, str], wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    """That a connection is over is written down in the background; the session goes home meanwhile."""
    path = os.path.realpath(paths.state_file(environ))
    connect(environ, -1, since=60)
    with FileLock(f"{path}.lock"):
        before = store.read(path)
        assert before["connected"] is True
        stay = OnGateway(environ)
        stay.look(None, idle())
        assert stay.move == GoHome()
        assert store.read(path) == before
    wait_for(lambda: store.read(path)["connected"] is False)
    assert stay.notes == []


def test_until_the_exit(environ: dict[str, str]) -> None:
    """`return-when exit`: never in its middle."""
    store.record(paths.config_file(environ), lambda document: document.update(return_when="exit"))
    stay = OnGateway(environ)
    stay.look(None, idle())
    assert (stay.move, stay.due(idle(), now())) == (None, None)
