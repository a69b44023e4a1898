"""The size of a request, roughly."""

from __future__ import annotations

import pytest

from claude_fallback.gateway.inside.tokens import IMAGE_TOKENS, estimate


@pytest.mark.parametrize(
    ("value", "tokens"), [("x" * 400, 100), ("ä" * 400, 200), (None, 1), (["x" * 40] * 10, 100)]
)
def test_text(value: object, tokens: int) -> None:
    """Four bytes to the token; other scripts take more bytes a letter, and more tokens."""
    assert estimate(value) == tokens


def test_a_picture_is_no_text() -> None:
    """Its base64 data may have megabytes."""
    image = {"type": "image", "source": {"type": "base64", "data": "A" * 4_000_000}}
    assert IMAGE_TOKENS <= estimate(image) < IMAGE_TOKENS + 20
