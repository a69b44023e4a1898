"""What must not switch: texts, streams and transcripts that speak of limits and are none."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from claude_fallback.limits import evidence
from claude_fallback.limits.leg import Leg
from claude_fallback.limits.limit import Limit
from claude_fallback.limits.watch import StreamWatch, TextWatch
from claude_fallback.memory.settings import Settings
from claude_fallback.run import decide
from scripts.cache import ROOT

FILE = os.path.join(ROOT, "tests", "limits", "decoys.jsonl")
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=timezone.utc)  # when the runs in the file begin


@dataclass(frozen=True)
class Decoy:
    """One of `text` (all of a print run's output), `events` (stream-json) and `rows` (of a transcript)."""

    about: str
    text: str | None = None
    events: Sequence[Mapping[str, Any]] | None = None
    rows: Sequence[Mapping[str, Any]] | None = None
    exit: int = 1

    @property
    def raw(self) -> str:
        """What a tool would see that reads bytes."""
        if self.text is not None:
            return self.text
        lines = self.events if self.events is not None else self.rows or ()
        return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)


def read_all(path: str = FILE) -> list[Decoy]:
    with open(path, encoding="utf-8") as file:
        return [Decoy(**json.loads(line)) for line in file]


def taken_for(decoy: Decoy) -> Limit | None:
    """As a run would take it, which has ended with the decoy's exit code."""
    watch: TextWatch | StreamWatch
    if decoy.rows is not None:
        sighting = evidence.from_transcript(decoy.rows, NOW)
        return evidence.judge(sighting, NOW, timezone.utc) if sighting else None
    watch = TextWatch() if decoy.events is None else StreamWatch()
    watch.feed((decoy.raw + "\n").encode())
    if decoy.exit == 0 and not watch.may_have_failed:
        return None
    proven = Leg(watch.ending(), decoy.exit, None, NOW).proven(NOW, timezone.utc)
    return proven[1] if proven else None


def is_false_alarm(decoy: Decoy) -> bool:
    """Whether a run with the settings as they are at first would leave claude."""
    limit = taken_for(decoy)
    return limit is not None and decide.switches(limit, Settings())
