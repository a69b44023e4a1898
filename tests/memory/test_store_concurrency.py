"""Many writers at once: real processes, released together."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

WRITERS = 200

# Forked after the imports, so that all of them reach for the lock in the same moment.
CROWD = """
import os, sys
from datetime import datetime, timezone
from claude_fallback.memory import connection
import filelock, orjson
environ, now = {"HOME": sys.argv[1]}, datetime.now(timezone.utc)
connection.connect(environ, now, connection.Cause(), 5)
gate, opener = os.pipe()
children = []
for number in range(int(sys.argv[2])):
    pid = os.fork()
    if pid == 0:
        os.close(opener)
        os.read(gate, 1)
        connection.record_handled(environ, now)
        connection.record_failed(environ, now, "x") if number % 50 == 0 else None
        os._exit(0)
    children.append(pid)
os.close(opener)
sys.exit(max(os.waitpid(pid, 0)[1] for pid in children))
"""


def test_two_hundred_writers_lose_nothing(home: str) -> None:
    """Every one of two hundred simultaneous updates is in the file, and nothing was said or left behind."""
    done = subprocess.run(
        [sys.executable, "-c", CROWD, home, str(WRITERS)], capture_output=True, text=True, check=False
    )
    folder = Path(home, ".claude")
    state = json.loads((folder / "litellm_state.json").read_text())
    assert (done.returncode, done.stderr) == (0, "")
    assert (state["requests_handled"], state["requests_failed"]) == (WRITERS, WRITERS // 50)
    assert sorted(path.name for path in folder.iterdir()) == ["litellm_state.json", "litellm_state.json.lock"]
