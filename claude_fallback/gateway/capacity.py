"""Whether a session fits a model of the gateway's, and which other one it fits. `choose` is pure."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import orjson

from claude_fallback.errors import FallbackError
from claude_fallback.gateway.http import get


class NoRoomError(FallbackError):
    """No model of a gateway takes this session; it may be as well as can be."""


def choose(wanted: str, tokens: int, contexts: Mapping[str, int]) -> str | None:
    """`wanted` when `tokens` fit it or nobody knows; else the smallest served model that they fit; else None.

    `contexts`: tokens that each served model takes, prompt and answer together; an eighth is the answer's.
    """
    if wanted not in contexts or _fits(tokens, contexts[wanted]):
        return wanted
    larger = [(context, name) for name, context in contexts.items() if _fits(tokens, context)]
    return min(larger)[1] if larger else None


def _fits(tokens: int, context: int) -> bool:
    return tokens <= context - context // 8


def contexts(base_url: str, key: str, deadline: float = 1.0, proxy: str | None = None) -> dict[str, int]:
    """What the gateway says its models take (LiteLLM's `/model/info`). Empty: it does not say."""
    try:
        ends_at = time.monotonic() + deadline
        reply = get(f"{base_url}/model/info", {"Authorization": f"Bearer {key}"}, ends_at, proxy)
        rows = orjson.loads(reply.body)["data"] if reply.status == 200 else []
        return _known(rows)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _known(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Of several deployments of one name, or several figures of one deployment, the smallest counts."""
    found: dict[str, int] = {}
    for row in rows:
        name = row["model_name"]
        told = (row["model_info"].get("max_input_tokens"), row["litellm_params"].get("num_ctx"))
        sizes = [size for size in (*told, found.get(name)) if isinstance(size, int) and size > 0]
        if sizes and "*" not in name:
            found[name] = min(sizes)
    return found
