"""Ollama's /api/chat, /api/tags and /api/show, as strict as Ollama: to Go a wrong type is an error.

https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.upstreams.turns import Say, Seen, need


@dataclass(frozen=True)
class Model:
    """As `ollama show` would tell it."""

    context: int = 131072
    capabilities: tuple[str, ...] = ("completion", "tools")


def tags(models: Mapping[str, Model]) -> dict[str, Any]:
    return {"models": [{"name": name, "model": name, "size": 1, "digest": "d"} for name in models]}


def show(model: Model) -> dict[str, Any]:
    info = {"general.architecture": "qwen2", "qwen2.context_length": model.context}
    return {"model_info": info, "capabilities": list(model.capabilities), "details": {"family": "qwen2"}}


def check(body: dict[str, Any], models: Mapping[str, Model]) -> Seen:
    """BadRequestError for what the real one refuses."""
    need(body["model"] in models, f"model '{body['model']}' not found")
    can = models[body["model"]].capabilities
    need(not body.get("think") or "thinking" in can, f'"{body["model"]}" does not support thinking')
    need(
        not body.get("tools") or "tools" in can,
        f"registry.ollama.ai/library/{body['model']} does not support tools",
    )
    waiting: list[str] = []
    for message in body["messages"]:
        waiting = _message(message, waiting, can)
    return _seen(body)


def _message(message: dict[str, Any], waiting: list[str], can: tuple[str, ...]) -> list[str]:
    go = "json: cannot unmarshal"
    need(
        isinstance(message.get("content", ""), str),
        f"{go} array into Go struct field .messages.content of type string",
    )
    need("vision" in can or not message.get("images"), "this model is missing data required for image input")
    for call in message.get("tool_calls") or ():
        arguments = call["function"]["arguments"]
        need(
            isinstance(arguments, dict),
            f"{go} string into Go struct field .messages.tool_calls.function.arguments",
        )
    if message["role"] == "tool":
        need(waiting, "a tool message without a call")
        return waiting[1:]
    return [call["function"]["name"] for call in message.get("tool_calls") or ()]


def _seen(body: dict[str, Any]) -> Seen:
    prompts: list[str] = []
    results: list[str] = []
    images = 0
    for message in body["messages"]:
        images += len(message.get("images") or ())
        if message["role"] == "user":
            prompts.append(message["content"])
        elif message["role"] == "tool":
            results.append(message["content"])
    tools = tuple(tool["function"]["name"] for tool in body.get("tools") or ())
    return Seen(body, tuple(prompts), tuple(results), tools, images)


def message(say: Say, model: str) -> dict[str, Any]:
    """An answer that is not streamed."""
    said: dict[str, Any] = {"role": "assistant", "content": say.text}
    if say.reasoning:
        said["thinking"] = say.reasoning
    if say.calls:
        said["tool_calls"] = [
            {"function": {"name": call.name, "arguments": dict(call.input)}} for call in say.calls
        ]
    return {"model": model, "created_at": "2026-01-01T00:00:00Z", "message": said, **_END}


_END = {"done": True, "done_reason": "stop", "prompt_eval_count": 1000, "eval_count": 50, "total_duration": 1,
        "load_duration": 1, "prompt_eval_duration": 1, "eval_duration": 1}  # fmt: skip


def stream(say: Say, model: str) -> Iterator[bytes]:
    """Newline-delimited JSON; all calls come in one piece."""
    if say.reasoning:
        yield _piece(model, thinking=say.reasoning, content="")
    for word in re.findall(r"\S+\s*", say.text):
        yield _piece(model, content=word)
    if say.calls:
        calls = [{"function": {"name": call.name, "arguments": dict(call.input)}} for call in say.calls]
        yield _piece(model, content="", tool_calls=calls)
    yield json.dumps({**json.loads(_piece(model, content="")), **_END}).encode() + b"\n"


def _piece(model: str, **said: object) -> bytes:
    message = {"role": "assistant", **said}
    return (
        json.dumps(
            {"model": model, "created_at": "2026-01-01T00:00:00Z", "message": message, "done": False}
        ).encode()
        + b"\n"
    )
