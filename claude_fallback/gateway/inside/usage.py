"""One line for every request, answered or failed: who answered, tokens, cost, time. No prompts."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Container, Mapping
from datetime import datetime, timezone
from typing import Any

LARGEST = (
    5_000_000  # bytes, about 20,000 requests; then the file becomes `.1`, and the one before that is gone
)


EVERYTHING = ("cost", "latency", "quality")


def line(
    told: Mapping[str, Any], start: datetime, end: datetime, parts: Container[str] = EVERYTHING
) -> dict[str, Any]:
    """From LiteLLM's `standard_logging_object`. `cost` in USD, null: unknown; `seconds` to the last byte."""
    made = {
        "at": end.astimezone(timezone.utc).isoformat(timespec="seconds"),
        "session": told.get("trace_id"),  # claude's session id, where LiteLLM got it
        "asked": told.get("model_group"),
        "answered": told.get("model"),
    }
    if "quality" in parts:
        made["ok"] = told.get("status") == "success"
    if "cost" in parts:
        made["tokens_in"] = told.get("prompt_tokens") or 0
        made["tokens_out"] = told.get("completion_tokens") or 0
        made["cost"] = _cost(told)
    if "latency" in parts:
        made["seconds"] = round((end - start).total_seconds(), 3)
    return made


def _cost(told: Mapping[str, Any]) -> float | None:
    """LiteLLM says 0 for a model whose price it does not know; that is not the same as free."""
    cost = told.get("response_cost")
    if cost:
        return float(cost)
    price = (told.get("model_map_information") or {}).get("model_map_value") or {}
    return 0.0 if cost == 0 and price.get("input_cost_per_token") == 0 else None


def append(path: str, made: Mapping[str, Any]) -> None:
    """Whatever goes wrong here is no reason for a request to fail."""
    with contextlib.suppress(OSError, TypeError, ValueError):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(path, flags, 0o600), "ab") as file:
            file.write(json.dumps(made).encode() + b"\n")
            large = file.tell() > LARGEST
        if large:
            os.replace(path, f"{path}.1")
