"""The Messages API's two shapes of one answer: a JSON message and a stream of events (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from claude_fallback.rehearsal.answers import (
    Block,
    Ending,
    RedactedThinking,
    Text,
    Thinking,
    ToolUse,
    Turn,
    output_tokens,
    stop_reason,
)

Event = dict[str, object]
_PIECE = 24  # characters a delta: long texts arrive in several, as from the API


def named(turn: Turn, seed: str) -> Turn:
    """The turn with ids and signatures filled in that the script left to the server."""
    return replace(turn, blocks=tuple(_name(block, f"{seed}{i}") for i, block in enumerate(turn.blocks)))


def signatures(turn: Turn) -> Iterator[str]:
    """Every signature and redacted datum of a named turn."""
    for block in turn.blocks:
        if isinstance(block, Thinking) and block.signature:
            yield block.signature
        elif isinstance(block, RedactedThinking) and block.data:
            yield block.data


def message(turn: Turn, identity: str, model: str) -> Event:
    """The body of a plain (not streamed) answer; `turn` is a named one."""
    return {
        **_envelope(turn, identity, model),
        "content": [_content(block) for block in turn.blocks],
        "stop_reason": stop_reason(turn),
        "usage": _usage(turn, output_tokens(turn)),
    }


def events(turn: Turn, identity: str, model: str) -> Iterator[Event]:
    """The stream's events in the API's order; a breaking turn stops in its last block."""
    yield {"type": "message_start", "message": _envelope(turn, identity, model)}
    last = len(turn.blocks) - 1
    for index, block in enumerate(turn.blocks):
        yield {"type": "content_block_start", "index": index, "content_block": _opening(block)}
        if index == 0:
            yield {"type": "ping"}
        deltas = list(_deltas(block))
        if index == last and turn.ending is not Ending.COMPLETE:
            deltas = deltas[: (len(deltas) + 1) // 2]
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        if index == last and turn.ending is not Ending.COMPLETE:
            yield from _broken(turn)
            return
        yield {"type": "content_block_stop", "index": index}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": stop_reason(turn), "stop_sequence": None},
        "usage": _usage(turn, output_tokens(turn)),
    }
    yield {"type": "message_stop"}


def frame(event: Event) -> bytes:
    """One server-sent event."""
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def _broken(turn: Turn) -> Iterator[Event]:
    if turn.ending is Ending.ERROR:
        overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
        yield {**(turn.failure.body if turn.failure else overloaded)}


def _name(block: Block, seed: str) -> Block:
    if isinstance(block, ToolUse) and block.id is None:
        return replace(block, id=f"toolu_{seed}")
    if isinstance(block, Thinking) and block.signature is None:
        return replace(block, signature=f"c2lnbmF0dXJl{seed}")
    if isinstance(block, RedactedThinking) and block.data is None:
        return replace(block, data=f"cmVkYWN0ZWQ{seed}")
    return block


def _envelope(turn: Turn, identity: str, model: str) -> Event:
    return {
        "id": identity,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": _usage(turn, 1),
    }


def _usage(turn: Turn, output: int) -> Event:
    return {
        "input_tokens": turn.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output,
        "service_tier": "standard",
    }


def _content(block: Block) -> Event:
    if isinstance(block, Text):
        return {"type": "text", "text": block.text}
    if isinstance(block, ToolUse):
        return {"type": "tool_use", "id": block.id, "name": block.name, "input": dict(block.input)}
    if isinstance(block, Thinking):
        return {"type": "thinking", "thinking": block.text, "signature": block.signature}
    return {"type": "redacted_thinking", "data": block.data}


def _opening(block: Block) -> Event:
    empty: Mapping[type, Event] = {
        Text: {"text": ""},
        ToolUse: {"input": {}},
        Thinking: {"thinking": "", "signature": ""},
        RedactedThinking: {},
    }
    return {**_content(block), **empty[type(block)]}


def _deltas(block: Block) -> Iterator[Mapping[str, object]]:
    if isinstance(block, Text):
        yield from ({"type": "text_delta", "text": piece} for piece in _pieces(block.text))
    elif isinstance(block, ToolUse):
        yield {"type": "input_json_delta", "partial_json": ""}
        for piece in _pieces(json.dumps(dict(block.input))):
            yield {"type": "input_json_delta", "partial_json": piece}
    elif isinstance(block, Thinking):
        yield from ({"type": "thinking_delta", "thinking": piece} for piece in _pieces(block.text))
        yield {"type": "signature_delta", "signature": block.signature}


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]
