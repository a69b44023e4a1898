"""The drill: does a limit of the user's own claude lead to the gateway, in every mode?

Nothing of the user's takes part but the program itself: an empty home, a made-up login, stand-ins for
Anthropic's API and for the gateway on 127.0.0.1, a fence around it all.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from claude_fallback.errors import FallbackError
from claude_fallback.gateway.progress import QUIET, Progress
from claude_fallback.rehearsal.attempt import MODES, Attempt, attempt, room
from claude_fallback.rehearsal.fence import Fence
from claude_fallback.rehearsal.outcome import Outcome, in_ninety_minutes
from claude_fallback.rehearsal.session import MODE as SESSION
from claude_fallback.rehearsal.session import session
from claude_fallback.run import find

ALL = (*MODES, SESSION)
LONGEST = 27.0  # seconds for all modes together; they run side by side, and take 3 to 10
_LOOK = 0.05


@dataclass(frozen=True)
class Drill:
    """Its findings. `refused`: hosts that claude asked for and did not reach."""

    claude: str
    release: tuple[int, ...] | None
    outcomes: tuple[Outcome, ...]
    refused: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not any(outcome.fault for outcome in self.outcomes)


def drill(
    claude: str,
    environ: Mapping[str, str],
    progress: Progress = QUIET,
    longest: float = LONGEST,
    at_once: int = len(ALL),
) -> Drill:
    """Run it on the program `claude`, so many modes at once. However it ends, nothing is left running and no
    file stays."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="claude-fallback-drill-", ignore_cleanup_errors=True)
        )
        fence = stack.enter_context(Fence())
        release = find.release(claude, room(os.path.join(folder, "ask"), environ, claude, fence.url))
        if release is not None and release < find.OLDEST:
            raise FallbackError(f"{claude} is too old for a fallback; update it: claude update")
        reset = in_ninety_minutes(time.time())
        ends_at = time.monotonic() + longest
        outcomes: list[Outcome] = []
        for first in range(0, len(ALL), at_once):
            with contextlib.ExitStack() as running:
                attempts = []
                for mode in ALL[first : first + at_once]:
                    place = os.path.join(folder, mode)
                    inside = room(place, environ, claude, fence.url)
                    attempts.append(running.enter_context(_begun(mode, place, inside, reset)))
                _watch(attempts, progress, ends_at)
                outcomes += [one.outcome() for one in attempts]
        return Drill(claude, release, tuple(outcomes), tuple(sorted(set(fence.refused))))


def _begun(
    mode: str, folder: str, inside: Mapping[str, str], reset: datetime
) -> contextlib.AbstractContextManager[Attempt]:
    return session(folder, inside, reset) if mode == SESSION else attempt(mode, folder, inside, reset)


def _watch(attempts: list[Attempt], progress: Progress, ends_at: float) -> None:
    """Until every mode has ended, or the time is over."""
    going = list(attempts)
    while going and time.monotonic() < ends_at:
        for one in [one for one in going if one.poll()]:
            going.remove(one)
            progress.note(f"{one.mode}: {one.outcome().fault or 'recognised and switched'}")
        progress.step("the drill", len(attempts) - len(going), len(attempts))
        time.sleep(_LOOK)
    progress.end()
