"""The programs beside this file, driving our command through a real Agent SDK, as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts import sdks
from scripts.cache import VARIABLE
from tests.end_to_end.conftest import Machine

HERE = Path(__file__).parent
OURS = str(Path(sys.executable).with_name("claude-fallback"))  # the executable that an SDK is given


@dataclass(frozen=True)
class Told:
    """What a program saw, in order."""

    lines: list[dict[str, Any]]
    stderr: str
    code: int

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["kind"] == kind]

    @property
    def answers(self) -> list[str | None]:
        return [line["text"] for line in self.of("result")]

    @property
    def sessions(self) -> set[str]:
        return {line["session"] for line in self.lines if "session" in line}


def command(language: str, script: str) -> tuple[list[str], dict[str, str]]:
    """What runs a script of this language with the SDK, and the environment it needs besides."""
    cache = os.environ.get(VARIABLE, "")
    if not os.path.isdir(sdks.typescript(cache)) or not os.path.exists(sdks.python(cache)):
        pytest.fail(
            f"the Agent SDKs are not in the test cache ({cache or f'no {VARIABLE}'}); see scripts/test"
        )
    if language == "python":
        return [sdks.python(cache), script], {}
    return ["node", script], {"SDK": sdks.typescript(cache)}


def run(
    argv: Sequence[str], env: Mapping[str, str], work: Path, added: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv, env={**env, **added}, cwd=work, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def drive() -> Callable[..., Told]:
    """`drive(machine, "python", "five")`: run a program of that name to its end."""

    def driven(machine: Machine, language: str, name: str) -> Told:
        script = str(HERE / ("program.py" if language == "python" else "program.mjs"))
        argv, added = command(language, script)
        done = run([*argv, name, OURS], machine.env, machine.work, added)
        assert done.returncode == 0, done
        return Told([json.loads(line) for line in done.stdout.splitlines()], done.stderr, done.returncode)

    return driven
