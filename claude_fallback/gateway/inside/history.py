"""A conversation in Anthropic's form, made digestible for other models. Pure: given messages stay.

A message is `{"role", "content"}`; its content is a string or a list of blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any

Block = dict[str, Any]
Message = dict[str, Any]

_THINKING = ("thinking", "redacted_thinking")
_OWN_SIGNATURES = (
    "litellm_encrypted_reasoning:"  # LiteLLM's, from the responses API; Anthropic never signed it
)
_GONE = {
    "image": "[an image was here; this model cannot see images]",
    "document": "[a document was here; this model cannot read such files]",
}


def blocks(message: Message) -> list[Block]:
    """The content as blocks, whichever form it has."""
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return list(content or ())


def without_thinking(messages: Sequence[Message], unsigned_only: bool = False) -> list[Message]:
    """Without the reasoning of earlier turns, which other models refuse as an unknown field.

    `unsigned_only`: for Anthropic itself, which refuses what it has not signed, and wants its own back.
    """

    def goes(block: Block) -> bool:
        if block.get("type") not in _THINKING:
            return False
        signature = str(block.get("signature") or block.get("data") or "")
        return not unsigned_only or not signature or signature.startswith(_OWN_SIGNATURES)

    return _filtered(messages, lambda block: None if goes(block) else block)


def folded(system: Any, messages: Sequence[Message]) -> tuple[Any, list[Message]]:
    """Without system messages in the middle of the conversation (claude 2.1.197 and later send such).

    Each becomes a reminder in front of the user's own words of the same turn, so that these stay last:
    LiteLLM would make it a user message after them. Where there is no user at all it joins the system prompt.
    """
    made: list[Message] = []
    waiting: list[Block] = []
    for message in messages:
        if message.get("role") == "system":
            reminders = [_reminder(block) for block in blocks(message) if block.get("text")]
            if made and made[-1]["role"] == "user":
                made[-1] = _with_reminders(made[-1], reminders)
            else:
                waiting += reminders
        else:
            made.append(_with_reminders(message, waiting) if message.get("role") == "user" else message)
            waiting = [] if message.get("role") == "user" else waiting
    if waiting and not made:
        return [*blocks({"content": system}), *waiting], made
    return system, [*made, {"role": "user", "content": waiting}] if waiting else made


def _reminder(block: Block) -> Block:
    return {"type": "text", "text": f"<system-reminder>\n{block['text']}\n</system-reminder>"}


def _with_reminders(message: Message, reminders: Sequence[Block]) -> Message:
    """Tool results first, as the API wants them, then the reminders, then what the user said."""
    if not reminders:
        return message
    content = blocks(message)
    results = [block for block in content if block.get("type") == "tool_result"]
    said = [block for block in content if block.get("type") != "tool_result"]
    return {**message, "content": [*results, *reminders, *said]}


def in_call_order(messages: Sequence[Message]) -> list[Message]:
    """Tool results in the order of their calls: claude sends them as they end, Ollama knows only places."""
    made: list[Message] = []
    for message in messages:
        called = [block.get("id") for block in blocks(made[-1])] if made else []
        made.append(_ordered(message, called) if message.get("role") == "user" else message)
    return made


def _ordered(message: Message, called: Sequence[object]) -> Message:
    if not isinstance(message.get("content"), list):
        return message
    place = {call: number for number, call in enumerate(called) if call}
    results = [block for block in message["content"] if block.get("type") == "tool_result"]
    others = [block for block in message["content"] if block.get("type") != "tool_result"]
    results.sort(key=lambda block: place.get(block.get("tool_use_id"), len(place)))
    return {**message, "content": [*results, *others]}


def with_ids(messages: Sequence[Message], inward: Callable[[str], str]) -> list[Message]:
    """Tool calls and results under ids that the backend takes; see `tool_ids`."""

    def renamed(block: Block) -> Block:
        for kind, field in (("tool_use", "id"), ("tool_result", "tool_use_id")):
            if block.get("type") == kind and isinstance(block.get(field), str):
                return {**block, field: inward(block[field])}
        return block

    return _filtered(messages, renamed)


def bridged(messages: Sequence[Message]) -> list[Message]:
    """An answer between a tool's results and what the user says: Mistral refuses a user behind a tool.

    Pictures of a tool are the user's there: LiteLLM makes a user message of them.
    """
    made: list[Message] = []
    for message in messages:
        results, others = _apart(blocks(message)) if message.get("role") == "user" else ([], [])
        if not others:
            made.append(message)
            continue
        made += [{**message, "content": results}] if results else []
        if made and any(block.get("type") == "tool_result" for block in blocks(made[-1])):
            made.append({"role": "assistant", "content": "I have the results."})
        made.append({**message, "content": others})
    return made


def _apart(content: Sequence[Block]) -> tuple[list[Block], list[Block]]:
    """The results of tools, in words alone; and all else, with the files that were in the results."""
    results, files, others = list[Block](), list[Block](), list[Block]()
    for block in content:
        inner = block.get("content")
        if block.get("type") != "tool_result":
            others.append(block)
        elif isinstance(inner, list):
            files += [one for one in inner if one.get("type") in _GONE]
            kept = [one for one in inner if one.get("type") not in _GONE]
            results.append({**block, "content": kept or "[a file, shown below]"})
        else:
            results.append(block)
    return results, [*files, *others]


def without_files(messages: Sequence[Message], kinds: Container[str]) -> list[Message]:
    """A note in the place of every block of these kinds (`image`, `document`), inside tool results, too."""

    def noted(block: Block) -> Block:
        kind = str(block.get("type"))
        if kind in kinds:
            return {"type": "text", "text": _GONE[kind]}
        if kind == "tool_result" and isinstance(block.get("content"), list):
            return {**block, "content": [noted(inner) for inner in block["content"]]}
        return block

    return _filtered(messages, noted)


def _filtered(messages: Sequence[Message], change: Callable[[Block], Block | None]) -> list[Message]:
    """Every block changed, or dropped where `change` gives None; so is a message that is left without any."""
    made: list[Message] = []
    for message in messages:
        if not isinstance(message.get("content"), list):
            made.append(message)
            continue
        kept = [new for block in message["content"] if (new := change(block)) is not None]
        if kept or not message["content"]:
            made.append({**message, "content": kept})
    return made
