"""`scripts/demo`, as a newcomer starts it."""

from __future__ import annotations

import glob
import os
import subprocess
import tempfile

import pytest

from scripts.cache import ROOT, VARIABLE

pytestmark = pytest.mark.claude


def test_the_demo_verifies_its_six_steps_and_leaves_nothing(litellm_installed: str) -> None:
    """From the refusal to the return to native; plain text for 80 columns where no terminal is."""
    assert litellm_installed
    temporary = tempfile.mkdtemp()
    environ = {**os.environ, "TMPDIR": temporary, VARIABLE: os.environ[VARIABLE]}
    done = subprocess.run(
        [os.path.join(ROOT, "scripts", "demo")], cwd="/", env=environ, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=150, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓") == 7
    assert "\033" not in done.stdout + done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert not glob.glob(os.path.join(temporary, "*"))
