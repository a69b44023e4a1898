"""A model without weights, as a custom provider of LiteLLM: streams proper events, needs no network.

This file is copied beside a LiteLLM configuration and imported by LiteLLM in its own environment.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import litellm
from litellm.types.utils import GenericStreamingChunk

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from embedded_answer import Answer, answer  # type: ignore[import-not-found]  # the copy beside it


class EmbeddedModel(litellm.CustomLLM):  # type: ignore[misc]  # LiteLLM is not in the environment that checks types
    """LiteLLM calls these two by name and passes a dozen keywords; three of them matter here."""

    async def acompletion(self, *_: Any, **given: Any) -> Any:
        chosen = await _chosen(given)
        response = given["model_response"]
        message = response.choices[0].message
        message.content = chosen.text
        response.choices[0].finish_reason = "tool_calls" if chosen.call else "stop"
        if chosen.call:
            message.tool_calls = [litellm.ChatCompletionMessageToolCall(**_tool_call(chosen))]
        response.model = given["model"]
        response.usage = litellm.Usage(**_usage(given["messages"], chosen))
        return response

    async def astreaming(self, *_: Any, **given: Any) -> AsyncIterator[GenericStreamingChunk]:
        chosen = await _chosen(given)
        words = chosen.text.split(" ")
        for number, word in enumerate(words):
            yield _chunk(word if number == 0 else f" {word}")
            if chosen.cut and number == 2:
                raise litellm.InternalServerError("the embedded model was asked to break off", "embedded", "")
        if chosen.call:
            yield {**_chunk(""), "tool_use": {**_tool_call(chosen), "index": 0}}
        reason = "tool_calls" if chosen.call else "stop"
        end = {"is_finished": True, "finish_reason": reason, "usage": _usage(given["messages"], chosen)}
        yield {**_chunk(""), **end}


async def _chosen(given: dict[str, Any]) -> Answer:
    tools = given["optional_params"].get("tools") or []
    names = [tool.get("function", {}).get("name", "") for tool in tools]
    chosen = answer(given["model"], given["messages"], names)
    if chosen.fail:
        raise litellm.exceptions.APIError(
            chosen.fail, "the embedded model was asked to fail", "embedded", given["model"]
        )
    await asyncio.sleep(chosen.wait)
    return chosen


def _chunk(text: str) -> dict[str, Any]:
    return {
        "text": text,
        "tool_use": None,
        "is_finished": False,
        "finish_reason": "",
        "usage": None,
        "index": 0,
    }


def _tool_call(chosen: Answer) -> dict[str, Any]:
    function = {"name": chosen.call.name, "arguments": chosen.call.arguments}
    return {"id": chosen.call.id, "type": "function", "function": function}


def _usage(messages: list[Any], chosen: Answer) -> dict[str, int]:
    """Four characters to the token, as a rule of thumb."""
    read, written = len(str(messages)) // 4, len(chosen.text) // 4 + 1
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


model = EmbeddedModel()
