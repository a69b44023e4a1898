"""OpenAI's responses API, as strict as the real one: https://platform.openai.com/docs/api-reference/responses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.upstreams.turns import Say, Seen, need, only

_REQUEST = (
    "model input instructions stream max_output_tokens temperature top_p tools tool_choice store include"
    " parallel_tool_calls prompt_cache_key reasoning text truncation user metadata previous_response_id"
)
_CONTENT = {"user": ("input_text", "input_image"), "system": ("input_text",), "developer": ("input_text",),
            "assistant": ("output_text", "refusal")}  # fmt: skip


def check(body: dict[str, Any]) -> Seen:
    """BadRequestError for what the real one refuses. The model reasons not: `reasoning` is refused."""
    only(body, _REQUEST, "")
    need(
        not body.get("reasoning"),
        "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
    )
    for tool in body.get("tools") or ():
        need(tool["type"] == "function", f"Tool of type {tool['type']} is not supported with this model")
        only(tool, "type name description parameters strict", "tools.")
    calls: set[str] = set()
    answered: set[str] = set()
    for item in body["input"] if isinstance(body["input"], list) else ():
        _item(item, calls, answered)
    need(calls <= answered, f"No tool output found for function call {' '.join(sorted(calls - answered))}.")
    return _seen(body)


def _item(item: dict[str, Any], calls: set[str], answered: set[str]) -> None:
    kind = item.get("type", "message")
    if kind == "message":
        for part in item["content"] if isinstance(item["content"], list) else ():
            need(
                part["type"] in _CONTENT[item["role"]], f"Invalid value: '{part['type']}' for {item['role']}"
            )
    elif kind == "function_call":
        need(len(item["call_id"]) <= 64, "Invalid 'input.call_id': string too long, maximum length 64")
        calls.add(item["call_id"])
    elif kind == "function_call_output":
        need(item["call_id"] in calls, f"No tool call found for function call output {item['call_id']}.")
        answered.add(item["call_id"])
    else:
        need(kind == "reasoning" and item.get("id"), f"Item of type {kind!r} without its required 'id'.")


def _parts(content: Any) -> list[dict[str, Any]]:
    return [{"type": "input_text", "text": content}] if isinstance(content, str) else content or []


def _text(content: Any) -> str:
    return "\n".join(part.get("text", "") for part in _parts(content))


def _seen(body: dict[str, Any]) -> Seen:
    prompts: list[str] = []
    results: list[str] = []
    images = 0
    for item in body["input"] if isinstance(body["input"], list) else ():
        if item.get("type") == "function_call_output":
            results.append(_text(item["output"]))
        elif item.get("role") == "user":
            images += sum(part["type"] == "input_image" for part in _parts(item["content"]))
            text = _text(item["content"])
            prompts.append(text)
    return Seen(
        body, tuple(prompts), tuple(results), tuple(tool["name"] for tool in body.get("tools") or ()), images
    )


def message(say: Say, model: str) -> dict[str, Any]:
    """An answer that is not streamed."""
    return _response(model, "completed", _output(say))


def stream(say: Say, model: str) -> Iterator[bytes]:
    yield _event("response.created", response=_response(model, "in_progress", []))
    output = _output(say)
    for index, item in enumerate(output):
        yield _event("response.output_item.added", output_index=index, item={**item, "status": "in_progress",
            **({"content": []} if item["type"] == "message" else {"arguments": ""})})  # fmt: skip
        yield from _deltas(index, item)
        yield _event("response.output_item.done", output_index=index, item=item)
    yield _event("response.completed", response=_response(model, "completed", output))


def _deltas(index: int, item: dict[str, Any]) -> Iterator[bytes]:
    place: dict[str, Any] = {"output_index": index, "item_id": item["id"]}
    if item["type"] == "message":
        place["content_index"] = 0
        yield _event(
            "response.content_part.added",
            **place,
            part={"type": "output_text", "text": "", "annotations": []},
        )
        for word in re.findall(r"\S+\s*", item["content"][0]["text"]):
            yield _event("response.output_text.delta", **place, delta=word)
        yield _event("response.output_text.done", **place, text=item["content"][0]["text"])
        yield _event("response.content_part.done", **place, part=item["content"][0])
    else:
        yield _event("response.function_call_arguments.delta", **place, delta=item["arguments"])
        yield _event("response.function_call_arguments.done", **place, arguments=item["arguments"])


def _output(say: Say) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    done = {"status": "completed"}
    if say.text:
        part = {"type": "output_text", "text": say.text, "annotations": []}
        items.append({"type": "message", "id": "msg_1", "role": "assistant", "content": [part], **done})
    for number, call in enumerate(say.calls):
        arguments = json.dumps(dict(call.input))
        identity = call.id or f"call_{number}_{abs(hash(arguments)):x}"
        named = {"id": f"fc_{number}", "call_id": identity, "name": call.name, "arguments": arguments}
        items.append({"type": "function_call", **named, **done})
    return items


_USAGE = {
    "input_tokens": 1000,
    "input_tokens_details": {"cached_tokens": 200},
    "output_tokens": 50,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 1050,
}


def _response(model: str, status: str, output: list[Any]) -> dict[str, Any]:
    usual = {
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "temperature": 1.0,
        "parallel_tool_calls": True,
    }
    unset = dict.fromkeys(("error", "incomplete_details", "instructions", "max_output_tokens"))
    known = {"id": "resp_1", "object": "response", "created_at": 1, "metadata": {}, "model": model}
    usage = _USAGE if status == "completed" else None
    return {**known, **usual, **unset, "status": status, "output": output, "usage": usage}


def _event(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, 'sequence_number': 0, **fields})}\n\n".encode()
