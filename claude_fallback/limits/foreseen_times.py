"""Forms of a reset time that no release prints yet, put as claude puts them today.

`resets in 2h 13m`, `Resets 9:30 AM`, `resets 15:00 (UTC)`, `resets tomorrow at 9am`, `resets at midnight`,
`resets Monday, June 7th at 9am`, `resets 2027-06-01T15:00:00+02:00`. What claude does print stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone, tzinfo

from claude_fallback.limits.zones import zone_in

_RESET = r"\b(?i:resets?|available|back|again)"
_IN = re.compile(
    rf"({_RESET}) in ((?:(?:about |and |, )?\d+ ?(?:days?|d|hours?|hrs?|h|minutes?|mins?|m)\b ?)+)"
)
_PART = re.compile(r"(\d+) ?([dhm])")
_UNIT = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_ISO = re.compile(r"\b(20\d\d-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)")  # to the minute
_NOT_DATED = r"(?<!\d-\d\d )(?<!\d-\d\d at )"  # `2026-12-01 00:00 UTC` is known
_HALVES = re.compile(r"\b(\d{1,2}(?::\d\d)?) ?([AaPp])\.?[Mm]\b\.?")
_24 = re.compile(rf"{_NOT_DATED}(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?(?![\d:]| ?[ap]m)( UTC\b)?")
_DAY = re.compile(r"\b(?i:(today|tonight|tomorrow))(,? at)? (?=\d)")
_WEEKDAY = r"\b(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"

# In this order: each finds what the ones before have made of the words.
_PLAIN: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(_RESET + r":? "), lambda found: found[0].lower().replace(":", "")),
    (re.compile(r"(?<=\d)(?:st|nd|rd|th)\b"), ""),
    (re.compile(rf"{_WEEKDAY},? (?={_MONTH}[a-z]* \d)"), ""),
    (re.compile(r"\bmidnight\b"), "12am"),
    (re.compile(r"\bnoon\b"), "12pm"),
    (_HALVES, lambda found: f"{found[1]}{found[2].lower()}m"),
    (_24, lambda found: _by_halves(int(found[1]), found[2]) + (" (UTC)" if found[3] else "")),
)


def familiar(words: str, now: datetime, zone: tzinfo) -> str:
    """The same words, with the times in them as claude prints them today. `now` is aware; `zone` counts where
    the words name none."""
    words = _IN.sub(lambda found: f"{found[1]} {_utc(now + _length(found[2]))}", words)
    words = _ISO.sub(_instant, words)
    for pattern, instead in _PLAIN:
        words = pattern.sub(instead, words)
    today = now.astimezone(zone_in(words, zone)).date()
    return _DAY.sub(lambda found: _date(today, found[1].lower()), words)


def iso(text: str) -> datetime | None:
    """A whole instant of ISO 8601 with its offset, to the minute."""
    found = _ISO.fullmatch(text)
    try:
        return datetime.fromisoformat(f"{found[1]} {found[2]}{_offset(found[3])}") if found else None
    except ValueError:
        return None


def _instant(found: re.Match[str]) -> str:
    instant = iso(found[0])
    return _utc(instant) if instant else found[0]


def _offset(text: str) -> str:
    return "+00:00" if text == "Z" else text


def _length(text: str) -> timedelta:
    """A part too large for a calendar is none."""
    lengths = (min(int(number[:6]), 99999) * _UNIT[unit] for number, unit in _PART.findall(text))
    return min(sum(lengths, timedelta(0)), timedelta(days=366))


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC"


def _by_halves(hour: int, minutes: str) -> str:
    return f"{hour % 12 or 12}:{minutes}{'am' if hour < 12 else 'pm'}"


def _date(today: date, word: str) -> str:
    day = today + timedelta(days=word == "tomorrow")
    return f"{day:%b} {day.day}, {day.year}, "
