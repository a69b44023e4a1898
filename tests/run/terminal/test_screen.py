"""The questions to a screen, asked of what real releases drew (`record_releases.py`)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from claude_fallback.limits.catalogue import classify
from claude_fallback.limits.limit import Kind
from claude_fallback.run.terminal.screen import Screen

RECORDED = Path(__file__).parent / "recorded"
RELEASES = sorted(path.name.removesuffix(".json.gz") for path in RECORDED.glob("*.json.gz"))
SIZES = {"narrow": (24, 44)}

pytestmark = pytest.mark.parametrize("release", RELEASES)
Replay = Callable[[str, str], Screen]


@cache
def _recording(release: str) -> dict[str, list[tuple[str, str]]]:
    text = gzip.decompress((RECORDED / f"{release}.json.gz").read_bytes()).decode("utf-8", "surrogateescape")
    sessions: dict[str, list[tuple[str, str]]] = json.loads(text)
    return sessions


@pytest.fixture
def at(release: str) -> Replay:
    """The screen of a recorded session when a step was over: `at("limited", "drafted")`."""

    def replay(session: str, step: str) -> Screen:
        screen = Screen(*SIZES.get(session, (24, 80)))
        for name, output in _recording(release)[session]:
            screen.output(output.encode("utf-8", "surrogateescape"))
            while not screen.catch_up():
                pass
            if name == step:
                return screen
        raise KeyError(step)

    return replay


@pytest.mark.parametrize("session", ["limited", "narrow"])
@pytest.mark.parametrize("step", ["limited", "escaped"])
def test_a_limit_is_seen(at: Replay, session: str, step: str) -> None:
    """Its words are one text again however they were wrapped, with or without claude's menu below."""
    words = at(session, step).limit_words()
    assert words is not None
    wording = classify(words)
    assert wording is not None and wording.kind in (Kind.PLAN, Kind.SPEND)
    assert "reset" in words


@pytest.mark.parametrize(
    ("session", "step"),
    [("limited", "started"), ("limited", "working"), ("limited", "drafted"), ("asked", "quoted"),
     ("asked", "permission"), ("asked", "refused"), ("typed", "drafted"), ("untrusted", "dialog"),
     ("lost", "refused")],
)  # fmt: skip
def test_nothing_else_is_a_limit(at: Replay, session: str, step: str) -> None:
    """Work, dialogs, drafts and an answer that quotes a limit's words are none."""
    assert at(session, step).limit_words() is None


@pytest.mark.parametrize(
    ("session", "step", "draft"),
    [
        ("limited", "started", ""),
        ("limited", "asked", "say hello"),
        ("limited", "working", ""),
        ("limited", "queued", ""),
        ("limited", "drafted", "a draft"),
        ("narrow", "drafted", "a draft"),
        ("typed", "drafted", "first line\nsecond " + "word " * 22 + "end"),
        ("typed", "cleared", ""),
        ("typed", "cleared again", ""),
        ("asked", "refused", ""),
        ("asked", "permission", None),
        ("asked", "picker", None),
        ("asked", "command", "/model"),
        ("untrusted", "dialog", None),
        ("lost", "refused", None),
    ],
)
def test_the_draft(at: Replay, session: str, step: str, draft: str | None) -> None:
    """Wrapped lines are joined, placeholders are no draft, and in a dialog there is none to tell."""
    assert at(session, step).draft() == draft


def test_a_paste_stands_as_claude_shows_it(at: Replay) -> None:
    """Whole in the releases that show it whole, else under the name that claude gives it."""
    assert at("typed", "pasted").draft() in ("a\nb\nc\nd\ne", "[Pasted text #1 +4 lines]")


@pytest.mark.parametrize(
    ("session", "step", "prompt", "busy"),
    [
        ("limited", "started", True, False),
        ("limited", "working", True, True),
        ("limited", "drafted", True, True),
        ("narrow", "working", True, True),
        ("limited", "limited", None, False),
        ("limited", "escaped", True, False),
        ("asked", "quoted", True, False),
        ("asked", "permission", False, False),
        ("asked", "picker", False, False),
        ("untrusted", "dialog", False, False),
        ("lost", "refused", False, False),
    ],
)
def test_prompt_and_work(at: Replay, session: str, step: str, prompt: bool | None, busy: bool) -> None:
    """The plain input box is there or a question stands in its place; a turn runs or not."""
    screen = at(session, step)
    assert screen.is_busy() is busy
    assert prompt is None or screen.is_at_prompt() is prompt


@pytest.mark.parametrize(
    ("session", "step", "ready"),
    [("typed", "started", True), ("untrusted", "dialog", False), ("lost", "refused", False),
     ("asked", "picker", False)],
)  # fmt: skip
def test_ready(at: Replay, session: str, step: str, ready: bool) -> None:
    """Text can be sent when the box is drawn, not to a dialog and not to an error."""
    assert at(session, step).is_ready() is ready


def test_permission_modes(at: Replay) -> None:
    """The footer's mode in the words of --permission-mode; Shift-Tab goes through them; hints hide it."""
    steps = ("started", "mode 1", "mode 2", "mode 3", "mode 4")
    modes = [at("typed", step).permission_mode() for step in steps]
    assert {"default", "acceptEdits", "plan"} <= set(modes) <= {"default", "acceptEdits", "plan", "auto"}
    assert at("typed", "pasted").permission_mode() is None
    assert at("asked", "permission").permission_mode() is None


@pytest.mark.parametrize("session", ["limited", "typed"])
def test_slices(release: str, session: str) -> None:
    """Read in slices of any size, the screen is the same as read at once."""
    data = "".join(text for _, text in _recording(release)[session]).encode("utf-8", "surrogateescape")
    whole, sliced = Screen(24, 80), Screen(24, 80)
    whole.output(data)
    while not whole.catch_up(1 << 20):
        pass
    sliced.output(data)
    while not sliced.catch_up(7):
        pass
    assert sliced.picture() == whole.picture()
