"""A conversation in Anthropic's form, made digestible."""

from __future__ import annotations

from typing import Any

import pytest

from claude_fallback.gateway.inside.history import (
    bridged,
    folded,
    in_call_order,
    with_ids,
    without_files,
    without_thinking,
)
from claude_fallback.gateway.inside.tool_ids import inward

Message = dict[str, Any]


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def call(identity: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": identity, "name": "Bash", "input": {}}


def result(identity: str, content: object = "done") -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": identity, "content": content}


def user(*content: dict[str, Any]) -> Message:
    return {"role": "user", "content": list(content)}


def assistant(*content: dict[str, Any]) -> Message:
    return {"role": "assistant", "content": list(content)}


REMINDER = text("<system-reminder>\nrules\n</system-reminder>")
SYSTEM = {"role": "system", "content": [text("rules")]}


@pytest.mark.parametrize("kind", [{"type": "thinking", "thinking": "hm", "signature": "s"},
                                  {"type": "redacted_thinking", "data": "d"}])  # fmt: skip
def test_thinking_goes(kind: dict[str, Any]) -> None:
    """No reasoning of any form is left; a turn that was nothing else goes with it; strings stay."""
    messages = [
        user(text("a")),
        assistant(kind, text("b")),
        assistant(kind),
        {"role": "user", "content": "c"},
    ]
    assert without_thinking(messages) == [messages[0], assistant(text("b")), messages[3]]


@pytest.mark.parametrize(
    ("signature", "stays"),
    [("EuYB", True), ("", False), (None, False), ("litellm_encrypted_reasoning:x", False)],
)
def test_anthropics_own_thinking_stays(signature: str | None, stays: bool) -> None:
    """For Anthropic itself only what it cannot have signed goes."""
    thought = {"type": "thinking", "thinking": "hm", "signature": signature}
    left = without_thinking([assistant(thought, text("b"))], unsigned_only=True)
    assert (left == [assistant(thought, text("b"))]) is stays
    assert stays or left == [assistant(text("b"))]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([user(text("hi")), SYSTEM], [user(REMINDER, text("hi"))]),
        ([{"role": "user", "content": "hi"}, {"role": "system", "content": "rules"}],
         [user(REMINDER, text("hi"))]),
        ([SYSTEM, user(text("hi"))], [user(REMINDER, text("hi"))]),
        ([user(text("a")), assistant(text("b")), SYSTEM, user(text("c"))],
         [user(text("a")), assistant(text("b")), user(REMINDER, text("c"))]),
        ([user(text("a")), assistant(text("b")), SYSTEM],
         [user(text("a")), assistant(text("b")), user(REMINDER)]),
        ([user(result("1"), text("and")), SYSTEM], [user(result("1"), REMINDER, text("and"))]),
        ([user(text("hi"))], [user(text("hi"))]),
    ],
)  # fmt: skip
def test_system_messages_fold(messages: list[Message], expected: list[Message]) -> None:
    """They become reminders before the user's own words of that turn, and after its tool results."""
    assert folded("S", messages) == ("S", expected)


def test_nothing_but_a_system_message() -> None:
    """It joins the system prompt: there is no user to say it to."""
    assert folded("S", [SYSTEM]) == ([text("S"), REMINDER], [])


def test_results_in_call_order() -> None:
    """However claude sends them; other blocks follow; what answers no call keeps its place behind."""
    messages = [
        assistant(call("1"), call("2"), call("3")),
        user(text("x"), result("3"), result("9"), result("1"), result("2")),
    ]
    assert in_call_order(messages)[1] == user(result("1"), result("2"), result("3"), result("9"), text("x"))


def test_strings_have_no_order() -> None:
    """A plain prompt stays what it is."""
    messages = [assistant(call("1")), {"role": "user", "content": "go on"}]
    assert in_call_order(messages) == messages


def test_ids_of_call_and_result_agree() -> None:
    """One that is too long is shortened on both sides; others stay."""
    short, long = "call_1", "x" * 41
    messages = [assistant(call(short), call(long)), user(result(short), result(long))]
    sent = with_ids(messages, lambda known: inward(known, 40))
    calls = [block["id"] for block in sent[0]["content"]]
    assert calls == [block["tool_use_id"] for block in sent[1]["content"]]
    assert calls[0] == short and len(calls[1]) <= 40


SHOWN = {"type": "image", "source": {}}
BELOW = "[a file, shown below]"
BRIDGE = {"role": "assistant", "content": "I have the results."}


@pytest.mark.parametrize(
    ("messages", "sent"),
    [
        ([user(text("hi"))], [user(text("hi"))]),
        ([user(result("1"))], [user(result("1"))]),
        ([user(result("1"), text("and"))], [user(result("1")), BRIDGE, user(text("and"))]),
        ([user(result("1")), user(text("and"))], [user(result("1")), BRIDGE, user(text("and"))]),
        (
            [user(result("1", [text("a"), SHOWN]), result("2", [SHOWN]))],
            [
                user(result("1", [text("a")]), result("2", "[a file, shown below]")),
                BRIDGE,
                user(SHOWN, SHOWN),
            ],
        ),
        (
            [user(result("1")), assistant(text("ok")), {"role": "user", "content": "and"}],
            [user(result("1")), assistant(text("ok")), user(text("and"))],
        ),
    ],
)
def test_no_user_behind_a_tool(messages: list[Message], sent: list[Message]) -> None:
    """Mistral refuses it: an answer stands between, and a tool's pictures are the user's."""
    assert bridged(messages) == sent


def test_files_that_cannot_be_read() -> None:
    """A note stands in their place, in a prompt and in a tool's result; what can be read stays."""
    image, document = {"type": "image", "source": {}}, {"type": "document", "source": {}}
    messages = [user(image, result("1", [image, document]), result("2"))]
    left = without_files(messages, ["image"])[0]["content"]
    assert left[0]["type"] == "text" and "image" in left[0]["text"]
    assert [block["type"] for block in left[1]["content"]] == ["text", "document"]
    assert without_files(messages, []) == messages
