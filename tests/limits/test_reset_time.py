"""Reset times against an independent reckoning: stepping through the minutes and looking at a clock."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_fallback.limits.reset_time import clamp, from_epoch, names_a_time, parse

UTC = timezone.utc
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
ZONES = [
    "UTC",
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Argentina/Buenos_Aires",
    "Asia/Calcutta",
    "Asia/Saigon",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Australia/Lord_Howe",  # half an hour of DST
    "Antarctica/Troll",  # two hours of DST
    "Pacific/Chatham",
    "Pacific/Apia",
    "Etc/GMT-9",
]
# Around these instants clocks jump, years end, or a 29 February is near.
EDGES = [
    datetime(2026, 3, 8, 10, tzinfo=UTC),  # America, spring
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Europe, spring
    datetime(2026, 4, 4, 15, tzinfo=UTC),  # Lord Howe and Chatham, autumn
    datetime(2026, 10, 3, 15, tzinfo=UTC),  # … and spring
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # Europe, autumn
    datetime(2026, 11, 1, 6, tzinfo=UTC),  # America, autumn
    datetime(2027, 1, 1, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 0, tzinfo=UTC),
    datetime(2026, 7, 1, 12, tzinfo=UTC),
]
zones = st.sampled_from(ZONES)
moments = st.builds(
    lambda edge, minutes: edge + minutes * MINUTE, st.sampled_from(EDGES), st.integers(-3000, 3000)
)
spaces = st.sampled_from(["", " ", "\u202f", "\u00a0"])


def clock(local: datetime, space: str = "") -> str:
    """As claude writes it: the minutes only when there are any."""
    minutes = f":{local.minute:02}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{space}{'am' if local.hour < 12 else 'pm'}"


def day(local: datetime, now: datetime) -> str:
    year = f", {local.year}" if local.year != now.year else ""
    return f"{local:%b} {local.day}{year}"


def first(start: datetime, shown: str, form: str, zone: tzinfo) -> datetime:
    """The first whole minute from `start` at which a local clock shows `shown`, by looking at each."""
    instant = start.replace(second=0, microsecond=0)
    instant += MINUTE if instant < start else timedelta(0)
    while f"{instant.astimezone(zone):{form}}" != shown:
        instant += MINUTE
    return instant


@given(moments, st.integers(-10, 24 * 60 - 11), zones, spaces)
@settings(max_examples=150, deadline=None)
def test_a_bare_clock_time_is_its_next_showing(now: datetime, ahead: int, name: str, space: str) -> None:
    """`3:45pm (zone)`: the first showing that is not ten minutes past already, through gaps and folds."""
    zone = ZoneInfo(name)
    local = (now + ahead * MINUTE).astimezone(zone)
    expected = first(now - 10 * MINUTE, f"{local:%H:%M}", "%H:%M", zone)
    assert parse(f"You've hit your limit · resets {clock(local, space)} ({name})", now, UTC) == expected
    assert parse(f"5-hour limit reached ∙ resets {clock(local)}", now, zone) == expected


@given(moments, st.integers(24 * 60, 31 * 24 * 60), zones, st.sampled_from([", ", " at "]))
@settings(max_examples=150, deadline=None)
def test_a_dated_time_is_that_day(now: datetime, ahead: int, name: str, joint: str) -> None:
    """`Oct 31, 9am`, `May 5 at 9pm`, `Jan 2, 2027, 9am`: over year ends; of a fold the first showing."""
    zone = ZoneInfo(name)
    local = (now + ahead * MINUTE).astimezone(zone)
    text = f"resets {day(local, now.astimezone(zone))}{joint}{clock(local)} ({name})"
    expected = first(now + ahead * MINUTE - 3 * HOUR, f"{local:%F %H:%M}", "%F %H:%M", zone)
    assert parse(text, now, UTC) == expected


@given(moments, st.integers(24 * 60, 31 * 24 * 60), zones)
@settings(max_examples=100, deadline=None)
def test_a_date_without_a_clock_is_that_days_end(now: datetime, ahead: int, name: str) -> None:
    """`Oct 24`: free by the end of that day at the latest."""
    zone = ZoneInfo(name)
    local = (now + ahead * MINUTE).astimezone(zone)
    found = parse(f"resets {day(local, now.astimezone(zone))}", now, zone)
    assert found is not None
    assert f"{found.astimezone(zone):%F %H:%M}" == f"{local:%F} 23:59"


@given(moments, st.integers(0, 6 * 24 * 60), zones)
@settings(max_examples=100, deadline=None)
def test_a_weekday_with_a_clock_is_its_next_showing(now: datetime, ahead: int, name: str) -> None:
    """`Mon 12:00am`."""
    zone = ZoneInfo(name)
    local = (now + ahead * MINUTE).astimezone(zone)
    expected = first(now - 10 * MINUTE, f"{local:%a %H:%M}", "%a %H:%M", zone)
    assert parse(f"resets {local:%a} {clock(local)}", now, zone) == expected


@given(moments, st.integers(1, 7), zones)
@settings(max_examples=100, deadline=None)
def test_a_bare_weekday_is_the_next_such_day_after_today(now: datetime, days: int, name: str) -> None:
    """`on Wed` was printed only with more than a day to go."""
    zone = ZoneInfo(name)
    target = now.astimezone(zone).date() + days * DAY
    found = parse(f"Your limit will reset on {target:%a} ({name}).", now, UTC)
    assert found is not None
    assert f"{found.astimezone(zone):%F %H:%M}" == f"{target} 23:59"


@given(moments, st.integers(0, 31 * 24 * 3600), st.booleans())
def test_epochs_are_exact(now: datetime, ahead: int, milliseconds: bool) -> None:
    """`|1749470400` and the fields, in seconds or milliseconds."""
    instant = now + timedelta(seconds=ahead)
    seconds = int(instant.timestamp())
    assert parse(f"Claude AI usage limit reached|{seconds}", now, UTC) == instant
    assert from_epoch(seconds * 1000 if milliseconds else seconds) == instant


@given(moments, st.integers(0, 31 * 24 * 60))
def test_utc_forms_are_exact(now: datetime, ahead: int) -> None:
    """`2026-08-09 00:00 UTC` of gateways and `2025-06-01 at 00:00 UTC` of workspaces, whatever the zone."""
    instant = (now + ahead * MINUTE).replace(second=0)
    for text in (f"(daily; resets {instant:%F %H:%M} UTC)", f"regain access on {instant:%F at %H:%M} UTC."):
        assert parse(text, now, ZoneInfo("Asia/Tokyo")) == instant


windows = st.sampled_from(["five_hour", "seven_day", "seven_day_opus", "daily", "monthly", "next_year", None])


@given(moments, st.integers(-(10**6), 10**6), windows)
def test_a_clamped_time_is_inside_its_window(now: datetime, minutes: int, window: str | None) -> None:
    """Never past, never beyond the window's end, untouched in between, always UTC."""
    instant = (now + minutes * MINUTE).astimezone(ZoneInfo("Asia/Tokyo"))
    longest = {"five_hour": 5 * HOUR + 10 * MINUTE, "daily": DAY, "monthly": 31 * DAY}.get(
        str(window), 7 * DAY
    )
    found = clamp(instant, window, now)
    assert now <= found <= now + longest
    assert found.tzinfo is UTC
    assert found == instant or not now <= instant <= now + longest


@given(st.text(max_size=80), moments)
def test_any_text_is_safe(text: str, now: datetime) -> None:
    """Nothing raises; what is found is aware and in UTC."""
    for words in (text, f"resets {text}", f"resets {text} (UTC)", f"resets 3pm ({text})", f"|{text}"):
        found = parse(words, now, UTC)
        assert found is None or found.tzinfo is UTC
        assert names_a_time(words) or found is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("resets 5:55am (UTC)", "2026-11-23 05:55"),  # five minutes ago: it has just been reset
        ("resets 5:49am (UTC)", "2026-11-24 05:49"),  # eleven minutes ago: tomorrow's
        ("resets 12am (UTC)", "2026-11-24 00:00"),
        ("resets 12pm (UTC)", "2026-11-23 12:00"),
        ("resets 3:45pm (Etc/GMT-9)", "2026-11-23 06:45"),  # the sign is reversed: UTC+9
        ("resets 3:45pm (Asia/Calcutta)", "2026-11-23 10:15"),
        ("resets 3pm (Europe/Nowhere)", "2026-11-23 15:00"),  # unknown: the zone given
        ("resets 3pm (Europe)", "2026-11-23 15:00"),  # a folder of the zone database
        ("resets Jan 2, 2027, 9am (UTC)", "2027-01-02 09:00"),
        ("resets Oct 31, 9am (UTC)", "2026-10-31 09:00"),  # weeks ago: stale, not next year's
        ("resets Jan 3, 9am (UTC)", "2027-01-03 09:00"),
        ("3pm", "2026-11-23 15:00"),
        ("limit · your session limit resets 8am (UTC) · progress saved", "2026-11-23 08:00"),
        ("budget · resets Dec 8 · your 5-hour limit resets 9am (UTC)", "2026-11-23 09:00"),
        ("Back again at 3pm (UTC)", "2026-11-23 15:00"),
        ("|0", None),
        ("resets in a while", None),
        ("resets soon", None),
        ("resets 13pm", None),
        ("resets 0am", None),
        ("resets Feb 30, 9am", None),
        ("resets 2026-13-45 00:00 UTC", None),
        ("Monday 12 elephants", None),
        ("", None),
    ],
)
def test_forms_by_example(text: str, expected: str | None) -> None:
    """The forms of claude's history and their near misses, at 06:00 UTC on 23 November 2026."""
    found = parse(text, NOW, UTC)
    assert (f"{found:%F %H:%M}" if found else None) == expected


def test_a_time_in_a_spring_gap_is_just_after_it() -> None:
    """No clock shows 2:30 on that night; claude cannot print it, a made-up message can."""
    found = parse("resets Mar 29, 2:30am (Europe/Berlin)", datetime(2026, 3, 28, tzinfo=UTC), UTC)
    assert found == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(("hour", "expected"), [(22, 0), (0, 0), (1, 1)])
def test_of_a_fold_the_next_showing_counts(hour: int, expected: int) -> None:
    """2:30 comes at 00:30 and at 01:30 UTC in Berlin's autumn night: the first that is still ahead."""
    now = datetime(2026, 10, 24 if hour == 22 else 25, hour, 0, tzinfo=UTC)
    found = parse("resets 2:30am (Europe/Berlin)", now, UTC)
    assert found == datetime(2026, 10, 25, expected, 30, tzinfo=UTC)


@pytest.fixture
def slim_zones(tmp_path: Path) -> Iterator[None]:
    """A zone database with Asia/Kolkata in it and nothing else."""
    known = next(file for root in zoneinfo.TZPATH if (file := Path(root, "Asia/Kolkata")).exists())
    (tmp_path / "Asia").mkdir()
    (tmp_path / "Asia/Kolkata").write_bytes(known.read_bytes())
    zoneinfo.reset_tzpath([str(tmp_path)])
    ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath()
    ZoneInfo.clear_cache()


@pytest.mark.usefixtures("slim_zones")
def test_a_legacy_name_is_known_without_its_file() -> None:
    """Node prints Asia/Calcutta; newer distributions ship such names in a package of their own."""
    assert parse("resets 3:45pm (Asia/Calcutta)", NOW, UTC) == datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
    assert parse("resets 3:45pm (Asia/Saigon)", NOW, UTC) == datetime(2026, 11, 23, 15, 45, tzinfo=UTC)


@pytest.mark.parametrize("value", [0, -1, None, "1795340353", True, 1e30, float("inf"), float("nan"), [], 17])
def test_an_absurd_epoch_is_none(value: object) -> None:
    """Fields are other people's: only a number of this century's seconds counts."""
    assert from_epoch(value) is None
