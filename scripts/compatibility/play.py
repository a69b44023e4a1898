"""Runs cells of a release, several claudes at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import date
from typing import Any

from claude_fallback.rehearsal.moments import staged
from claude_fallback.rehearsal.server import StandIn
from scripts.compatibility import room, trial
from scripts.compatibility.cells import Cell, supported
from scripts.compatibility.recording import Recording, Release, compact


def play(
    known: Release,
    asked: Sequence[Cell],
    command: Sequence[str],
    at_once: int,
    keep: Callable[[Release], object],
) -> Release:
    """`known` with the cells that were asked for; to be kept after each, so that breaking off loses none."""
    one = trial.record if supported(known.version) else _handed_over
    pool = ThreadPoolExecutor(at_once)
    try:
        running = {pool.submit(one, command, cell): cell for cell in asked}
        for future in as_completed(running):
            known = known.having(running[future], future.result(), date.today().isoformat())
            keep(known)
    finally:
        pool.shutdown(cancel_futures=True)
    return known


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
