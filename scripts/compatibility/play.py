"""Runs all cells of a release, several claudes at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

from claude_fallback.gateway.progress import Progress
from claude_fallback.rehearsal import moments
from claude_fallback.rehearsal.moments import staged
from claude_fallback.rehearsal.server import StandIn
from claude_fallback.run.find import OLDEST
from scripts.compatibility import room, trial
from scripts.compatibility.cells import TEXT, Cell, cells
from scripts.compatibility.recording import Recording, Release, compact

# What a release that we do not support is asked, with us and without us.
UNSUPPORTED = tuple(
    Cell(name, moments.FIRST, TEXT) for name in ("answer", "credit_balance", "throttle_api_key")
)


def supported(version: str) -> bool:
    return tuple(map(int, version.split("."))) >= OLDEST


def release(
    version: str, command: Sequence[str], at_once: int, progress: Progress, known: Release | None = None
) -> Release:
    """All of its cells, or those that `known` lacks, and what is known."""
    before = known.recordings if known else ()
    have = {recording.cell for recording in before}
    asked = tuple(cell for cell in _cells(version) if cell not in have)
    one = trial.record if supported(version) else _handed_over
    with ThreadPoolExecutor(at_once) as pool:
        running = [pool.submit(one, command, cell) for cell in asked]
        found = [
            future.result()
            for future in _told(running, lambda done: progress.step(f"claude {version}", done, len(asked)))
        ]
    shown = tuple(recording for recording in found if recording)
    return Release(version, known.date if known else date.today().isoformat(), before + shown)


def _cells(version: str) -> tuple[Cell, ...]:
    return tuple(cells()) if supported(version) else UNSUPPORTED


def _told(running: Sequence[Any], tell: Any) -> Iterable[Any]:
    for done, future in enumerate(running):
        while not future.done():
            tell(sum(one.done() for one in running))
            time.sleep(0.2)
        tell(done + 1)
        yield future


def _handed_over(command: Sequence[str], cell: Cell) -> Recording:
    """The same claude without us and with us: a release that is too old is none of our business."""
    now = int(time.time())
    seen: dict[str, Any] = {}
    for who, argv in (("alone", command), ("ours", (sys.executable, "-m", "claude_fallback"))):
        played = staged(cell.scenario, cell.moment, now + trial.RESET)
        with (
            tempfile.TemporaryDirectory(prefix="claude-matrix-") as home,
            StandIn(played.script, beside=played.beside) as api,
        ):
            room.furnish(home)
            env = room.environment(home, api.url, cell.scenario)
            env |= {"CLAUDE_FALLBACK_CLAUDE": command[-1], "PYTHONPATH": os.getcwd()}
            done = subprocess.run(
                [*argv, "-p", room.PROMPT], env=env, cwd=home, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=trial.LONGEST, check=False,
            )  # fmt: skip
            outcome = {"exit": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
            seen[who] = compact(outcome, home, api.port)
    return Recording(cell, now, now + trial.RESET, seen)
