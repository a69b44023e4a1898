"""What the stand-in can answer, as values: a turn of the model, or a refusal."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

Gate = Callable[[], bool]
"""Asked until it says True; only then the first byte of the answer leaves."""


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class ToolUse:
    name: str
    input: Mapping[str, object] = field(default_factory=dict)
    id: str | None = None  # None: the server makes one up, as the API does


@dataclass(frozen=True)
class Thinking:
    text: str
    signature: str | None = None  # None: the server signs it


@dataclass(frozen=True)
class RedactedThinking:
    data: str | None = None  # None: the server makes it up


Block = Text | ToolUse | Thinking | RedactedThinking


class Ending(Enum):
    """How the stream of a turn ends."""

    COMPLETE = "complete"
    ERROR = "error"  # an `event: error` in the middle of the last block
    CUT = "cut"  # the connection closed in the middle of the last block


@dataclass(frozen=True)
class Refusal:
    """Any other status, with the API's error body."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)
    gate: Gate | None = None


@dataclass(frozen=True)
class Turn:
    """A successful answer (HTTP 200)."""

    blocks: tuple[Block, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    stop_reason: str | None = None  # None: tool_use when a tool is asked for, else end_turn
    input_tokens: int = 12
    output_tokens: int | None = None  # None: about a token for each four characters
    ending: Ending = Ending.COMPLETE
    failure: Refusal | None = None  # what an ERROR says; None: overloaded
    gate: Gate | None = None


Answer = Turn | Refusal
Short = Answer | Block | tuple[Block, ...] | str
"""What a script may say for short: a str is a Text, blocks are a Turn of them."""


def answer(short: Short) -> Answer:
    """The answer that a short form stands for."""
    if isinstance(short, (Turn, Refusal)):
        return short
    if isinstance(short, str):
        return Turn((Text(short),))
    return Turn(short if isinstance(short, tuple) else (short,))


def turn(*blocks: Block, **headers: str) -> Turn:
    """A turn of these blocks; header names may be written with underscores."""
    return Turn(blocks, {name.replace("_", "-"): value for name, value in headers.items()})


def breaking(short: Short, ending: Ending = Ending.ERROR, failure: Refusal | None = None) -> Turn:
    """The turn, ended in the middle of its last block, with the failure's error body."""
    whole = answer(short)
    if isinstance(whole, Refusal):
        raise TypeError("a refusal has no stream that could break")
    return replace(whole, ending=ending, failure=failure)


def held(short: Short, gate: Gate) -> Answer:
    """The answer, its first byte held until the gate says True: `held("hi", event.is_set)`."""
    return replace(answer(short), gate=gate)


def output_tokens(turn: Turn) -> int:
    """Tokens to report; the API counts, we estimate."""
    if turn.output_tokens is not None:
        return turn.output_tokens
    return max(1, sum(len(_weight(block)) for block in turn.blocks) // 4)


def stop_reason(turn: Turn) -> str:
    asks = any(isinstance(block, ToolUse) for block in turn.blocks)
    return turn.stop_reason or ("tool_use" if asks else "end_turn")


def _weight(block: Block) -> str:
    if isinstance(block, ToolUse):
        return block.name + json.dumps(dict(block.input))
    return block.data or "" if isinstance(block, RedactedThinking) else block.text
