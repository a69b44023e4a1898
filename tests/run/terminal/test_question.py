"""The question before a switch."""

from __future__ import annotations

from typing import Any, cast

import pytest

from claude_fallback.run.terminal import question


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
