"""claude's request made digestible for the model behind LiteLLM. Pure; `callback` applies it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import history, tool_ids
from .backend import LONGEST_ID, Backend
from .tokens import estimate

# Anthropic's own, of betas: other backends refuse them, or LiteLLM makes them into something they refuse
BETA_FIELDS = (
    "betas", "container", "context_management", "inference_geo", "mcp_servers", "output_config",
    "service_tier", "speed", "thinking",
)  # fmt: skip
_TOOL_FIELDS = ("name", "description", "input_schema", "type")
_SEARCH = "web_search"


class RefusedError(Exception):
    """What must not be sent, with the words that claude gets as an error of HTTP status 400."""


def request(body: Mapping[str, Any], backend: Backend) -> dict[str, Any]:
    """The changed fields of `body`, a Messages API request; None stands for a field to leave out.

    RefusedError: the model has no such server tool, or would silently cut the conversation. A request of a
    shape that nobody knows stays as it is: LiteLLM says what is wrong with it.
    """
    try:
        return _translated(body, backend)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return {}


def _translated(body: Mapping[str, Any], backend: Backend) -> dict[str, Any]:
    system, messages = history.folded(body.get("system"), body.get("messages") or [])
    messages = history.in_call_order(messages)
    if backend.native:
        messages = history.without_thinking(messages, unsigned_only=True)
        return {"system": system, "messages": messages}
    changed: dict[str, Any] = dict.fromkeys(field for field in BETA_FIELDS if body.get(field) is not None)
    changed["tools"] = _tools(body.get("tools"), backend)
    messages = _seen_by(backend, history.without_thinking(messages))
    changed |= {"system": system, "messages": _as_the_template_wants(backend, messages)}
    if backend.output and (body.get("max_tokens") or 0) > backend.output:
        changed["max_tokens"] = backend.output
    _check_room({**body, **changed}, backend)
    return changed


def _seen_by(backend: Backend, messages: list[history.Message]) -> list[history.Message]:
    kinds = [] if backend.sees_images else ["image"]
    kinds += [] if backend.reads_pdfs else ["document"]
    return history.without_files(messages, kinds)


def _as_the_template_wants(backend: Backend, messages: list[history.Message]) -> list[history.Message]:
    if backend.is_mistrals:
        return history.bridged(history.with_ids(messages, tool_ids.nine))
    return history.with_ids(messages, lambda known: tool_ids.inward(known, LONGEST_ID))


def _tools(tools: list[dict[str, Any]] | None, backend: Backend) -> list[dict[str, Any]] | None:
    """The tools without their beta fields. Those that the server would have to run are refused, or native."""
    for tool in tools or ():
        kind = tool.get("type") or "custom"
        if kind != "custom" and not (backend.searches and kind.startswith(_SEARCH)):
            raise RefusedError(
                f"{backend.model} has no {tool.get('name') or kind}: that tool runs on Anthropic's servers,"
                " and this conversation goes to another model. Go on without it, and say so."
            )
    return [_plain(tool) for tool in tools] if tools else tools


def _plain(tool: dict[str, Any]) -> dict[str, Any]:
    if (tool.get("type") or "custom") != "custom":
        return tool
    return {field: tool[field] for field in _TOOL_FIELDS if field in tool}


def _check_room(body: Mapping[str, Any], backend: Backend) -> None:
    """Ollama cuts what is too long at its beginning and says nothing; an eighth is left for the answer."""
    if backend.context is None:
        return
    room = backend.context - backend.context // 8
    tokens = estimate(body.get("system"), body.get("messages"), body.get("tools"))
    if tokens > room:
        raise RefusedError(f"prompt is too long: {tokens} tokens > {room} maximum")
