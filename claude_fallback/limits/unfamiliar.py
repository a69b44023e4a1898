"""What a failure of claude's holds that this release of ours has never met, small enough to be reported.

Kept are claude's own words, cut short, and the fields that a verdict reads. No prompt, no path and no session
is among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from claude_fallback.limits.catalogue import classify
from claude_fallback.limits.evidence import Sighting
from claude_fallback.limits.limit import Limit

REPORT = "claude says this in a new way; please report this line, it holds no prompt and no key"
WINDOWS = (
    "five_hour", "seven_day", "seven_day_opus", "seven_day_sonnet", "seven_day_overage_included", "overage",
)  # fmt: skip
_LONGEST = 300  # characters of the words
_SHORT = 60  # …and of a field
_MOST = 12  # fields of one object


def parts(sighting: Sighting, limit: Limit) -> dict[str, object] | None:
    """What to keep of it; None when all of it is known. Not yet redacted: the log does that."""
    new = list(_new(sighting))
    if not new:
        return None
    return {
        "new": new,
        "words": " ".join(sighting.text.split())[:_LONGEST],
        "fields": _short(sighting.fields),
        "rate_limit": _short(sighting.rate_limit or {}),
        "taken_for": limit.kind.value,
        "proof": limit.proof,
        "report": REPORT,
    }


def _new(sighting: Sighting) -> Iterator[str]:
    wording = classify(sighting.text)
    if sighting.text.strip() and (wording is None or wording.generic):
        yield "words"
    claim = (sighting.rate_limit or {}).get("rateLimitType")
    if claim is not None and claim not in WINDOWS:
        yield "rateLimitType"


def _short(fields: Mapping[str, object]) -> dict[str, object]:
    """Only what is no object and no list: those may hold anything."""
    plain = {
        name[:_SHORT]: value[:_SHORT] if isinstance(value, str) else value
        for name, value in fields.items()
        if isinstance(value, (str, int, float, bool))
    }
    return dict(list(plain.items())[:_MOST])
