"""What a gateway means when it refuses: claude passes on its words, and its numbers say little. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from claude_fallback.limits.limit import Kind, Limit

# LiteLLM 1.106.2: HTTP 422 for a key, team or user over budget, 429 for a deployment that "crossed budget"
# (its code); older ones 400. Providers: 402.
_BUDGET = re.compile(
    r"budget has been exceeded|exceededbudget|over budget|crossed budget|exceeded .*budget"
    r"|insufficient (?:credits?|balance|funds)|\b402\b",
    re.IGNORECASE,
)
_HEAD = 4000  # characters that are searched: a page of HTML would take minutes


def meant(limit: Limit) -> Limit:
    """The limit as a gateway means it: a used-up budget is a spend limit, whatever number came with it."""
    vague = limit.kind in (Kind.UNKNOWN, Kind.THROTTLE, Kind.LOGIN, Kind.SERVER)
    if vague and _BUDGET.search(limit.message[:_HEAD]):
        return replace(limit, kind=Kind.SPEND)
    return limit
