"""A session on native: what it takes until it is left for the gateway, with no gateway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from claude_fallback.errors import FallbackError
from claude_fallback.run.gateway_route import GatewayRoute
from claude_fallback.run.terminal.on_native import OnNative
from tests.run.terminal.stopped import PLAN, Gateway, Rest, limited, said, turns


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def native(environ: dict[str, str], gateway: Gateway) -> Callable[..., OnNative]:
    return lambda declined=None: OnNative(environ, gateway.prepare, gateway.woken.set, declined)


def test_it_moves_when_all_is_ready_and_nobody_types(
    native: Callable[..., OnNative], gateway: Gateway
) -> None:
    """Proven, prepared, a pause in the typing: in this order, and the gateway is asked once."""
    stay, stopped = native(), turns(limited())
    stay.look(stopped, Rest())
    assert (stay.move, stay.eager, gateway.asked) == (None, False, 1)
    gateway.answer()
    stay.look(stopped, Rest(typing=True))
    assert (stay.move, stay.eager) == (None, True)
    stay.look(stopped, Rest())
    assert stay.move
    assert stay.move.route is cast(GatewayRoute, gateway.route)
    stay.leave()
    assert (gateway.asked, gateway.route.closed) == (1, 0)


@pytest.mark.parametrize(
    "row",
    [
        said("assistant", PLAN, 2, model="claude-sonnet-5"),
        said("user", PLAN, 2),
        limited(isSidechain=True),
        limited(second=-60),
    ],
    ids=["claude talks of it", "the user does", "a subagent's", "history"],
)
def test_what_is_no_limit_of_this_session(
    native: Callable[..., OnNative], gateway: Gateway, row: dict[str, Any]
) -> None:
    """Nothing is prepared, and nothing will be."""
    stay = native()
    stay.look(turns(row), Rest())
    assert (stay.move, stay.eager, gateway.asked) == (None, False, 0)


@pytest.mark.parametrize("after", [said("user", "again", 3), said("assistant", "yes", 3, model="claude-x")])
def test_a_session_that_goes_on_is_not_left(
    native: Callable[..., OnNative], gateway: Gateway, after: dict[str, Any]
) -> None:
    """Claude answered after all, or the user has asked again, while the gateway was made ready: what was
    made is removed, whenever it is made."""
    stay, stopped = native(), turns(limited())
    stay.look(stopped, Rest())
    stopped.add(after)
    stay.look(stopped, Rest())
    gateway.answer()
    stay.look(stopped, Rest())
    assert (stay.move, stay.eager, gateway.route.closed) == (None, False, 1)


def test_a_cleared_session_is_not_left(native: Callable[..., OnNative], gateway: Gateway) -> None:
    """`/clear` while the gateway was made ready: the new session has no word yet, and was not stopped."""
    stay, stopped = native(), turns(limited())
    stay.look(stopped, Rest())
    stay.look(None, Rest())
    gateway.answer()
    stay.look(None, Rest())
    assert (stay.move, stay.eager, gateway.route.closed) == (None, False, 1)


def test_the_leg_ends_during_the_preparation(native: Callable[..., OnNative], gateway: Gateway) -> None:
    """/exit: no file of the gateway's is left behind."""
    stay = native()
    stay.look(turns(limited()), Rest())
    stay.leave()
    gateway.answer()
    assert gateway.route.closed == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [(FallbackError("no model"), "no model"), (RuntimeError("oh"), "a bug of claude-fall")],
)
def test_a_gateway_that_is_not_ready(
    native: Callable[..., OnNative], gateway: Gateway, error: Exception, words: str
) -> None:
    """claude stays, the user is told why in the end, and the same limit is not tried again."""
    stay, stopped = native(), turns(limited())
    gateway.error = error
    stay.look(stopped, Rest())
    gateway.answer()
    for _ in range(3):
        stay.look(stopped, Rest())
    assert (stay.move, stay.eager, gateway.asked, len(stay.notes)) == (None, False, 1, 1)
    assert words in stay.notes[0]


def test_what_the_user_waits_for_is_not_offered_again(
    native: Callable[..., OnNative], gateway: Gateway
) -> None:
    """The limit they chose to wait for; another one is another question."""
    first, stopped = native(), turns(limited())
    first.look(stopped, Rest())
    gateway.answer()
    first.look(stopped, Rest())
    assert first.move
    proven, asked = first.move.limit, gateway.asked
    native(proven).look(turns(limited()), Rest())
    assert gateway.asked == asked
    native(proven).look(turns(limited("You've hit your weekly limit · resets Dec 1, 3pm (UTC)")), Rest())
    assert gateway.asked == asked + 1
