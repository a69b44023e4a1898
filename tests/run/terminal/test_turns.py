"""What rows of a transcript mean, as real releases wrote them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from claude_fallback.run.terminal.turns import Turns

BEGAN = datetime(2026, 11, 25, 2, 46, tzinfo=timezone.utc)


def row(
    kind: str, content: object, *, model: str | None = None, at: int = 1, **more: object
) -> dict[str, Any]:
    moment = (BEGAN + timedelta(seconds=at)).isoformat().replace("+00:00", "Z")
    message = {"role": kind, "content": content, **({"model": model} if model else {})}
    return {"type": kind, "isSidechain": False, "timestamp": moment, "message": message, **more}


def text(words: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": words}]


TOOL = [{"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {}}]
RESULT = [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "done"}]
LIMIT = row(
    "assistant",
    text("You've hit your limit"),
    model="<synthetic>",
    isApiErrorMessage=True,
    error="rate_limit",
)


def after(*rows: dict[str, Any]) -> Turns:
    turns = Turns(BEGAN)
    for one in rows:
        turns.add(one)
    return turns


def test_an_error_is_the_last_word_until_somebody_speaks() -> None:
    """An answer after it (auto-continue) or a new prompt of the user's ends it; claude's own notes don't."""
    assert after(row("user", "hi"), LIMIT).error is LIMIT
    note = {"type": "system", "subtype": "informational", "content": "Usage limit reached", "timestamp": "x"}
    assert after(row("user", "hi"), LIMIT, note).error is LIMIT
    assert after(LIMIT, row("user", "again")).error is None
    assert after(LIMIT, row("assistant", text("yes"), model="claude-sonnet-5")).error is None
    assert after(LIMIT, row("assistant", text("No response requested."), model="<synthetic>")).error is LIMIT


def test_rows_out_of_order() -> None:
    """The times tell (2.1.240): a prompt behind the error that it got changes nothing about it, and one
    behind its answer has been answered. One that is newer than both is unanswered, whatever comes late."""
    refused = after({**LIMIT, "timestamp": row("user", "", at=3)["timestamp"]}, row("user", "hi", at=2))
    assert (refused.error is not None, refused.waits, refused.accepted) == (True, False, ["hi"])
    answer = row("assistant", text("yes"), model="claude-sonnet-5", at=3)
    answered = after(answer, row("user", "hi", at=2))
    assert (answered.answered, answered.waits, answered.accepted) == (1, False, ["hi"])
    again = after(row("user", "again", at=9), answer, LIMIT)
    assert (again.error, again.waits, again.answered, again.failed) == (None, True, 0, 1)
    assert after(dict(refused.error or {}), answer, row("user", "hi", at=2)).error is None


@pytest.mark.parametrize(
    "note",
    [
        row("user", "a note of claude's own", at=3, isMeta=True),
        row("assistant", text("No response requested."), model="<synthetic>", at=3),
    ],
)
def test_a_prompt_behind_a_note(note: dict[str, Any]) -> None:
    """Nobody has answered it: only claude's words do, or an error."""
    asked = after(note, row("user", "hi", at=2))
    assert (asked.answered, asked.waits, asked.accepted) == (0, True, ["hi"])
    asked.add(row("assistant", text("yes"), model="claude-sonnet-5", at=4))
    assert (asked.answered, asked.waits) == (1, False)


def test_history_is_no_news() -> None:
    """Rows from before the leg began, copied into a new file by a resume (1.0.60), say nothing about it."""
    turns = after({**LIMIT, "timestamp": "2026-11-25T02:45:59.000Z"}, row("user", "old", at=-5))
    assert (turns.error, turns.accepted, turns.last_at) == (None, [], None)


@pytest.mark.parametrize(
    "meta",
    [
        row("user", "Caveat: The messages below were generated", isMeta=True),
        row("user", "<command-name>/clear</command-name>"),
        row("user", "<local-command-stdout></local-command-stdout>"),
        row("user", RESULT),
        row("user", "sub", isSidechain=True),
    ],
)
def test_what_is_no_prompt(meta: dict[str, Any]) -> None:
    """Slash commands, tool results and subagents' prompts are in `user` rows as well."""
    assert after(row("user", "hello"), row("assistant", TOOL, model="m"), meta).accepted == ["hello"]


def test_tools_since_the_last_prompt() -> None:
    """A new prompt begins a turn in which nothing has been done; a subagent's tools are tools."""
    assert after(row("user", "a"), row("assistant", TOOL, model="m"), row("user", RESULT), LIMIT).tools_used
    assert not after(row("user", "a"), row("assistant", TOOL, model="m"), row("user", "b"), LIMIT).tools_used
    assert after(row("user", "a"), row("assistant", TOOL, model="m", isSidechain=True)).tools_used


def test_a_message_that_waited_hides_no_tools() -> None:
    """The turn was stopped in its middle, the queued message as well: both are gone on with, and what the
    first had done may not be done twice."""
    used = (row("user", "a"), row("assistant", TOOL, model="m"), row("user", RESULT), LIMIT)
    assert after(*used, row("user", "queued"), LIMIT).tools_used
    assert not after(*used, row("assistant", text("x"), model="m"), row("user", "b"), LIMIT).tools_used


def test_counts_and_what_the_session_is_set_to() -> None:
    """One answer a prompt however many rows it has; the newest model, mode and folder."""
    turns = after(
        {"type": "permission-mode", "permissionMode": "plan"},
        row("user", text("a"), cwd="/one"),
        row("assistant", text("x"), model="claude-opus-4-8", usage={}),
        row("assistant", text("y"), model="claude-opus-4-8"),
        row("user", "b", permissionMode="acceptEdits", cwd="/two"),
        LIMIT,
    )
    assert turns.waits is False  # an error is an answer, too
    assert (turns.answered, turns.failed, turns.accepted) == (1, 1, ["a", "b"])
    assert (turns.model, turns.permission_mode, turns.cwd) == ("claude-opus-4-8", "acceptEdits", "/two")


def test_rows_of_any_shape_do_no_harm() -> None:
    """A future release may write anything."""
    for odd in (
        {},
        {"type": "user"},
        {"type": "assistant", "message": 5, "timestamp": 7},
        row("user", 5),
        row("assistant", None),
    ):
        after(odd)
