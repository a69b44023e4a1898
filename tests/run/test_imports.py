"""What a run imports: nothing that it does not need."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("claude_fallback.cli", ["dataclasses", "re", "json", "click", "claude_fallback.run.launch"]),
        ("claude_fallback.run.launch", ["dataclasses", "re", "json", "orjson", "click", "pexpect"]),
        (
            "claude_fallback.run.print_run",
            ["click", "filelock", "pexpect", "pyte", "claude_fallback.gateway"],
        ),
        ("claude_fallback.run.terminal.interactive", ["dataclasses", "orjson", "pyte", "threading"]),
        ("claude_fallback.run.terminal.session", ["click", "claude_fallback.gateway.target", "http.client"]),
    ],
)
def test_what_is_not_imported(module: str, never: list[str]) -> None:
    """Each of these is on the way of every run of its kind, and costs it milliseconds."""
    script = f"import sys, {module}; print(*(name for name in {never!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env={})
    assert done.stdout.split() == []
