"""What a gateway means when it refuses."""

from __future__ import annotations

import pytest

from claude_fallback.gateway.refusal import meant
from claude_fallback.limits.limit import Kind, Limit


@pytest.mark.parametrize(
    ("kind", "words", "told"),
    [
        (
            Kind.UNKNOWN,
            "API Error: 422 Budget has been exceeded! Current cost: 3.2, Max budget: 2.0",
            Kind.SPEND,
        ),
        (Kind.UNKNOWN, "API Error: 400 ExceededBudget: User=x over budget. Spend=1, Budget=0.5", Kind.SPEND),
        (Kind.THROTTLE, "API Error: 429 deployment crossed budget limit", Kind.SPEND),
        (Kind.UNKNOWN, "API Error: 402 Insufficient credits", Kind.SPEND),
        (Kind.THROTTLE, "API Error: Request rejected (429) · slow down", Kind.THROTTLE),
        (Kind.UNKNOWN, "API Error: 400 Invalid model name", Kind.UNKNOWN),
        (Kind.CONTEXT, "prompt is too long, over budget", Kind.CONTEXT),
    ],
)
def test_meant(kind: Kind, words: str, told: Kind) -> None:
    """A used-up budget is a spend limit, whatever number it came with; all else stays what it is."""
    assert meant(Limit(kind, words)).kind is told
