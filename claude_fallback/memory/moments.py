"""Instants as the state file writes them: UTC, `2026-05-01T14:03:22Z`."""

from __future__ import annotations

from datetime import datetime, timezone


def written(instant: datetime) -> str:
    """`instant` is aware; fractions of a second are dropped."""
    return instant.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def parsed(value: object) -> datetime | None:
    """None for whatever is no instant; one without a zone is taken as UTC."""
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
        instant = instant.replace(tzinfo=instant.tzinfo or timezone.utc).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
    return instant if 1970 <= instant.year < 9000 else None  # room for reckoning with it
