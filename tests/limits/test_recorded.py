"""Recordings of real releases (tests/limits/record_releases.py), judged in every way they can be read."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from claude_fallback.limits.evidence import Sighting, from_result, from_text, from_transcript, judge
from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.rehearsal.scenarios import SCENARIOS

Case = dict[str, Any]
RECORDED = {
    (file.stem, name): case
    for file in sorted((Path(__file__).parent / "recorded").glob("*.json"))
    for name, case in json.loads(file.read_text(encoding="utf-8")).items()
}

# Old releases print the same words for several causes: the kind is then what the words say.
AMBIGUOUS = {
    "Spending cap reached": Kind.SPEND,
    "Claude AI usage limit reached|0": Kind.THROTTLE,
    "Claude AI usage limit reached|": Kind.PLAN,
    "API Error: Rate limit reached": Kind.THROTTLE,
    "API Error: Server is temporarily limiting requests": Kind.THROTTLE,
    "API Error: Request rejected (429) · Usage credits": Kind.THROTTLE,
    "Limit reached": Kind.PLAN,
    "You've hit your limit": Kind.PLAN,
}


def now(case: Case) -> datetime:
    return datetime.fromtimestamp(case["now"], timezone.utc)


def verdict(case: Case, sighting: Sighting | None) -> Limit | None:
    return judge(sighting, now(case), timezone.utc) if sighting else None


def readings(case: Case) -> dict[str, Limit | None]:
    """stream-json, json without --verbose, the transcript and text."""
    result, text = case["result"], case["text"]
    return {
        "stream": verdict(case, from_result(result, case["synthetic"], case["rate_limit"])),
        "json": verdict(case, from_result(result, None, None)),
        "transcript": verdict(case, from_transcript(case["rows"], now(case))),
        "text": verdict(case, from_text(text["stdout"], text["exit_code"])),
    }


def expected(name: str, said: str) -> Kind | None:
    if SCENARIOS[name].kind is None:
        return None
    return next((kind for words, kind in AMBIGUOUS.items() if said.startswith(words)), SCENARIOS[name].kind)


@pytest.mark.parametrize(("release", "name"), RECORDED, ids=map("-".join, RECORDED))
def test_a_real_release_is_understood_in_every_format(release: str, name: str) -> None:
    """Every scenario of every recorded release has its kind, however it is read."""
    case = RECORDED[release, name]
    kind = expected(name, case["text"]["stdout"])
    found = {how: limit.kind if limit else None for how, limit in readings(case).items()}
    if kind is Kind.UNKNOWN:
        assert found.pop("text") is None
    assert found == dict.fromkeys(found, kind)


@pytest.mark.parametrize(("release", "name"), RECORDED, ids=map("-".join, RECORDED))
def test_a_real_reset_time_is_read_from_fields_and_words(release: str, name: str) -> None:
    """A plan limit's reset is exact from the fields, and within the minute that the words round away."""
    case = RECORDED[release, name]
    for how, limit in readings(case).items():
        if limit is not None and limit.kind is Kind.PLAN:
            assert limit.resets_at is not None, how
            off = case["resets_at"] - limit.resets_at.timestamp()
            assert off == 0 if how == "stream" and case["rate_limit"] else 0 <= off < 60, how


@pytest.mark.parametrize(("release", "name"), RECORDED, ids=map("-".join, RECORDED))
def test_the_window_is_the_servers(release: str, name: str) -> None:
    """With a `rate_limit_info` the window is the one it names."""
    case = RECORDED[release, name]
    limit = readings(case)["stream"]
    if limit is not None and limit.kind is Kind.PLAN and case["rate_limit"]:
        assert limit.window == case["rate_limit"].get("rateLimitType")


def test_recordings_span_the_supported_releases() -> None:
    """From 1.0.60 on, across the changes of wording and of structure."""
    assert {"1.0.60", "1.0.100", "2.0.42", "2.0.76", "2.1.112", "2.1.330"} <= {one for one, _ in RECORDED}
