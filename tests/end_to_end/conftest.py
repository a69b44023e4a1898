"""A whole machine in a folder: a home, a work folder, a real claude, Anthropic's stand-in, a gateway."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect
import pytest

from claude_fallback.gateway import service
from claude_fallback.rehearsal.server import StandIn
from claude_fallback.run.terminal.screen import Screen

NEWEST = "2.1.330"
RELEASES = ("1.0.60", "1.0.100", "1.0.128", "2.0.42", "2.0.76", "2.1.112", NEWEST)


def spread(versions: Iterable[str], others: Iterable[str]) -> list[tuple[str, str]]:
    """The newest release with every other, the older ones with half of them, in turns."""
    return [
        (version, other)
        for at, version in enumerate(versions)
        for nth, other in enumerate(others)
        if version == NEWEST or (at + nth) % 2 == 0
    ]


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


class Typist:
    """Somebody at a terminal: sees what it shows, types, and waits for what he wants to see."""

    def __init__(self, command: list[str], env: dict[str, str], cwd: Path, rows: int, columns: int) -> None:
        self.raw = bytearray()  # all that was ever written to the terminal
        self._screen = Screen(rows, columns)
        self.process = pexpect.spawn(
            command[0], command[1:], env=env, cwd=str(cwd), dimensions=(rows, columns), timeout=60
        )

    @property
    def screen(self) -> str:
        while not self._screen.catch_up(1 << 16):
            pass
        return "\n".join(row.text.rstrip() for row in self._screen.picture().rows)

    def read(self) -> None:
        """The next piece of output, if there is one soon; pexpect.EOF when the terminal has been closed."""
        try:
            data = self.process.read_nonblocking(1 << 16, timeout=0.2)
        except pexpect.TIMEOUT:
            return
        self.raw += data
        self._screen.output(data)

    def until(self, seen: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + 90
        while not seen():
            assert time.monotonic() < deadline, f"not seen: {what}\n{self.screen}"
            try:
                self.read()
            except pexpect.EOF as error:
                pytest.fail(
                    f"not seen: {what} ({type(error).__name__})\n{self.screen}\n{bytes(self.raw[-500:])!r}"
                )

    def sees(self, *words: str) -> None:
        """Wait until all of it is on the screen at once."""
        self.until(lambda: all(word in self.screen for word in words), str(words))

    def written(self, words: str) -> None:
        """Wait until it has been written, on whichever screen."""
        self.until(lambda: words.encode() in self.raw, words)

    def draft_is(self, text: str) -> None:
        def settled() -> bool:
            return bool(self.screen) and self._screen.draft() == text

        self.until(settled, f"draft {text!r}")

    def at_prompt(self) -> None:
        self.until(lambda: bool(self.screen) and self._screen.is_ready(), "the prompt")

    def mode(self) -> str | None:
        """The permission mode that the footer names."""
        return self._screen.permission_mode() if self.screen else None

    def type(self, text: str) -> None:
        """Into the input box, seen there."""
        self.process.send(text)
        self.draft_is(text)

    def say(self, text: str) -> None:
        """A prompt, accepted: the box is empty again."""
        self.type(text)
        self.process.send("\r")
        self.until(lambda: bool(self.screen) and self._screen.draft() in ("", None), f"{text!r} accepted")

    def resize(self, rows: int, columns: int) -> None:
        self.process.setwinsize(rows, columns)
        self._screen.resize(rows, columns)

    def ends(self) -> int:
        """Its exit code, as a shell says it."""
        while not self._over():
            pass
        code = self.process.exitstatus
        return int(code) if code is not None else 128 + int(self.process.signalstatus)

    def _over(self) -> bool:
        try:
            self.read()
        except pexpect.EOF:
            self.process.wait()
            return True
        return False

    def close(self) -> None:
        if self.process.isalive():
            os.kill(self.process.pid, signal.SIGTERM)
            try:
                self.process.expect(pexpect.EOF, timeout=15)
            except pexpect.TIMEOUT:
                os.kill(self.process.pid, signal.SIGKILL)
        self.process.close(force=True)


@pytest.fixture
def typist() -> Iterator[Callable[..., Typist]]:
    """`typist(machine, *argv)`: our command in a terminal, by somebody who knows claude already."""
    started: list[Typist] = []

    def start(
        machine: Machine,
        *argv: str,
        rows: int = 30,
        columns: int = 100,
        bare: bool = False,
        trusted: Sequence[Path] = (),
    ) -> Typist:
        accepted = {"hasTrustDialogAccepted": True, "allowedTools": []}
        projects = {str(folder): accepted for folder in (machine.work, *trusted)}
        known = {"hasCompletedOnboarding": True, "theme": "dark", "projects": projects}
        card = Path(machine.env["HOME"], ".claude.json")
        there = json.loads(card.read_text()) if card.exists() else {}
        card.write_text(json.dumps({**there, **known}))
        ours = ["claude"] if bare else [sys.executable, "-m", "claude_fallback"]
        env = {**machine.env, "TERM": "xterm-256color"}
        command = [*ours, *argv]
        if bare:
            command[0] = str(machine.work.parent / "bin" / "claude")
        started.append(Typist(command, env, machine.work, rows, columns))
        return started[-1]

    yield start
    for one in started:
        one.close()
