"""Thinking taken out of a gateway's answers, however the stream was cut."""

from __future__ import annotations

import json

import pytest

from claude_fallback.gateway.inside.thoughts import Thoughts, without_thoughts


def event(kind: str, **more: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n".encode()


def block(index: int, kind: str) -> list[bytes]:
    return [
        event("content_block_start", index=index, content_block={"type": kind}),
        event("content_block_delta", index=index, delta={"type": f"{kind}_delta", "text": "…"}),
        event("content_block_stop", index=index),
    ]


START, END = event("message_start", message={"content": []}), event("message_stop")
THOUGHT_FIRST = b"".join([START, *block(0, "thinking"), *block(1, "text"), *block(2, "tool_use"), END])
WITHOUT = b"".join([START, *block(0, "text"), *block(1, "tool_use"), END])


@pytest.mark.parametrize("lines_at_once", [1, 2, 3, 5, 100])
def test_a_stream_without_its_thinking(lines_at_once: int) -> None:
    """The other blocks move up: claude takes a gap in the numbers for a broken stream."""
    lines = THOUGHT_FIRST.splitlines(keepends=True)
    thoughts = Thoughts()
    pieces = [b"".join(lines[at : at + lines_at_once]) for at in range(0, len(lines), lines_at_once)]
    assert b"".join(map(thoughts.without, pieces)) == WITHOUT


def test_thinking_between_and_redacted() -> None:
    """More than one, anywhere."""
    stream = [*block(0, "text"), *block(1, "redacted_thinking"), *block(2, "thinking"), *block(3, "text")]
    assert Thoughts().without(b"".join(stream)) == b"".join([*block(0, "text"), *block(1, "text")])


def test_a_stream_that_only_speaks_of_thinking_stays_as_it_is() -> None:
    """Byte for byte; other events and lines that are no JSON, too."""
    stream = [
        event("content_block_delta", index=0, delta={"text": "thinking"}),
        b": ping thinking\n\n",
        b"data: [DONE]\n\n",
    ]
    assert Thoughts().without(b"".join(stream)) == b"".join(stream)


def test_a_whole_answer() -> None:
    """Without streaming."""
    answer = {
        "content": [{"type": "thinking", "thinking": "…"}, {"type": "text", "text": "yes"}],
        "usage": {},
    }
    assert without_thoughts(answer) == {"content": [{"type": "text", "text": "yes"}], "usage": {}}
