"""The adapter that CONTRIBUTING shows."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs import reading


def test_one_file_is_an_adapter(environ: dict[str, str], tmp_path: Path) -> None:
    """Whoever puts the file where the page says has a working `for example`, and a line in `for`."""
    (code,) = reading.blocks("CONTRIBUTING.md", "python")
    package = shutil.copytree(reading.ROOT / "claude_fallback", tmp_path / "claude_fallback")
    (package / "gateway" / "adapters" / "example.py").write_text(code)

    def ours(*words: str) -> str:
        command = [sys.executable, "-m", "claude_fallback", "for", *words]
        room = {**environ, "PYTHONPATH": str(tmp_path)}
        return subprocess.run(
            command,
            env=room,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            stdin=subprocess.DEVNULL,
        ).stdout

    assert "models of example.org: no EXAMPLE_API_KEY" in ours()
    assert ours("example", "config", "get", "model") == "example-large\n"
    assert "no key for https://api.example.org/anthropic" in ours("example", "status")
