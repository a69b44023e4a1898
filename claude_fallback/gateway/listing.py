"""What a gateway says that it serves: names, and what is known of the models behind them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import orjson

from claude_fallback.gateway.http import Reply
from claude_fallback.gateway.target import Target
from claude_fallback.memory.settings import LITELLM
from claude_fallback.output import printable

A_MILLION = 1_000_000  # tokens: what prices are told for


@dataclass(frozen=True)
class Offered:
    """One name that the gateway answers to; what it does not tell is None."""

    name: str  # may be a pattern such as claude-*
    model: str | None = None  # the provider's
    context: int | None = None  # tokens in
    price_in: float | None = None  # USD for a million tokens
    price_out: float | None = None
    tools: bool | None = None


def offered(target: Target, deadline: float = 2.0) -> list[Offered] | None:
    """Everything it lists, by name; None where it lists nothing or is not to be asked. Never raises."""
    if target.adapter.listing is None:
        return None
    ends_at = time.monotonic() + deadline
    try:
        told = list(_rows(target.endpoint.ask(target.adapter.listing, ends_at), _plainly))
        if target.adapter.name == LITELLM:
            told += _rows(target.endpoint.ask("model/info", ends_at), _by_litellm)
    except (OSError, ValueError):
        return None
    return sorted({one.name: one for one in told}.values(), key=lambda one: one.name) or None


def serving(name: str, listed: Sequence[Offered]) -> Offered | None:
    """What answers to `name`: itself, else the longest pattern that fits."""
    fitting = [one for one in listed if name == one.name or ("*" in one.name and fnmatchcase(name, one.name))]
    return max(fitting, key=lambda one: (one.name == name, len(one.name)), default=None)


def _rows(reply: Reply, read: Any) -> Iterator[Offered]:
    try:
        found = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return
    rows = found.get("data") if isinstance(found, dict) and reply.status == 200 else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and (one := read(row)):
            yield one


def _plainly(row: Mapping[str, Any]) -> Offered | None:
    """OpenAI's and Anthropic's form; OpenRouter adds prices and context (USD a token, as text)."""
    name = row.get("id")
    if not isinstance(name, str):
        return None
    prices = row.get("pricing")
    prices = prices if isinstance(prices, dict) else {}
    abilities = row.get("supported_parameters")
    return Offered(
        printable(name),
        context=_number(row.get("context_length") or row.get("max_model_len")),
        price_in=_price(prices.get("prompt")),
        price_out=_price(prices.get("completion")),
        tools="tools" in abilities if isinstance(abilities, list) else None,
    )


def _by_litellm(row: Mapping[str, Any]) -> Offered | None:
    """`/model/info` (1.106.2): also names with `*`, which `/v1/models` leaves out."""
    name = row.get("model_name")
    if not isinstance(name, str):
        return None
    params, info = row.get("litellm_params"), row.get("model_info")
    params, info = params if isinstance(params, dict) else {}, info if isinstance(info, dict) else {}
    model, tools = params.get("model"), info.get("supports_function_calling")
    return Offered(
        printable(name),
        model=printable(model) if isinstance(model, str) else None,
        context=_number(info.get("max_input_tokens") or info.get("max_tokens") or params.get("num_ctx")),
        price_in=_price(info.get("input_cost_per_token")),
        price_out=_price(info.get("output_cost_per_token")),
        tools=tools if isinstance(tools, bool) else None,
    )


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and 0 < value < 1e12 else None


def _price(value: Any) -> float | None:
    """A million tokens' worth."""
    try:
        return round(float(value) * A_MILLION, 4)
    except (TypeError, ValueError):
        return None
