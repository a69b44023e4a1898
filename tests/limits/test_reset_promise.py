"""Every wording that names a time, judged: exact within its minute, never past, never beyond its window."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_fallback.limits.catalogue import WORDINGS, classify
from claude_fallback.limits.evidence import Sighting, judge
from claude_fallback.limits.limit import Kind
from claude_fallback.limits.reset_time import JUST_PAST, SHAPE, plain
from claude_fallback.limits.wording import Wording
from tests.limits.test_reset_time import EDGES, MINUTE, ZONES, clock, day

UTC = timezone.utc
TIMED = [
    one
    for one in WORDINGS
    if one.kind in (Kind.PLAN, Kind.SPEND, Kind.CREDITS)
    and not one.generic
    and re.search(SHAPE, plain(one.example))
]
LONGEST = {
    "five_hour": timedelta(hours=5, minutes=10),
    "daily": timedelta(days=1),
    "monthly": timedelta(days=31),
}
WEEK = timedelta(days=7)
calm = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
moments = st.builds(
    lambda edge, minutes: edge + minutes * MINUTE, st.sampled_from(EDGES), st.integers(-3000, 3000)
)
zones = st.sampled_from(ZONES)


def printed(wording: Wording, instant: datetime, now: datetime, zone: str) -> str:
    """The example with this time in it, as claude writes it: a date when more than a day is left."""
    local, here = instant.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    if re.search(r"\d UTC\b", wording.example):
        form = f"{instant.astimezone(UTC):%F %H:%M} UTC"
        form = form.replace(" ", " at ", 1) if "at 00:00" in wording.example else form
    else:
        far = instant - now > timedelta(days=1)
        form = (f"{day(local, here)}, " if far else "") + f"{clock(local)} ({zone})"
    return re.sub(SHAPE, form, plain(wording.example), count=1)


def resets_at(text: str, now: datetime, window: str | None = None) -> datetime | None:
    info = {"status": "rejected", "rateLimitType": window} if window else None
    fields = {"error": "rate_limit", "is_error": True}
    limit = judge(Sighting(text, fields, info, "result"), now, UTC)
    return limit.resets_at if limit else None


def of(window: str | None) -> timedelta:
    return LONGEST.get(window or "", WEEK)


@calm
@given(st.sampled_from(TIMED), moments, zones, st.integers(1, 60 * 24 * 7))
def test_a_time_within_the_window_is_exact(wording: Wording, now: datetime, zone: str, ahead: int) -> None:
    """Over DST edges and year ends, in every zone: the instant that was printed, or the same clock time in
    the other half of an autumn's fold."""
    instant = now + min(ahead * MINUTE, of(wording.window) - 5 * MINUTE)
    text = printed(wording, instant, now, zone)
    assert classify(text) is not None
    found = resets_at(text, now)
    assert found is not None
    if found == now and instant - timedelta(days=1) >= now - JUST_PAST:
        return  # ten minutes ago, or in a day less ten minutes: the first
    same_clock = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == instant.astimezone(
        ZoneInfo(zone)
    ).replace(tzinfo=None, fold=0)
    assert found == instant or (same_clock and abs(found - instant) <= timedelta(hours=2)), text


@calm
@given(st.sampled_from(TIMED), moments, zones, st.integers(-60 * 24 * 400, 60 * 24 * 400))
def test_no_time_ends_in_the_past_or_beyond_the_window(
    wording: Wording, now: datetime, zone: str, minutes: int
) -> None:
    """Whatever is printed, a year off in either direction too: from now to the window's length."""
    found = resets_at(printed(wording, now + minutes * MINUTE, now, zone), now)
    assert found is not None
    assert now <= found <= now + of(wording.window)


@calm
@given(
    st.one_of(st.integers(-(10**12), 10**13), st.floats(allow_nan=True)),
    moments,
    st.sampled_from([*LONGEST, "seven_day", "next_year"]),
)
def test_no_field_ends_in_the_past_or_beyond_the_window(value: float, now: datetime, window: str) -> None:
    """The same of `resetsAt`, in seconds or milliseconds, however absurd."""
    info = {"status": "rejected", "rateLimitType": window, "resetsAt": value}
    limit = judge(Sighting("x", {"error": "rate_limit"}, info, "result"), now, UTC)
    assert limit is not None
    assert limit.resets_at is None or now <= limit.resets_at <= now + of(window)
