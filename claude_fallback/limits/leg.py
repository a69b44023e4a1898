"""What stopped one leg of a print run: its output, confirmed by its transcript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from claude_fallback.limits import evidence
from claude_fallback.limits.ending import Ending
from claude_fallback.limits.evidence import Sighting
from claude_fallback.limits.limit import Limit


@dataclass(frozen=True)
class Leg:
    """One claude that has ended: what it printed, its exit code, what its transcript holds."""

    ending: Ending
    exit_code: int | None  # None: a turn of it has failed, it goes on
    rows: Sequence[Mapping[str, Any]] | None  # None: it keeps no transcript
    since: datetime  # when it began, aware

    def proven(self, now: datetime, zone: tzinfo) -> tuple[Sighting, Limit] | None:
        """Structure first; text counts when the transcript confirms it, or when none is kept. `now` is aware,
        `zone` is claude's."""
        written = evidence.from_transcript(self.rows, self.since) if self.rows else None
        seen = written if written and written.text.strip() in self.ending.text else None
        if self.ending.result or self.rows is None:
            seen = sighting(self.ending, self.exit_code)
        judged = evidence.judge(seen, now, zone) if seen else None
        if seen is None or judged is None:
            return None
        if written is not None and not seen.rate_limit:
            # it may hold the reset as a number, where the output has only words
            told = evidence.judge(written, now, zone)
            if told and told.resets_at:
                return written, told
        return seen, judged


def sighting(ending: Ending, exit_code: int | None) -> Sighting | None:
    """What the output alone shows."""
    if ending.result:
        return evidence.from_result(
            ending.result, ending.synthetic, ending.rate_limit, answered=ending.answered
        )
    return evidence.from_text(ending.text, exit_code or 0)
