"""From one claude to the next, where no claude is needed to see it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, cast

import pytest

from claude_fallback.gateway.chain import Link
from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.memory import ledger
from claude_fallback.run.invocation import Invocation
from claude_fallback.run.terminal import question
from claude_fallback.run.terminal.departure import Switch, Way
from claude_fallback.run.terminal.leg import Command, Leg
from claude_fallback.run.terminal.next_leg import Standing
from claude_fallback.run.terminal.on_gateway import OnGateway
from claude_fallback.run.terminal.session import Session

ID = "21e73911-690e-4e29-afe1-595db6e244ad"


class Target:
    base_url, private, link = "http://127.0.0.1:1", True, Link()


class Route:
    model, settings_path, target, closed = "qwen", None, Target(), False
    env: dict[str, str] = {}  # noqa: RUF012 - nobody changes it

    def close(self) -> None:
        self.closed = True


class Terminal:
    """Takes whatever is shown."""

    def write_line(self, text: str) -> None:
        self.shown = text

    def restore(self, modes: object) -> None:
        pass


class Relay:
    """Ends claude; `is_ending`: the user's terminal was closed meanwhile."""

    modes, is_ending = None, False

    def __init__(self) -> None:
        self.held, self.sent = bytearray(), bytearray()

    def wake(self) -> None:
        pass

    def send(self, data: bytes) -> None:
        self.sent += data

    def run(self, child: Any, observer: Any, until: Any, hold_keys: bool = False) -> None:
        assert until()

    def let_go(self) -> bytes:
        return b""

    def hold(self) -> None:
        pass

    def end(self, child: Any) -> None:
        child.ended = 143


class Child:
    ended: int | None = None


class Watch:
    accepted = ("one",)
    was_ready = has_landed = is_busy = True
    put = ""

    def put_in(self, text: str, send: object) -> None:
        self.put = text

    def keys(self, data: bytes) -> None:
        self.put += data.decode()

    def standing(self) -> Standing:
        return Standing(ID, None, None, tools_used=False)

    def shown_draft(self) -> str:
        return ""


@pytest.fixture
def session(environ: dict[str, str]) -> Session:
    command = Command("/bin/claude", Invocation([]), environ)
    return Session(command, cast(Any, Terminal()), cast(Any, Relay()), [])


def a_switch(asks: bool, **more: Any) -> Switch:
    limit = Limit(Kind.PLAN, "limit", "five_hour", datetime.now(timezone.utc))
    return Switch(limit, cast(Any, Route()), asks, **more)


def leave(session: Session, move: Switch) -> Leg | None:
    return session._leave(move, cast(Any, Child()), cast(Any, Watch()))


def test_a_draft_outlives_a_session_that_cannot_be_resumed(session: Session) -> None:
    """What was carried into the refused claude, and typed into it since, goes into the new one."""
    session._typed.input(b"\x1b[200~a draft\x1b[201~ and more", 0.0)
    following = session._not_resumed(Leg([], {}, session=ID, follows=True))
    assert "--resume" not in following.argv
    assert session._carried == "a draft and more"
    assert session._typed.so_far().draft == ""


def test_no_claude_is_started_for_a_terminal_that_is_gone(session: Session) -> None:
    """It was closed, or a signal came, while the limited claude was being ended: nothing is billed, then."""
    cast(Any, session._relay).is_ending = True
    assert leave(session, a_switch(asks=False)) is None
    assert session.code == 143


@pytest.mark.parametrize("answer", [question.CONTINUE, question.WAIT, question.QUIT])
def test_asked(session: Session, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """Ctrl-C at the question ends us at once: how to go on later is known before. A gateway that is not
    wanted is closed."""
    noted: list[list[str]] = []

    def put(*_: object) -> str:
        noted.append(list(session.notes))
        return answer

    monkeypatch.setattr(question, "put", put)
    monkeypatch.setattr("claude_fallback.run.words.switched", lambda *_: "switched")
    session._relay.held += b"a draft\x1b"
    move = a_switch(asks=True)
    following = leave(session, move)
    assert noted == [[f"to go on later: claude-fallback --resume {ID}"]]
    assert (session._carried, bytes(session._relay.held)) == ("a draft", b"")  # the Esc is answered, too
    assert session.notes == (noted[0] if answer == question.QUIT else [])
    assert (following is None) == (answer == question.QUIT)
    assert cast(Any, move.route).closed == (answer != question.CONTINUE)


@pytest.mark.parametrize(
    ("typed", "draft", "sent"),
    [
        (b"more", "a draft, more", b""),
        (b"\x1b", "a draft, ", b"\x1b"),
        (b"\x03", "a draft, ", b"\x1b"),
        (b"\x1b[99;5u", "a draft, ", b"\x1b"),
        (b"mo\x03re", "a draft, more", b"\x1b"),
        (b"\x1b[A", "a draft, ", b""),
    ],
)
def test_stopped_while_it_is_switched(session: Session, typed: bytes, draft: str, sent: bytes) -> None:
    """Esc or Ctrl-C while one claude ends and the other starts stops the turn that goes on by itself; an
    arrow does not. The draft stays."""
    session._carried = "a draft, "
    relay, watch = cast(Any, session._relay), Watch()
    relay.held += typed
    session._hand_over(cast(Any, Child()), cast(Any, watch), goes_on=True)
    assert watch.put == draft
    assert relay.sent == sent


def test_nothing_to_stop(session: Session) -> None:
    """Back on native no turn goes on: an Esc from before stops none, and no key waits for one to begin."""
    relay, watch = cast(Any, session._relay), Watch()
    watch.is_busy = False  # which `Relay.run` would be waiting for
    relay.held += b"\x1b"
    session._hand_over(cast(Any, Child()), cast(Any, watch), goes_on=False)
    assert relay.sent == b""


@pytest.mark.parametrize("follows", [False, True])
def test_a_session_that_begins_on_a_gateway(
    session: Session, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, follows: bool
) -> None:
    """is a run that a gateway had, for `usage`; one that moves there is noted by the move."""
    monkeypatch.setattr("claude_fallback.run.terminal.session.in_background", lambda work: work())
    session._stay(Leg([], {}, route=cast(Any, Route()), follows=follows), cast(Any, None))
    found = ledger.runs(environ, datetime.fromtimestamp(0, timezone.utc)).entries
    assert [(one.gateway, one.model, one.switched) for one in found] == (
        [] if follows else [(ledger.PRIVATE, "qwen", False)]
    )


def test_along_the_chain(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """From one gateway to the next: every line is said, and the prompt's way goes on with the next leg, and
    with no other."""
    shown: list[str] = []
    monkeypatch.setattr(session._terminal, "write_line", shown.append)
    monkeypatch.setattr("claude_fallback.run.words.switched", lambda *_: "switched")
    move = a_switch(False, before=Target(), way=Way((Link("custom"),), 1), said=("passed over",))
    following = leave(session, move)
    assert following
    assert shown == ["claude-fallback: passed over", "claude-fallback: switched"]
    stay = session._stay(following, cast(Any, None))
    assert isinstance(stay, OnGateway)
    assert stay._way == Way((Link("custom"), Link()), 2)
    later = session._stay(following, cast(Any, None))
    assert isinstance(later, OnGateway)
    assert later._way == Way((Link(),))
