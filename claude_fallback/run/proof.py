"""What a leg left behind, brought before `limits.evidence`: its output, its transcript, its time zone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timezone, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from claude_fallback.limits import evidence, unfamiliar
from claude_fallback.limits.leg import Leg
from claude_fallback.limits.limit import Limit
from claude_fallback.memory.log import event as log
from claude_fallback.run import find, transcript

if TYPE_CHECKING:
    from claude_fallback.limits.ending import Ending
    from claude_fallback.run.legs import PrintRun


def local_zone(environ: Mapping[str, str]) -> tzinfo:
    """The zone in which claude prints times: TZ, else the machine's."""
    name = environ.get("TZ", "").lstrip(":") or os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return datetime.now().astimezone().tzinfo or timezone.utc


def rows(run: PrintRun, ending: Ending) -> list[transcript.Row] | None:
    if not run.invocation.keeps_session:
        return None
    name = session(run, ending)
    return transcript.rows(run.environ, name, run.began) if name else None


def session(run: PrintRun, ending: Ending) -> str | None:
    """The id of the stopped leg: as claude told it, as we or the user named it, else searched for."""
    named = run.session or run.invocation.value("--session-id")
    if ending.session or named:
        return ending.session or named
    if run.invocation.continues and ending.text:
        return transcript.session_that_said(run.environ, ending.text.strip(), run.began)
    return None


def limit(
    run: PrintRun, exit_code: int | None, ending: Ending, found: list[transcript.Row] | None
) -> Limit | None:
    """What stopped the leg. What was new in it is kept in the log, to be reported."""
    now, zone = datetime.now(timezone.utc), local_zone(run.environ)
    proven = Leg(ending, exit_code, found, run.began).proven(now, zone)
    if proven is None:
        return None
    if new := unfamiliar.parts(*proven):
        log(run.environ, "unfamiliar", claude=find.release(run.claude, run.environ), **new)
    return proven[1]


def judge(seen: evidence.Sighting, environ: Mapping[str, str]) -> Limit | None:
    return evidence.judge(seen, datetime.now(timezone.utc), local_zone(environ))
