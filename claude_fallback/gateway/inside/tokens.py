"""How many tokens a request has, roughly: four bytes each, a picture 1,600. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BYTES_PER_TOKEN = 4
IMAGE_TOKENS = 1600  # Anthropic's figure for a picture of 1.2 megapixels; others count about as many


def estimate(*parts: Any) -> int:
    """Of any JSON values together. Base64 data counts as one picture."""
    return sum(_weight(part) for part in parts) // BYTES_PER_TOKEN


def _weight(value: Any) -> int:
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode("utf-8", "replace"))
    if isinstance(value, Mapping):
        if value.get("type") == "base64":
            return IMAGE_TOKENS * BYTES_PER_TOKEN
        return sum(len(str(key)) + 4 + _weight(inner) for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return sum(_weight(inner) for inner in value)
    return 4
