"""What the private LiteLLM does for itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from claude_fallback.gateway.inside.housekeeping import any_run, is_unused, turn_over


def test_unused(tmp_path: Path) -> None:
    """Idle for long enough, and no run on the gateway: a session that waits for its user keeps it alive."""
    assert is_unused(100, 60, str(tmp_path / "none"))
    assert not is_unused(59, 60, str(tmp_path))
    (tmp_path / f"{os.getpid()}-abc.json").touch()
    assert not is_unused(100, 60, str(tmp_path))


@pytest.mark.parametrize(("name", "lives"), [("12-a.json", True), ("13-a.json", False), ("notes", False)])
def test_any_run(tmp_path: Path, name: str, lives: bool) -> None:
    """A file that a killed run left behind is no run."""
    (tmp_path / name).touch()
    assert any_run(str(tmp_path), lambda pid: pid == 12) is lives


CODE = """
import os, sys
sys.path.insert(0, sys.argv[1])
from claude_fallback.gateway.inside.housekeeping import turn_over
log = sys.argv[2]
file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
os.dup2(file, 1); os.dup2(file, 2)
print("before", flush=True)
turn_over(log, largest=3)
print("after", flush=True)
print("error", file=sys.stderr, flush=True)
turn_over(log, largest=1000)
"""


def test_the_log_turns_over(tmp_path: Path) -> None:
    """A large log becomes `.1`; the process goes on in a new one, with both its outputs. No line is lost."""
    log = tmp_path / "litellm.log"
    root = str(Path(__file__).parents[3])
    subprocess.run([sys.executable, "-c", CODE, root, str(log)], check=True)
    assert (tmp_path / "litellm.log.1").read_text() == "before\n"
    assert log.read_text() == "after\nerror\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_no_log(tmp_path: Path) -> None:
    """A log that somebody removed, or that has no name, is no reason to stop."""
    turn_over("")
    turn_over(str(tmp_path / "gone"))
