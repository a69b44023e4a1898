"""The time zone that claude names behind a time: `(Europe/Berlin)`."""

from __future__ import annotations

import re
from datetime import timezone, tzinfo

NAMED = r" \([A-Za-z][\w+\-]*(?:/[\w+\-]+){0,2}\)"

# Names that Node and ICU still print and that a slim zone database may lack.
_ALIASES = {
    "Africa/Asmera": "Africa/Asmara",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Godthab": "America/Nuuk",
    "America/Indianapolis": "America/Indiana/Indianapolis",
    "America/Louisville": "America/Kentucky/Louisville",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "Atlantic/Faeroe": "Atlantic/Faroe",
    "Europe/Kiev": "Europe/Kyiv",
    "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Truk": "Pacific/Chuuk",
}


def zone_in(words: str, fallback: tzinfo) -> tzinfo:
    """The first zone that the words name; `fallback` when they name none, or one that nobody knows."""
    named = re.search(NAMED, words)
    return _zone(named[0][2:-1], fallback) if named else fallback


def _zone(name: str, fallback: tzinfo) -> tzinfo:
    if name in ("UTC", "GMT", "Etc/UTC"):
        return timezone.utc
    from zoneinfo import ZoneInfo  # finds its database through sysconfig: too slow for every start

    for key in (name, _ALIASES.get(name, name)):
        try:
            return ZoneInfo(key)
        except (KeyError, ValueError, OSError):  # unknown, malformed, or the name of a folder
            continue
    return fallback
