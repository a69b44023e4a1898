"""What a leg left behind, brought before `limits.evidence`: its output, its transcript, its time zone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timezone, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from claude_fallback.limits import evidence
from claude_fallback.limits.limit import Limit
from claude_fallback.run import transcript

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


def sighting(ending: Ending, exit_code: int | None) -> evidence.Sighting | None:
    if ending.result:
        return evidence.from_result(ending.result, ending.synthetic, ending.rate_limit)
    return evidence.from_text(ending.text, exit_code or 0)


def limit(
    run: PrintRun, exit_code: int | None, ending: Ending, found: list[transcript.Row] | None
) -> Limit | None:
    """Structure first; text counts when the transcript confirms it, or when the run keeps none."""
    written = evidence.from_transcript(found, run.began) if found else None
    seen = written if written and written.text.strip() in ending.text else None
    if ending.result or found is None:
        seen = sighting(ending, exit_code)
    if seen is None:
        return None
    judged = judge(seen, run.environ)
    if judged is None or written is None or seen.rate_limit:
        return judged
    told = judge(written, run.environ)  # it may hold the reset as a number, where the output has only words
    return told if told and told.resets_at else judged


def judge(seen: evidence.Sighting, environ: Mapping[str, str]) -> Limit | None:
    return evidence.judge(seen, datetime.now(timezone.utc), local_zone(environ))
