"""Forms of a reset time that no release prints yet."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_fallback.limits.catalogue import WORDINGS
from claude_fallback.limits.foreseen_times import familiar
from claude_fallback.limits.reset_time import from_field, names_a_time, parse, plain
from tests.limits.test_reset_time import MINUTE, first, moments, zones

UTC = timezone.utc
NOW = datetime(2027, 6, 1, 6, 0, 30, tzinfo=UTC)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Session quota exhausted — resets in 2h 13m", "06-01 08:13"),
        ("You've hit your limit · resets in 2 hours and 13 minutes", "06-01 08:13"),
        ("Back in about 45 minutes", "06-01 06:45"),
        ("Weekly limit reached · resets in 3 days, 2 hrs", "06-04 08:00"),
        ("Weekly usage exhausted. Resets Friday 9am (Europe/Berlin).", "06-04 07:00"),
        ("Resets: 3pm", "06-01 15:00"),
        ("RESETS 3PM (UTC)", "06-01 15:00"),
        ("resets 9:30 AM (UTC)", "06-01 09:30"),
        ("resets 9:30 a.m. (Europe/Berlin)", "06-01 07:30"),
        ("resets 15:00 (Europe/Berlin)", "06-01 13:00"),
        ("resets at 17:30 UTC", "06-01 17:30"),
        ("resets 00:15", "06-02 00:15"),
        ("Your limit will reset at 15:00:00 (UTC).", "06-01 15:00"),
        ("resets 2027-06-01T15:00:00Z", "06-01 15:00"),
        ("resets 2027-06-01T15:00:00.123+02:00", "06-01 13:00"),
        ("resets tomorrow at 9am (UTC)", "06-02 09:00"),
        ("resets today at 9am (UTC)", "06-01 09:00"),
        ("resets tomorrow 01:30 (Pacific/Auckland)", "06-01 13:30"),  # there it is evening already
        ("resets at midnight (UTC)", "06-02 00:00"),
        ("resets at noon (UTC)", "06-01 12:00"),
        ("resets Monday, June 7th at 9:30 AM (UTC)", "06-07 09:30"),
        ("resets in a moment", None),
        ("resets in 3 chapters", None),
        ("resets 25:00", None),
        ("resets 2027-13-01T15:00:00Z", None),
        ("resets tomorrow", None),
    ],
)
def test_forms_that_may_come(text: str, expected: str | None) -> None:
    """Durations, other clocks, instants, near days: read as the instant they mean, or not at all."""
    found = parse(text, NOW, UTC)
    assert (f"{found:%m-%d %H:%M}" if found else None) == expected
    assert names_a_time(text) is (expected is not None)


@given(moments, st.integers(0, 24 * 60 - 11), zones)
@settings(max_examples=100, deadline=None)
def test_a_clock_of_24_hours_is_its_next_showing(now: datetime, ahead: int, name: str) -> None:
    """As the other clock: through gaps and folds."""
    zone = ZoneInfo(name)
    local = (now + ahead * MINUTE).astimezone(zone)
    expected = first(now - 10 * MINUTE, f"{local:%H:%M}", "%H:%M", zone)
    assert parse(f"You've hit your limit · resets {local:%H:%M} ({name})", now, UTC) == expected
    assert parse(f"Resets {local:%I:%M %p}", now, zone) == expected


@given(moments, st.integers(1, 7 * 24 * 60), zones)
def test_a_duration_is_exact_to_the_minute(now: datetime, minutes: int, name: str) -> None:
    """Days, hours and minutes in any zone, over every edge."""
    days, rest = divmod(minutes, 24 * 60)
    words = f"resets in {days}d {rest // 60}h {rest % 60}m"
    found = parse(words, now, ZoneInfo(name))
    assert found is not None
    assert timedelta(0) <= now + minutes * MINUTE - found < MINUTE


@given(moments, zones)
def test_an_instant_with_its_offset_is_exact(now: datetime, name: str) -> None:
    """In words, and where a field holds it in place of a number."""
    local, whole = now.astimezone(ZoneInfo(name)), now.replace(second=0, microsecond=0)
    assert parse(f"resets {local.isoformat()}", now, UTC) == whole
    assert from_field(local.isoformat(timespec="seconds")) == whole
    assert from_field(int(whole.timestamp())) == whole
    assert from_field("soon") is None


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda wording: wording.template[:40])
def test_what_claude_prints_stays_as_it_is(wording: object) -> None:
    """Only forms that are new are put otherwise; only a harmless note names a duration."""
    example = next(one.example for one in WORDINGS if one is wording)
    kind = next(one.kind for one in WORDINGS if one is wording)
    assert familiar(plain(example), NOW, UTC) == plain(example) or kind is None


@given(st.text(max_size=60), st.integers(0, 10**12))
def test_any_text_is_safe(text: str, number: int) -> None:
    """Nothing raises, however absurd the numbers."""
    for words in (
        text,
        f"resets in {number} days",
        f"resets in {number}h {text}",
        f"Resets {number}:{number}",
    ):
        assert isinstance(familiar(words, NOW, UTC), str)
        parse(words, NOW, UTC)
