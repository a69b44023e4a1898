"""A session on the gateway: when it goes home, and that it never waits for a lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import cast

import pytest
from filelock import FileLock

from claude_fallback import paths
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import adapters
from claude_fallback.gateway.chain import Link
from claude_fallback.gateway.target import Target as Target_
from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.memory import connection, rests, store
from claude_fallback.run.terminal.departure import Switch, Way
from claude_fallback.run.terminal.on_gateway import GoHome, OnGateway
from tests.run.terminal.stopped import Gateway, Rest, Route, limited, said, turns

FIRST, SECOND = Link("litellm"), Link("custom")
ARRIVED = Way((FIRST,), switches=1)  # a limit sent the session here
BUDGET = "API Error: 422 Budget has been exceeded! Current cost: 3"


def now() -> datetime:
    return datetime.now(timezone.utc)


def idle(minutes: float = 60, **more: bool) -> Rest:
    return Rest(since=now() - timedelta(minutes=minutes), **more)


class Target:
    """The gateway that the session is on."""

    link, private = FIRST, False
    adapter = adapters.find("litellm")


def on_gateway(environ: dict[str, str], gateway: Gateway | None = None, way: Way = ARRIVED) -> OnGateway:
    gateway = gateway or Gateway()
    return OnGateway(environ, cast(Target_, Target()), gateway.prepare, gateway.woken.set, way)


def connect(environ: dict[str, str], minutes: float, since: float = 0) -> None:
    limit = Limit(Kind.PLAN, "limit", "five_hour", now() + timedelta(minutes=minutes))
    connection.connect(environ, now() - timedelta(minutes=since), connection.Cause("rate_limit", limit), 5)


def test_not_before_the_reset(environ: dict[str, str]) -> None:
    """However long it idles; the appointment is the reset itself, not sooner."""
    connect(environ, 30)
    stay, rest = on_gateway(environ), idle()
    stay.look(None, rest)
    assert stay.move is None
    due = stay.due(rest, now())
    assert due
    assert due > now() + timedelta(minutes=29)


def test_home_after_a_throttle(environ: dict[str, str]) -> None:
    """There is no connection to wait for: the idle minutes alone."""
    stay = on_gateway(environ)
    stay.look(None, idle(1))
    assert stay.move is None
    stay.look(None, idle(3))
    assert stay.move == GoHome()


def test_disconnected_in_another_terminal(environ: dict[str, str]) -> None:
    """The next look sees it."""
    connect(environ, 30)
    stay = on_gateway(environ)
    connection.disconnect(environ, now())
    stay.look(None, idle())
    assert stay.move == GoHome()


@pytest.mark.parametrize("more", [{"typing": True}, {"at_prompt": False}, {"draft_empty": False}])
def test_never_in_the_middle_of_something(environ: dict[str, str], more: dict[str, bool]) -> None:
    """And no timer runs until a key or an output has changed something; then it does."""
    stay, rest = on_gateway(environ), idle(**more)
    stay.look(None, rest)
    assert stay.move is None
    assert stay.due(rest, now()) is None
    assert stay.due(idle(0), now()) is not None


def test_prolonged_by_another_run(environ: dict[str, str]) -> None:
    """The limit was met again elsewhere: the session waits for the new reset, with an appointment for it."""
    connect(environ, 30)
    stay, rest = on_gateway(environ), idle()
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
        stay = on_gateway(environ)
        stay.look(None, idle())
        assert stay.move == GoHome()
        assert store.read(path) == before
    wait_for(lambda: store.read(path)["connected"] is False)
    assert stay.notes == []


def test_until_the_exit(environ: dict[str, str]) -> None:
    """`return-when exit`: never in its middle."""
    store.record(paths.config_file(environ), lambda document: document.update(return_when="exit"))
    stay = on_gateway(environ)
    stay.look(None, idle())
    assert (stay.move, stay.due(idle(), now())) == (None, None)


def chain(environ: dict[str, str], **more: object) -> None:
    values = {"fallback_chain": ["litellm", "custom"], **more}
    store.record(paths.config_file(environ), lambda document: document.update(values))


def test_a_limited_gateway_hands_on(environ: dict[str, str]) -> None:
    """The next link is got ready, without those that had this prompt; the failed one rests; the session moves
    once, when nobody types, and knows what was said on the way."""
    chain(environ)
    gateway = Gateway(lines=("said on the way",))
    stay, stopped = on_gateway(environ, gateway), turns(limited(BUDGET, apiErrorStatus=422))
    stay.look(stopped, idle(0))
    gateway.answer()
    stay.look(stopped, idle(0, typing=True))
    assert (stay.move, stay.eager) == (None, True)
    stay.look(stopped, idle(0))
    assert isinstance(stay.move, Switch)
    assert (stay.move.limit.kind, stay.move.asks) == (Kind.SPEND, False)
    assert (stay.move.way, stay.move.said) == (ARRIVED, ("said on the way",))
    assert (gateway.asked, gateway.tried) == (1, (FIRST,))
    rest = rests.resting(store.read(paths.state_file(environ)), "litellm", now())
    assert rest
    assert "Budget" in rest.why


@pytest.mark.parametrize(("adapter", "asks"), [("litellm", False), ("custom", True)])
def test_another_gateway_is_asked_about(environ: dict[str, str], adapter: str, asks: bool) -> None:
    """At `ask`: somebody else may be paid. The same one with another model takes over unasked."""
    chain(environ, auto_fallback_enabled="ask")
    gateway = Gateway(Route(target=SimpleNamespace(adapter=adapters.find(adapter))))
    stay, stopped = on_gateway(environ, gateway), turns(limited(BUDGET, apiErrorStatus=422))
    stay.look(stopped, idle(0))
    gateway.answer()
    stay.look(stopped, idle(0))
    assert isinstance(stay.move, Switch)
    assert stay.move.asks is asks


@pytest.mark.parametrize(
    ("way", "settings"),
    [
        (Way((SECOND, FIRST), switches=1), {}),
        (Way((FIRST,), switches=2), {}),
        (ARRIVED, {"max_switches": 1}),
        (ARRIVED, {"auto_fallback_enabled": False}),
        (ARRIVED, {"fallback_chain": []}),
    ],
    ids=["both had it", "moved twice", "one is allowed", "off", "no chain"],
)
def test_never_a_loop(
    environ: dict[str, str],
    wait_for: Callable[[Callable[[], bool]], None],
    way: Way,
    settings: dict[str, object],
) -> None:
    """A prompt that has moved as often as it may stays, with claude's own words; the failure counts."""
    chain(environ, **settings)
    gateway = Gateway()
    stay, stopped = on_gateway(environ, gateway, way), turns(limited(BUDGET))
    stay.look(stopped, idle(0))
    stay.look(stopped, idle(0))
    wait_for(lambda: store.read(paths.state_file(environ)).get("consecutive_failures") == 1)
    assert (stay.move, gateway.asked) == (None, 0)


def test_another_prompt_has_a_way_of_its_own(environ: dict[str, str]) -> None:
    """What an earlier one has tried is not held against it."""
    chain(environ)
    gateway = Gateway()
    stay = on_gateway(environ, gateway, Way((SECOND, FIRST), switches=2))
    stopped = turns(said("assistant", "yes", 2, model="qwen"), said("user", "more", 3), limited(BUDGET, 4))
    stay.look(stopped, idle(0))
    gateway.answer()
    stay.look(stopped, idle(0))
    assert isinstance(stay.move, Switch)
    assert (gateway.tried, stay.move.way) == ((FIRST,), Way((FIRST,)))


def test_no_other_gateway_is_ready(
    environ: dict[str, str], wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    """The session stays with claude's own message, and says why in the end."""
    chain(environ)
    gateway = Gateway(error=FallbackError("custom is not there"))
    stay, stopped = on_gateway(environ, gateway), turns(limited(BUDGET))
    stay.look(stopped, idle(0))
    gateway.answer()
    for _ in range(2):
        stay.look(stopped, idle(0))
    wait_for(lambda: store.read(paths.state_file(environ)).get("consecutive_failures") == 1)
    assert (stay.move, gateway.asked) == (None, 1)
    assert stay.notes == ["no other gateway takes over: custom is not there"]


@pytest.mark.parametrize("words", ["Prompt is too long", "Reached maximum number of turns (3)"])
def test_what_is_not_the_gateways_fault(environ: dict[str, str], words: str) -> None:
    """It neither moves the session nor counts."""
    chain(environ)
    gateway = Gateway()
    stay, stopped = on_gateway(environ, gateway), turns(limited(words, error="invalid_request"))
    stay.look(stopped, idle(0))
    assert (stay.move, gateway.asked, store.read(paths.state_file(environ))) == (None, 0, {})


def test_asked_again_meanwhile(environ: dict[str, str]) -> None:
    """The user was faster: what was made ready is closed, and the session stays where it is."""
    chain(environ)
    gateway = Gateway()
    stay, stopped = on_gateway(environ, gateway), turns(limited(BUDGET))
    stay.look(stopped, idle(0))
    stopped.add(said("user", "again", 3))
    stay.look(stopped, idle(0))
    gateway.answer()
    stay.look(stopped, idle(0))
    assert (stay.move, gateway.route.closed) == (None, 1)


def test_an_answer_ends_the_rest(
    environ: dict[str, str], wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    """A gateway that answers a session is not left alone any longer."""
    rests.put_to_rest(environ, "litellm", rests.Rest(now() + timedelta(hours=1), "it failed"))
    on_gateway(environ).look(turns(said("assistant", "yes", 2, model="qwen")), idle(0))
    wait_for(lambda: store.read(paths.state_file(environ))["gateways"] == {})
