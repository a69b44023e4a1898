"""What claude says when a turn stops, and what only sounds like it."""

from __future__ import annotations

from claude_fallback.limits.error_wordings import ERROR_WORDINGS
from claude_fallback.limits.harmless_wordings import HARMLESS_WORDINGS
from claude_fallback.limits.limit import Kind
from claude_fallback.limits.money_wordings import MONEY_WORDINGS
from claude_fallback.limits.plan_wordings import PLAN_WORDINGS
from claude_fallback.limits.screen_wordings import SCREEN_WORDINGS
from claude_fallback.limits.wording import Wording

WORDINGS: tuple[Wording, ...] = (
    *PLAN_WORDINGS,
    *MONEY_WORDINGS,
    *ERROR_WORDINGS,
    *HARMLESS_WORDINGS,
    *SCREEN_WORDINGS,
)

# Where two wordings fit, the more specific class counts: a gateway's "Request rejected (429) · spend limit
# reached" is a spend cap, not a throttle.
PRECEDENCE: tuple[Kind | None, ...] = (
    Kind.SPEND,
    Kind.ENTITLEMENT,
    Kind.CREDITS,
    Kind.PLAN,
    Kind.OVERLOAD,
    Kind.THROTTLE,
    Kind.LOGIN,
    Kind.CONTEXT,
    Kind.TURNS,
    Kind.SERVER,
    Kind.UNKNOWN,
    None,
)


_LONGEST = 4000  # characters; the API's own messages may be long, an answer is longer


def classify(text: str) -> Wording | None:
    """The wording that `text` is as a whole, or None. A wording quoted inside other text is never found."""
    if len(text) > _LONGEST:
        return None
    found = [wording for wording in WORDINGS if wording.matches(text)]
    return min(found, key=lambda one: (one.generic, PRECEDENCE.index(one.kind)), default=None)
