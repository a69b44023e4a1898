"""Which model a session fits."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable

import pytest

from claude_fallback.gateway.capacity import choose, contexts

Gateway = Callable[[dict[str, bytes]], contextlib.AbstractContextManager[tuple[str, list[str]]]]
SERVED = {"small": 32_000, "middle": 131_072, "large": 1_000_000}


@pytest.mark.parametrize(
    ("wanted", "tokens", "chosen"),
    [
        ("small", 28_000, "small"),
        ("small", 28_001, "middle"),
        ("small", 120_000, "large"),
        ("large", 10, "large"),
        ("small", 900_000, None),
        ("unknown", 900_000, "unknown"),
    ],
)
def test_choose(wanted: str, tokens: int, chosen: str | None) -> None:
    """The wished one where it fits or nobody knows, else the next larger, else none; an eighth is spared."""
    assert choose(wanted, tokens, SERVED) == chosen


def info(*rows: object) -> bytes:
    return b"HTTP/1.1 200 OK\r\n\r\n" + json.dumps({"data": list(rows)}).encode()


def row(name: str, known: object, num_ctx: object = None) -> dict[str, object]:
    return {
        "model_name": name,
        "model_info": {"max_input_tokens": known},
        "litellm_params": {"num_ctx": num_ctx},
    }


def test_contexts(gateway: Gateway) -> None:
    """The smallest figure counts; patterns and models without a figure are left out."""
    rows = (row("a", 1000), row("a", 500), row("b", 131072, 65536), row("claude-*", 9), row("c", None))
    with gateway({"/model/info": info(*rows)}) as (url, heads):
        assert contexts(url, "sk-x") == {"a": 500, "b": 65536}
    assert "Authorization: Bearer sk-x" in heads[0]


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 404 No\r\n\r\n", b"junk", info("row"), info({}), b"HTTP/1.1 200 OK\r\n\r\n[]"]
)
def test_a_gateway_that_does_not_say(gateway: Gateway, answer: bytes) -> None:
    """Nothing is known then, and nothing breaks."""
    with gateway({"/model/info": answer}) as (url, _):
        assert contexts(url, "sk-x") == {}
