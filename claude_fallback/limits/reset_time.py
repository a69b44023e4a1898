"""When a limit resets: claude's words, or an epoch, as an aware UTC instant.

Claude writes the time of its own zone in American English, in every locale, since 1.0.17. It rounds to the
minute, leaves the minutes out at the full hour, and adds a date only when the reset is more than a day away.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo

from claude_fallback.limits.foreseen_times import familiar, iso
from claude_fallback.limits.zones import NAMED, zone_in

JUST_PAST = timedelta(minutes=10)  # a printed time this little in the past means "now", not "tomorrow"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")  # index = date.weekday()
_DAY_ONLY = time(23, 59)  # "Oct 24": the account may be free at any moment of that day

_CLOCK = r"(?:1[0-2]|0?[1-9])(?::[0-5]\d)? ?[ap]m\b"
_DATE = rf"(?:{'|'.join(_MONTHS)})[a-z]{{0,6}} \d{{1,2}}\b(?:, 20\d\d)?"
_WEEKDAY = rf"(?:on )?(?:{'|'.join(_WEEKDAYS)})[a-z]{{0,6}}\b"
_UTC = r"20\d\d-\d\d-\d\d(?: at)? \d\d:\d\d UTC"
SHAPE = rf"(?:{_UTC}|(?:(?:{_DATE}|{_WEEKDAY})(?:(?:,| at)? {_CLOCK})?|{_CLOCK})(?:{NAMED})?)"
"""Every written form, as a regular expression without groups (the catalogue anchors its wordings with it)."""

_EPOCH = re.compile(r"\|(\d{9,13})\b")
_AFTER_RESET = re.compile(rf"\breset(?:s|s at|s on| at| on)? ({SHAPE})")
_LEAD = r"\b(?:access|again|until|after|back|at|on)(?: at| on)? "
_ELSEWHERE = re.compile(rf"(?:^(?={SHAPE}$)|{_LEAD})({SHAPE})")

# Colours and links (CSI, OSC): no release puts them into a pipe, a wrapper around claude may.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")

# The longest a window can last. A time beyond it was misread: asking native again earlier is cheap.
_LONGEST = {
    "five_hour": timedelta(hours=5, minutes=10),
    "daily": timedelta(days=1),
    "monthly": timedelta(days=31),
    "overage": timedelta(days=31),
}
_WEEK = timedelta(days=7)
_HEAD = 16_000  # characters that are searched: claude's own messages are far shorter


def plain(text: str) -> str:
    """The text as the patterns expect it: no colours, ordinary spaces and apostrophes, none at the ends."""
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    return text.translate({0x202F: " ", 0x00A0: " ", 0x2019: "'"}).strip()


def parse(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """The reset time that `text` names, aware and in UTC; None when it names none.

    `now` (aware) is when claude printed it; `zone` counts where the text names none, or an unknown one.
    With several times in one text the earliest wins, as claude's own arithmetic does.
    """
    words = familiar(plain(text[:_HEAD]), now, zone)
    if epoch := _EPOCH.search(words):
        return from_epoch(int(epoch[1]))
    found = _AFTER_RESET.findall(words) or _ELSEWHERE.findall(words)
    instants = [instant for form in found if (instant := _read(form, now, zone))]
    return min(instants, default=None)


def names_a_time(text: str) -> bool:
    """True when `parse` would find a form in the text."""
    words = familiar(plain(text[:_HEAD]), datetime(2026, 1, 1, tzinfo=timezone.utc), timezone.utc)
    return any(pattern.search(words) for pattern in (_EPOCH, _AFTER_RESET, _ELSEWHERE))


def from_field(value: object) -> datetime | None:
    """What a field or a header says: epoch seconds, or one day an instant of ISO 8601."""
    return iso(value) if isinstance(value, str) else from_epoch(value)


def from_epoch(value: object) -> datetime | None:
    """Epoch seconds (milliseconds are seen through); None for 0, absent or absurd."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    seconds = value / 1000 if value > 1e11 else value
    return datetime.fromtimestamp(seconds, timezone.utc) if 1e9 <= seconds < 1e11 else None


def clamp(instant: datetime, window: str | None, now: datetime) -> datetime:
    """`instant` (aware), not before now and not beyond the window's end; an unknown window lasts a week."""
    longest = _LONGEST.get(window or "", _WEEK)
    return min(max(instant, now), now + longest).astimezone(timezone.utc)


def _read(form: str, now: datetime, zone: tzinfo) -> datetime | None:
    if re.fullmatch(_UTC, form):
        return _read_utc(form)
    zone = zone_in(form, zone)
    clock = _read_clock(form)
    days = _days(form, now.astimezone(zone).date(), clocked=clock is not None)
    walls = [datetime.combine(day, clock or _DAY_ONLY) for day in days]
    shown = sorted(instant for wall in walls for instant in _shown(wall, zone))
    instants = shown or [wall.replace(tzinfo=zone).astimezone(timezone.utc) for wall in walls]
    return next((one for one in instants if one >= now - JUST_PAST), max(instants, default=None))


def _read_utc(form: str) -> datetime | None:
    try:
        return datetime.strptime(form.replace(" at", ""), "%Y-%m-%d %H:%M UTC").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def _read_clock(form: str) -> time | None:
    match = re.search(r"\b(\d{1,2})(?::(\d\d))? ?([ap])m\b", form)
    if not match:
        return None
    return time(int(match[1]) % 12 + (12 if match[3] == "p" else 0), int(match[2] or 0))


def _days(form: str, today: date, clocked: bool) -> list[date]:
    """The local days that the form can mean."""
    if dated := re.match(rf"({'|'.join(_MONTHS)})[a-z]* (\d{{1,2}})\b(?:, (\d{{4}}))?", form):
        return _dated(_MONTHS.index(dated[1]) + 1, int(dated[2]), dated[3], today)
    week = [today + timedelta(days=n) for n in range(-1, 9)]
    if named := re.match(r"(?:on )?([A-Z][a-z]{2})", form):
        first = -1 if clocked else 1  # without a clock it was printed because more than a day is left
        return [day for day in week if _WEEKDAYS[day.weekday()] == named[1] and (day - today).days >= first]
    return week[:4]


def _dated(month: int, day: int, year: str | None, today: date) -> list[date]:
    """Claude names the year only when it is not this year's; around New Year the nearest one is meant."""
    days = []
    for candidate in [int(year)] if year else range(today.year - 1, today.year + 2):
        try:
            days.append(date(candidate, month, day))
        except ValueError:  # 29 February in most years
            continue
    return sorted(days, key=lambda one: abs(one - today))[:1]


def _shown(wall: datetime, zone: tzinfo) -> list[datetime]:
    """When clocks in `zone` show this: once, twice in an autumn fold, never in a spring gap."""
    instants = {wall.replace(tzinfo=zone, fold=fold).astimezone(timezone.utc) for fold in (0, 1)}
    return [one for one in instants if one.astimezone(zone).replace(tzinfo=None) == wall]
