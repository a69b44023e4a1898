"""What a text would be recognised as, and what a run would do about it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

import orjson

from claude_fallback.limits import evidence
from claude_fallback.limits.catalogue import classify
from claude_fallback.limits.limit import Limit
from claude_fallback.limits.reset_time import parse
from claude_fallback.limits.watch import JsonWatch, StreamWatch
from claude_fallback.limits.wording import Wording
from claude_fallback.memory.settings import Settings, find
from claude_fallback.run import decide
from claude_fallback.run.proof import local_zone
from claude_fallback.run.spool import Spool

_DECORATION = re.compile(r"^[\s⎿●⏺•│>]+")  # what claude's screen puts before its words
_WITHOUT: dict[str, Callable[[Settings], Settings]] = {
    "auto-fallback": lambda settings: replace(settings, auto_fallback=False),
    "auto-fallback-on-rate-limit": lambda settings: replace(settings, on_rate_limit=False),
    "auto-fallback-on-error": lambda settings: replace(settings, on_error=False),
}


@dataclass(frozen=True)
class Recognition:
    """`limit` is None when the text is no failure of claude's; `wording` is the catalogue's entry, if any."""

    limit: Limit | None
    wording: Wording | None
    structured: bool  # claude's own JSON was given, so fields prove it
    switches: bool
    off: tuple[str, ...] = ()  # the settings that would have to be on for a switch
    named: datetime | None = None  # the reset time as the words have it; `limit` has it clamped


def recognise(text: str, settings: Settings, environ: Mapping[str, str], now: datetime) -> Recognition:
    """`text` is what claude printed: its words, or its json or stream-json output, or transcript rows."""
    words = _DECORATION.sub("", text).strip()
    structured = _structured(words)
    sighting = structured or evidence.from_text(words, exit_code=1)
    said = sighting.text if sighting else words
    zone = local_zone(environ)
    limit = evidence.judge(sighting, now, zone) if sighting else None
    switches = bool(limit and decide.switches(limit, settings))
    off = _off(limit, settings) if limit and not switches else ()
    return Recognition(limit, classify(said), structured is not None, switches, off, parse(said, now, zone))


def _structured(text: str) -> evidence.Sighting | None:
    if not text.startswith(("{", "[")):
        return None
    raw = text.encode()
    document, stream = JsonWatch(Spool()), StreamWatch()
    document.feed(raw)
    stream.feed(raw + b"\n")
    for ending in (stream.ending(), document.ending()):
        if ending.result:
            return evidence.from_result(ending.result, ending.synthetic, ending.rate_limit)
    return evidence.from_transcript(list(_rows(raw)), datetime.fromtimestamp(0, timezone.utc))


def _rows(raw: bytes) -> Iterator[dict[str, Any]]:
    for line in raw.splitlines():
        with contextlib.suppress(orjson.JSONDecodeError):
            row = orjson.loads(line)
            if isinstance(row, dict):
                yield row


def _off(limit: Limit, settings: Settings) -> tuple[str, ...]:
    """What is off and would make this limit switch if it were on; nothing when no setting could."""
    ready = replace(settings, auto_fallback=True, on_rate_limit=True, on_error=True, max_switches=1)
    if not decide.switches(limit, ready):
        return ()
    needed = [name for name, without in _WITHOUT.items() if not decide.switches(limit, without(ready))]
    off = [name for name in needed if getattr(settings, find(name).field) is not True]
    return (*off, *(() if settings.max_switches else ("max-switches",)))
