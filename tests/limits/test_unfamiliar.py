"""What is new in a failure is kept, small, and without anything of the user's."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from claude_fallback.limits import unfamiliar
from claude_fallback.limits.evidence import Sighting, judge
from claude_fallback.limits.limit import Kind, Limit

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=timezone.utc)
KNOWN = "You've hit your session limit · resets 8am (UTC)"
UNHEARD = "The meadow is shut until 8am (UTC), dear friend"
REFUSED = {"status": "rejected", "rateLimitType": "five_hour", "resetsAt": 1795420800}
FIELDS = {"error": "rate_limit", "api_error_status": 429, "is_error": True}


def kept(text: str, fields: dict[str, Any], info: dict[str, Any] | None) -> dict[str, Any] | None:
    sighting = Sighting(text, fields, info, "result")
    limit = judge(sighting, NOW, timezone.utc)
    assert limit is not None
    return unfamiliar.parts(sighting, limit)


def test_what_is_known_is_not_kept() -> None:
    """A limit in claude's known words and fields is nothing to report."""
    assert kept(KNOWN, FIELDS, REFUSED) is None
    assert kept("", {**FIELDS, "subtype": "error_max_turns"}, None) is None


@pytest.mark.parametrize(
    ("text", "info", "new"),
    [
        (UNHEARD, REFUSED, ["words"]),
        ("You've hit your Tuesday limit · resets 8am (UTC)", REFUSED, ["words"]),
        (KNOWN, {**REFUSED, "rateLimitType": "one_moon"}, ["rateLimitType"]),
        (UNHEARD, {**REFUSED, "rateLimitType": "one_moon"}, ["words", "rateLimitType"]),
    ],
)
def test_new_words_and_new_windows_are_kept(text: str, info: dict[str, Any], new: list[str]) -> None:
    """With the fields beside them, what it was taken for and why, and how to report it."""
    found = kept(text, FIELDS, info)
    assert found is not None
    assert found["new"] == new
    assert found["words"] == text
    assert found["fields"] == FIELDS
    assert found["rate_limit"] == info
    assert (found["taken_for"], found["proof"]) == ("plan", "rate_limit_event")
    assert found["report"] == unfamiliar.REPORT


def test_a_failure_without_a_name_is_kept() -> None:
    """An unknown API error may be next year's limit."""
    found = kept(UNHEARD, {"is_error": True}, None)
    assert found is not None and found["taken_for"] == Kind.UNKNOWN.value


def test_what_is_kept_is_small() -> None:
    """Words are cut, fields are short, and what may hold anything, objects and lists, is left out."""
    long = {f"field{n}" + "x" * 100: "y" * 10_000 for n in range(100)}
    deep = {"api_error_params": {"prompt": "secret thoughts"}, "list": ["secret thoughts"]}
    sighting = Sighting("word " * 10_000, {**deep, **long}, {**deep, **long}, "transcript")
    found = unfamiliar.parts(sighting, Limit(Kind.PLAN, "x"))
    assert found is not None
    assert len(json.dumps(found)) < 5000
    assert "secret thoughts" not in json.dumps(found)
