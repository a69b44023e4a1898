"""Whom a run's settings file belongs to."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from claude_fallback.gateway.inside import runs


@pytest.mark.parametrize(
    ("name", "pid"), [("12-ab.json", 12), ("12", 12), ("notes", None), ("-1-a.json", None), ("", None)]
)
def test_owner(name: str, pid: int | None) -> None:
    """The number in front; anything else is no run's file."""
    assert runs.owner(name) == pid


def test_alive() -> None:
    """This process is, one that has ended is not; another user's is (pid 1)."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        pass
    assert runs.is_alive(os.getpid()) and runs.is_alive(1)
    assert not runs.is_alive(child.pid)
