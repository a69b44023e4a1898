"""One cell on one release: claude really run, what it left kept."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from claude_fallback.rehearsal.moments import staged
from claude_fallback.rehearsal.server import StandIn
from scripts.compatibility import room, terminal
from scripts.compatibility.cells import TEXT, TUI, Cell
from scripts.compatibility.recording import Recording, compact

RESET = 3 * 3600 + 7 * 60  # seconds ahead: inside every window, minutes visible in the words
LONGEST = 60.0  # seconds; a release that goes on retrying for longer does not show the cell
_ASKING = ("--permission-mode", "default")  # the newest start in auto mode, whose check no stand-in plays
_FORMATS = {
    "text": (),
    "json": ("--output-format", "json"),
    "stream-json": ("--output-format", "stream-json", "--verbose"),
}


def record(command: Sequence[str], cell: Cell) -> Recording | None:
    """None when this release does not get there: it goes on retrying, or draws no answer."""
    now = int(time.time())
    played = staged(cell.scenario, cell.moment, now + RESET)
    with (
        tempfile.TemporaryDirectory(prefix="claude-matrix-", ignore_cleanup_errors=True) as home,
        StandIn(played.script, beside=played.beside) as api,
    ):
        room.furnish(home)
        env = room.environment(home, api.url, cell.scenario)
        if cell.mode == TUI:
            seen = terminal.session([*command, *room.arguments(cell.scenario), *_ASKING], env, home, LONGEST)
        else:
            seen = _printed([*command, "-p", *room.arguments(cell.scenario), *_FORMATS[cell.mode]], env, home)
        if seen is None:
            return None
        if cell.mode in (TEXT, TUI):
            seen["rows"] = room.transcript(home)
        return Recording(cell, now, now + RESET, compact(seen, home, api.port))


def _printed(argv: list[str], env: dict[str, str], home: str) -> dict[str, Any] | None:
    try:
        done = subprocess.run(
            argv, env=env, cwd=home, input=b"", capture_output=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    stdout = done.stdout.decode("utf-8", "replace")
    seen: dict[str, Any] = {"exit": done.returncode, "stderr": done.stderr.decode("utf-8", "replace")}
    if "--output-format" not in argv:
        return {**seen, "stdout": stdout}
    events = [json.loads(line) for line in stdout.splitlines() if line.startswith("{")]
    return {**seen, "events": events}


def started(command: Sequence[str]) -> bool:
    """Whether the program starts here at all."""
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": tempfile.gettempdir(),
        "DISABLE_AUTOUPDATER": "1",
    }
    done = subprocess.run([*command, "--version"], env=env, capture_output=True, timeout=LONGEST, check=False)
    return done.returncode == 0
