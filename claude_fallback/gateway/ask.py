"""One prompt to one of the gateway's models, without claude: what it answers, and what that takes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import orjson

from claude_fallback.errors import FallbackError
from claude_fallback.gateway.http import Reply, get, post
from claude_fallback.gateway.target import Target

LONGEST = 300.0  # seconds: a local model may have to be loaded first
MOST_TOKENS = 4096
LOGS = "claude-fallback for litellm logs --of gateway"


@dataclass(frozen=True)
class Answer:
    """`cost` in USD, None: unknown. `seconds` from the question to the last word."""

    model: str
    text: str
    tokens_in: int
    tokens_out: int
    cost: float | None
    seconds: float


def ask(target: Target, model: str, prompt: str, longest: float = LONGEST) -> Answer:
    """Send `prompt` to `model`, a name of the gateway's. FallbackError: why there is no answer."""
    message = {"role": "user", "content": prompt}
    body = orjson.dumps({"model": model, "max_tokens": MOST_TOKENS, "messages": [message]})
    began = time.monotonic()
    try:
        reply = post(f"{target.base_url}/v1/messages", _headers(target), body, began + longest, target.proxy)
    except TimeoutError:
        raise FallbackError(f"{model} gave no answer within {longest:.0f} s; see: {LOGS}") from None
    except (OSError, ValueError) as error:
        raise FallbackError(f"{target.base_url} broke off: {error}; see: {LOGS}") from None
    seconds = time.monotonic() - began
    found = _document(reply)
    if reply.status != 200 or not isinstance(found.get("content"), list):
        raise FallbackError(f"{model} did not answer (HTTP {reply.status}): {_why(found)}; see: {LOGS}")
    texts = [block.get("text") for block in found["content"] if isinstance(block, dict)]
    usage = found.get("usage") if isinstance(found.get("usage"), dict) else {}
    return Answer(
        model=model,
        text="".join(text for text in texts if isinstance(text, str)),
        tokens_in=_count(usage, "input_tokens") + _count(usage, "cache_read_input_tokens"),
        tokens_out=_count(usage, "output_tokens"),
        cost=_cost(reply, target, model),
        seconds=seconds,
    )


def _headers(target: Target) -> dict[str, str]:
    return {"Authorization": f"Bearer {target.key}", "anthropic-version": "2023-06-01"}


def _document(reply: Reply) -> dict[str, Any]:
    try:
        found = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _why(found: dict[str, Any]) -> str:
    from claude_fallback.memory.redact import one_line

    error = found.get("error")
    message = error.get("message") if isinstance(error, dict) else None
    return one_line(str(message), 400) if message else "no reason given"


def _count(usage: Any, name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) else 0


def _cost(reply: Reply, target: Target, model: str) -> float | None:
    """LiteLLM tells no cost both for a free model and for one whose price it does not know (1.106.2)."""
    try:
        cost = float(reply.headers.get("x-litellm-response-cost") or 0)
    except ValueError:
        return None
    return cost if cost > 0 or _is_free(target, model) else None


def _is_free(target: Target, model: str) -> bool:
    """Whether the configuration says that this model costs nothing."""
    try:
        reply = get(f"{target.base_url}/model/info", _headers(target), time.monotonic() + 2.0, target.proxy)
        rows = orjson.loads(reply.body)["data"]
        prices = [
            row["litellm_params"].get("input_cost_per_token") for row in rows if row["model_name"] == model
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return prices != [] and all(price == 0 for price in prices)
