"""Sessions in a terminal: real claude, real ptys; the limit, the switch, the draft, the way home."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Machine, Typist

RELEASES = ("1.0.60", "1.0.100", "1.0.128", "2.0.42", "2.0.76", "2.1.112", "2.1.197", "2.1.330")
LIMIT = [limit("five_hour", time.time() + 3600)]

pytestmark = pytest.mark.claude


def prompts(gateway: StandIn) -> list[str]:
    return [received.last_prompt() for received in gateway.record.main()]


@pytest.mark.parametrize("version", RELEASES)
def test_the_conversation_goes_on(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist], version: str
) -> None:
    """At a limit the same conversation is answered by the gateway, by itself, the draft in its input. The
    gateway sees the earlier turns, and none of the native login."""
    machine, gateway = through_stand_in(["first answer", *LIMIT], version=version)
    user = typist(machine)
    user.at_prompt()
    user.say("hello one")
    user.sees("first answer")
    user.say("hello two")
    user.process.send("my draft")
    user.sees("from the gateway")
    user.draft_is("my draft")
    received = gateway.record.main()[0]
    assert [part in received.everything() for part in ("hello one", "first answer", "hello two")] == [
        True
    ] * 3
    assert gateway.record.secrets_seen(["sk-ant-oat01-made-up"]) == set()
    assert machine.state["connected"] is True
    assert "5-hour limit until" in user.raw.decode() or "until" in user.raw.decode()
