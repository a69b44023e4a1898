"""No test can touch the real home: HOME is a temporary folder before the first import of ours runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

_KEPT = ("PATH", "LANG", "TMPDIR", "COVERAGE_PROCESS_START", "CLAUDE_FALLBACK_TEST_CACHE")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty HOME, and nothing of the machine's claude, keys or settings in the environment."""
    folder: Path = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name not in _KEPT and not name.startswith(("PYTEST", "COV_", "HYPOTHESIS")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    yield str(folder)


@pytest.fixture
def environ(home: str) -> dict[str, str]:
    """A clean environment to hand to functions and child processes."""
    return {"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm"}
