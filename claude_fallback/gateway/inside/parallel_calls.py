"""A mend for LiteLLM 1.106.2: of several tool calls in one piece of a stream it makes a single, broken one.

Ollama sends such pieces. Only the first call opens a block, the arguments of the others are appended to it,
and claude gets input that is no JSON. The version is pinned; where the place is missing, nothing is done.
"""

from __future__ import annotations

import copy
import uuid
from typing import Any


def mend() -> None:
    """Let LiteLLM's splitter of stream pieces split between calls, too. Done once, however often called."""
    try:
        from litellm.llms.anthropic.pass_through.adapters.streaming_iterator import _CombinedChunkSplitter
    except ImportError:
        return
    theirs = getattr(_CombinedChunkSplitter, "_split_by_payload_kind", None)
    if theirs is None or getattr(theirs, "is_mended", False):
        return

    def split(chunk: Any) -> tuple[Any, ...]:
        return tuple(piece for part in theirs(chunk) for piece in one_call_each(part))

    split.is_mended = True  # type: ignore[attr-defined]
    _CombinedChunkSplitter._split_by_payload_kind = staticmethod(split)


def one_call_each(chunk: Any) -> list[Any]:
    """The piece, or one for each call that it names; a call without an id gets one."""
    delta = chunk.choices[0].delta if chunk.choices else None
    calls = list(getattr(delta, "tool_calls", None) or [])
    named = [call for call in calls if getattr(call.function, "name", None)]
    for call in named:
        call.id = call.id or f"call_{uuid.uuid4().hex}"
    if len(named) < 2:
        return [chunk]
    pieces = []
    for number, call in enumerate(calls):
        piece = copy.deepcopy(chunk)
        piece.choices[0].delta.tool_calls = [copy.deepcopy(call)]
        if number:
            piece.choices[0].delta.content = None
        pieces.append(piece)
    return pieces
