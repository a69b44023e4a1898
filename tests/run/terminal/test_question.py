"""The question before a switch."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

import pytest

from claude_fallback.run.terminal import question
from claude_fallback.run.terminal.user_terminal import UserTerminal

if TYPE_CHECKING:
    from tests.run.terminal.conftest import Terminals


@pytest.mark.parametrize(
    ("lines", "chosen", "again"),
    [
        (["\n"], question.CONTINUE, 0),
        (["1\n"], question.CONTINUE, 0),
        ([" 2 \n"], question.WAIT, 0),
        (["Q\n"], question.QUIT, 0),
        (["what?\n", "\x1b[A\n", "w\n"], question.WAIT, 2),
        ([None], question.QUIT, 0),
        (["continue please\n", None], question.QUIT, 1),
    ],
)
def test_answers(lines: list[str | None], chosen: str, again: int) -> None:
    """Enter takes the first; what is no answer is asked again; no answer to be had spends nothing."""
    said: list[str] = []
    left = iter(lines)
    assert question.answer(lambda: next(left), said.append) == chosen
    assert len(said) == again


class Target:
    """As the question sees it."""

    class adapter:  # noqa: N801 - an attribute of the real one
        billed = "billed to somebody"

    place = "Some Gateway (http://127.0.0.1:1)"


def test_it_names_who_is_billed() -> None:
    """The limit, the model, the place and the bill stand there before anything is spent."""
    shown = "\n".join(question.lines("5-hour limit", "qwen", cast(Any, Target())))
    for word in ("5-hour limit", "qwen", Target.place, Target.adapter.billed):
        assert word in shown


def test_keys_from_before_are_no_answer(terminals: Terminals, monkeypatch: pytest.MonkeyPatch) -> None:
    """An Enter that was pressed while claude still ended spends nothing: it is taken away once the question
    stands there, and only then does the terminal hand out lines."""
    window = terminals.window()
    monkeypatch.setattr(UserTerminal, "__init__", lambda *_: None)
    terminal = UserTerminal()
    terminal.screen_fd = terminal.keys_fd = terminal._control_fd = window.inside
    terminal.attributes = window.settings
    terminal.make_raw()
    window.type(b"\r")

    def shown() -> None:
        window.until(rb"Enter takes 1: ")
        assert os.read(window.inside, 10) == b"\r"
        window.type(b"3\n")

    assert question.put(terminal, "limit", "qwen", cast(Any, Target()), shown) == question.QUIT


def test_nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without keys the session stays on native: nothing is spent unasked, and nothing is drawn."""
    monkeypatch.setattr(UserTerminal, "__init__", lambda *_: None)
    terminal = UserTerminal()
    terminal.keys_fd = -1
    assert question.put(terminal, "5-hour limit", "qwen", cast(Any, Target())) == question.WAIT
