"""What a check found, and what every check is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from claude_fallback.memory.settings import Settings


class Mark(Enum):
    OK = "ok"
    WARN = "warn"  # good to know, a fallback would still work
    FAIL = "fail"  # a fallback would fail


@dataclass(frozen=True)
class Finding:
    """One line. `remedy` is what to type or to do, empty when there is nothing."""

    check: str
    mark: Mark
    said: str
    remedy: str = ""


@dataclass(frozen=True)
class Case:
    """Whom the checks look at. `now` is aware."""

    environ: Mapping[str, str]
    settings: Settings
    now: datetime


def ok(check: str, said: str) -> Finding:
    return Finding(check, Mark.OK, said)


def warn(check: str, said: str, remedy: str = "") -> Finding:
    return Finding(check, Mark.WARN, said, remedy)


def fail(check: str, said: str, remedy: str) -> Finding:
    return Finding(check, Mark.FAIL, said, remedy)
