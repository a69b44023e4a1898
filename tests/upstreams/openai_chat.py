"""OpenAI's chat completions, as strict as the real ones: https://platform.openai.com/docs/api-reference/chat.

The rules for messages are those that OpenAI, Mistral and Groq answer with 400 to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from tests.upstreams.turns import Say, Seen, need, only

_REQUEST = (
    "model messages stream stream_options max_tokens max_completion_tokens temperature top_p stop tools"
    " tool_choice parallel_tool_calls user n seed response_format"
)
_MESSAGE = {
    "system": "role content name",
    "user": "role content name",
    "assistant": "role content name refusal tool_calls",
    "tool": "role content tool_call_id",
}
_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")
MOST_OUTPUT = 16384  # completion tokens; gpt-4o-mini's


def check(body: dict[str, Any]) -> Seen:
    """BadRequestError for what the real one refuses."""
    only(body, _REQUEST, "")
    asked = body.get("max_completion_tokens") or body.get("max_tokens") or 0
    need(asked <= MOST_OUTPUT, f"max_tokens is too large: {asked}. This model supports at most {MOST_OUTPUT}")
    for tool in body.get("tools") or ():
        only(tool, "type function", "tools.")
        only(tool["function"], "name description parameters strict", "tools.function.")
        need(tool["type"] == "function" and _NAME.match(tool["function"]["name"]), "Invalid tool")
    open_calls: list[str] = []
    for message in body["messages"]:
        open_calls = _message(message, open_calls)
    need(not open_calls, _unanswered(open_calls))
    if "mistral" in body["model"]:
        _mistrals_own(body["messages"])
    return _seen(body)


def _mistrals_own(messages: list[dict[str, Any]]) -> None:
    """What Mistral refuses besides, in its words (its API, and vLLM with its templates)."""
    roles = [message["role"] for message in messages]
    for one, other in pairwise(roles):
        need((one, other) != ("tool", "user"), "Unexpected role 'user' after role 'tool'")
    for call in (call for message in messages for call in message.get("tool_calls") or ()):
        said = f"Tool call id was {call['id']} but must be a-z, A-Z, 0-9, with a length of 9."
        need(re.fullmatch("[a-zA-Z0-9]{9}", call["id"]), said)
    need(roles[-1] in ("user", "tool"), f"Expected last role User or Tool but got {roles[-1]}")


def _message(message: dict[str, Any], open_calls: list[str]) -> list[str]:
    role = message["role"]
    need(role in _MESSAGE, f"Invalid value: {role!r}")
    only(message, _MESSAGE[role], "messages.")
    if role == "tool":
        need(message["tool_call_id"] in open_calls, "'tool' must be a response to a preceding 'tool_calls'")
        need(
            all(part["type"] == "text" for part in _parts(message)), "Invalid content type in a tool message"
        )
        return [call for call in open_calls if call != message["tool_call_id"]]
    need(not open_calls, _unanswered(open_calls))
    for part in _parts(message):
        need(part["type"] in ("text", "image_url"), f"Invalid content type {part['type']}")
    calls = message.get("tool_calls") or []
    for call in calls:
        only(call, "id type function", "messages.tool_calls.")
        need(
            len(call["id"]) <= 40, f"Invalid 'id': string too long, maximum length 40, got {len(call['id'])}"
        )
        need(isinstance(call["function"]["arguments"], str), "Invalid arguments")
        json.loads(call["function"]["arguments"] or "{}")
    need(role != "assistant" or message.get("content") or calls, "Invalid assistant message: no content")
    return [call["id"] for call in calls]


def _unanswered(calls: list[str]) -> str:
    return f"An assistant message with 'tool_calls' must be followed by tool messages: {', '.join(calls)}"


def _parts(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message.get("content") or []
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _text(message: dict[str, Any]) -> str:
    return "\n".join(part.get("text", "") for part in _parts(message))


def _seen(body: dict[str, Any]) -> Seen:
    results: list[str] = []
    prompts: list[str] = []
    images = 0
    for message in body["messages"]:
        images += sum(part["type"] == "image_url" for part in _parts(message))
        if message["role"] == "user":
            prompts.append(_text(message))
        elif message["role"] == "tool":
            results.append(_text(message))
    tools = tuple(tool["function"]["name"] for tool in body.get("tools") or ())
    return Seen(body, tuple(prompts), tuple(results), tools, images)


def message(say: Say, model: str) -> dict[str, Any]:
    """An answer that is not streamed."""
    said = {"role": "assistant", "content": say.text or None}
    if say.reasoning:
        said["reasoning_content"] = say.reasoning
    if say.calls:
        said["tool_calls"] = [_call(number, call) for number, call in enumerate(say.calls)]  # type: ignore[assignment]
    choice = {"index": 0, "message": said, "finish_reason": _reason(say)}
    return {**_envelope(model, "chat.completion"), "choices": [choice], "usage": USAGE}


def stream(say: Say, model: str) -> Iterator[bytes]:
    chunks: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    if say.reasoning:
        chunks.append({"reasoning_content": say.reasoning})
    chunks += [{"content": word} for word in re.findall(r"\S+\s*", say.text)]
    chunks += [{"tool_calls": [{"index": n, **_call(n, call)}]} for n, call in enumerate(say.calls)]
    for delta in chunks:
        yield _event(model, [{"index": 0, "delta": delta, "finish_reason": None}])
    yield _event(model, [{"index": 0, "delta": {}, "finish_reason": _reason(say)}])
    yield _event(model, [], usage=USAGE)
    yield b"data: [DONE]\n\n"


USAGE = {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}


def _event(model: str, choices: list[Any], **more: object) -> bytes:
    chunk = {**_envelope(model, "chat.completion.chunk"), "choices": choices, **more}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def _envelope(model: str, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-made-up", "object": kind, "created": 1, "model": model}


def _call(number: int, call: Any) -> dict[str, Any]:
    function = {"name": call.name, "arguments": json.dumps(dict(call.input))}
    return {"id": call.id or f"call_{number}_{abs(hash(function['arguments'])):x}", "type": "function",
            "function": function}  # fmt: skip


def _reason(say: Say) -> str:
    return "tool_calls" if say.calls else "stop"
