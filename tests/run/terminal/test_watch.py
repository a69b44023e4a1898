"""What watches over a session, with a clock of the test's and nobody to decide."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import pytest

from claude_fallback.run.terminal.conversation import Conversation
from claude_fallback.run.terminal.on_native import OnNative
from claude_fallback.run.terminal.screen import Screen
from claude_fallback.run.terminal.typed import Typed
from claude_fallback.run.terminal.watch import SessionWatch

BEGAN = datetime(2026, 11, 25, 2, 46, tzinfo=timezone.utc)
PROMPT = "\x1b[?2004h" + "─" * 80 + "\r\n> \r\n" + "─" * 80 + "\r\n"
ID = "21e73911-690e-4e29-afe1-595db6e244ad"
OTHER = "0454f792-24d9-4327-88fc-265c736f46d4"


class Nobody:
    """Decides nothing, and counts how often it was asked to."""

    move = None
    eager = False

    def __init__(self) -> None:
        self.looks = 0

    def look(self, *_: object) -> None:
        self.looks += 1

    def due(self, *_: object) -> datetime | None:
        return None


class Scene:
    def __init__(self, environ: dict[str, str], work: Path, **more: Any) -> None:
        self.now = 100.0
        self.folder = Path(environ["HOME"], ".claude/projects", re.sub("[^A-Za-z0-9]", "-", str(work)))
        self.typed, self.stay = Typed(), Nobody()
        self.talk = Conversation(environ, str(work), BEGAN, ID, **more)
        self.watch = SessionWatch(
            Screen(24, 80),
            lambda: (24, 80),
            self.typed,
            self.talk,
            cast(OnNative, self.stay),
            lambda: self.now,
        )

    def write(self, session: str, *rows: tuple[str, str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        at = (BEGAN + timedelta(seconds=1)).isoformat()
        with open(self.folder / f"{session}.jsonl", "a") as file:
            for kind, text in rows:
                message = {"content": [{"type": "text", "text": text}], "model": "claude"}
                file.write(json.dumps({"type": kind, "timestamp": at, "message": message}) + "\n")

    def settle(self) -> int:
        """Ticks until it sleeps for good, as the relay would; how many there were."""
        for ticks in range(100):
            due = self.watch.due()
            if due is None:
                return ticks
            self.now += due
            self.watch.tick()
        pytest.fail("it never sleeps")


@pytest.fixture
def scene(environ: dict[str, str], tmp_path: Path) -> Callable[..., Scene]:
    return lambda **more: Scene(environ, tmp_path, **more)


def at_prompt(one: Scene) -> bool:
    return one.watch.at_prompt


def typing(one: Scene) -> bool:
    return one.watch.typing


def test_it_sleeps_when_nothing_happens(scene: Callable[..., Scene]) -> None:
    """A few looks after the last output, then none: an idle session wakes nobody."""
    one = scene()
    one.watch.output(PROMPT.encode())
    assert one.settle() < 10
    assert 3 <= one.stay.looks < 10
    assert one.watch.was_ready


def test_words_of_a_limit_that_nobody_proves(scene: Callable[..., Scene]) -> None:
    """Somebody shows them, in a conversation about limits: looked into, and then left alone."""
    one = scene()
    one.watch.output(f"⏺ You've hit your session limit · resets 3pm\r\n{PROMPT}".encode())
    assert one.settle() < 40


def test_home_only_with_a_session_that_is_known(scene: Callable[..., Scene]) -> None:
    """Something was said, and its transcript not found: going elsewhere would lose the conversation."""
    one = scene()
    one.watch.output(PROMPT.encode())
    one.settle()
    assert at_prompt(one)
    one.watch.keys(b"hello\r")
    assert not at_prompt(one)
    one.write(ID, ("user", "hello"))
    one.watch.look()
    assert not at_prompt(one)  # not answered yet
    one.write(ID, ("assistant", "hello yourself"))
    one.watch.look()
    assert at_prompt(one)
    assert one.watch.standing()


def test_a_resumed_session_that_nobody_found(scene: Callable[..., Scene]) -> None:
    """`--continue` with an older release: what it resumed is not known until something is said."""
    one = scene(is_new=False)
    one.watch.output(PROMPT.encode())
    one.settle()
    assert not at_prompt(one)


def test_what_was_said_before_clear_is_no_draft(scene: Callable[..., Scene]) -> None:
    """The prompts of every session that this claude was in were accepted."""
    one = scene()
    one.watch.output(PROMPT.encode())
    one.settle()
    for session, words in ((ID, "one"), (OTHER, "two")):
        one.watch.keys(f"{words}\r".encode())
        one.write(session, ("user", words))
        one.watch.look()
    assert one.talk.session == OTHER
    assert one.watch.accepted == ["one", "two"]


def test_a_paste_is_typing_until_its_end(scene: Callable[..., Scene]) -> None:
    """A long one comes piece by piece, and half of it would be lost with the claude that had it."""
    one = scene()
    one.watch.keys(b"\x1b[200~first")
    for piece in (b" second", b" third\x1b[201~"):
        one.now += 0.9
        assert typing(one)
        one.watch.keys(piece)
    one.now += 0.9
    assert typing(one)
    one.now += 0.2
    assert not typing(one)
    assert one.typed.so_far().draft == "first second third"


def test_what_is_put_in_waits_for_the_prompt(scene: Callable[..., Scene]) -> None:
    """Typed once, when there is an input to type it into."""
    one, sent = scene(), list[bytes]()
    one.watch.put_in("draft", sent.append)
    assert sent == []
    one.watch.output(PROMPT.encode())
    one.settle()
    one.watch.output(b"more")
    one.settle()
    assert sent == [b"\x1b[200~draft\x1b[201~"]


def test_after_a_sleep_of_the_laptop(scene: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    """The reset is a time of day, and no sleep of ours counts the hours in which the machine is suspended: a
    minute after it wakes the session knows what time it is, and till then it was not looked at in vain."""
    there = scene()
    there.settle()
    looks, when = there.stay.looks, datetime.now(timezone.utc) + timedelta(hours=3)
    monkeypatch.setattr(there.stay, "due", lambda *_: when)
    due = there.watch.due()
    assert due is not None
    assert due <= 60
    there.watch.tick()
    assert there.stay.looks == looks
    when -= timedelta(hours=4)
    there.watch.tick()
    assert there.stay.looks == looks + 1
