"""A whole machine in a folder: a home, a work folder, a real claude, Anthropic's stand-in, a gateway."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from claude_fallback.gateway import service
from claude_fallback.rehearsal.server import StandIn

NEWEST = "2.1.330"
RELEASES = ("1.0.60", "1.0.100", "1.0.128", "2.0.42", "2.0.76", "2.1.112", NEWEST)
GATEWAY_KEY = "sk-gateway-made-up-key-0123456789"
LOGIN = "sk-ant-oat01-made-up"


@dataclass
class Machine:
    """`run` starts our command as users do; `state` and `transcripts` are what it left."""

    env: dict[str, str]
    work: Path
    native: StandIn | None = None
    claude: Callable[[str], list[str]] | None = None
    extra: dict[str, str] = field(default_factory=dict)

    def use(self, version: str) -> None:
        """Put this release on PATH as `claude`, as npm does."""
        assert self.claude
        folder = self.work.parent / "bin"
        folder.mkdir(exist_ok=True)
        link = folder / "claude"
        link.unlink(missing_ok=True)
        link.symlink_to(self.claude(version)[-1])
        self.env["PATH"] = f"{folder}:{os.environ['PATH']}"

    def run(self, *argv: str, stdin: bytes | int = subprocess.DEVNULL) -> subprocess.CompletedProcess[bytes]:
        given: dict[str, Any] = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
        command = [sys.executable, "-m", "claude_fallback", *argv]
        return subprocess.run(
            command, env=self.env, cwd=self.work, capture_output=True, timeout=120, check=False, **given
        )

    def bare(self, *argv: str) -> subprocess.CompletedProcess[bytes]:
        """The same claude without us."""
        return subprocess.run(
            ["claude", *argv], env=self.env, cwd=self.work, capture_output=True, timeout=120, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    @property
    def config_dir(self) -> Path:
        return Path(self.env["HOME"], ".claude")

    @property
    def state(self) -> dict[str, Any]:
        path = self.config_dir / "litellm_state.json"
        return json.loads(path.read_bytes()) if path.exists() else {}

    def transcripts(self) -> dict[str, list[dict[str, Any]]]:
        """Rows by session id, of conversations only."""
        found = {}
        for path in self.config_dir.glob("projects/*/*.jsonl"):
            rows = [json.loads(line) for line in path.read_bytes().splitlines()]
            if any(row.get("type") == "user" for row in rows):
                found[path.stem] = rows
        return found


@pytest.fixture
def machine(
    environ: dict[str, str],
    tmp_path: Path,
    claude_release: Callable[[str], list[str]],
    clean_room: Callable[..., dict[str, str]],
    anthropic: Callable[..., StandIn],
) -> Callable[..., Machine]:
    """`machine(script, version=…)`: a limited claude, no gateway yet."""

    def build(script: object, version: str = NEWEST, **extra: str | None) -> Machine:
        native = anthropic(script)
        (tmp_path / "work").mkdir(exist_ok=True)
        room = clean_room(environ, native.url, **extra)
        Path(environ["HOME"], ".claude").mkdir(exist_ok=True)
        built = Machine(room, tmp_path / "work", native, claude_release)
        built.use(version)
        return built

    return build


@pytest.fixture
def through_litellm(
    machine: Callable[..., Machine], private_litellm: service.Running
) -> Callable[..., Machine]:
    """A machine whose private gateway is a real LiteLLM with the embedded model."""
    return machine


@pytest.fixture
def through_stand_in(
    machine: Callable[..., Machine], anthropic: Callable[..., StandIn]
) -> Callable[..., tuple[Machine, StandIn]]:
    """A machine whose gateway is a second stand-in, which records every header that arrives."""

    def build(
        script: object, answers: object = "from the gateway", **options: Any
    ) -> tuple[Machine, StandIn]:
        built = machine(script, **options)
        gateway = anthropic(answers, models=("qwen2.5-coder", "qwen2.5", "llama3.1-8b"))
        built.env["LITELLM_API_KEY"] = GATEWAY_KEY
        (built.config_dir / "litellm_config.json").write_text(json.dumps({"litellm_endpoint": gateway.url}))
        return built, gateway

    return build


def in_an_hour() -> int:
    return int(time.time()) + 3600
