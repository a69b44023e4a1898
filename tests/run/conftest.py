"""The zoo: tiny programs in the place of claude, run bare and by our command as a process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ZOO = Path(__file__).parent / "zoo"
OURS = [sys.executable, "-m", "claude_fallback"]


class Zoo:
    """`ours` and `bare` start the same program in the same environment; ZOO_… variables say what it does."""

    def __init__(self, env: dict[str, str], folder: Path) -> None:
        self.env = env
        self.env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"  # one python3 for all of them
        self.gate = folder / "gate"
        os.mkfifo(self.gate)
        self.env["ZOO_GATE"] = str(self.gate)
        self._started: list[subprocess.Popen[bytes]] = []
        self._opener: Any = None

    def words(self, spoken: object) -> None:
        """What `says` will say: [[fd, latin-1 text], …]."""
        file = self.gate.with_name("words")
        file.write_text(json.dumps(spoken))
        self.env["ZOO_WORDS"] = str(file)

    def path(self, name: str) -> str:
        return str(ZOO / name)

    def of(self, name: str) -> dict[str, str]:
        """The environment in which our command takes `name` for claude."""
        return {**self.env, "CLAUDE_FALLBACK_CLAUDE": self.path(name)}

    def ours(self, name: str, *argv: str | bytes, **options: Any) -> subprocess.Popen[bytes]:
        """Our command with `name` for claude, as a print run."""
        return self._start([*OURS, "-p", *argv], self.of(name), options)

    def bare(self, name: str, *argv: str | bytes, **options: Any) -> subprocess.Popen[bytes]:
        return self._start([self.path(name), "-p", *argv], self.of(name), options)

    def both(self, name: str, *argv: str | bytes, **options: Any) -> list[tuple[bytes, bytes, int]]:
        """(stdout, stderr, exit code as a shell sees it) of the program by itself, and of our run of it."""
        data = options.pop("input", None)
        if data is not None:
            options["stdin"] = subprocess.PIPE
        found = []
        for start in (self.bare, self.ours):
            process = start(name, *argv, **options)
            stdout, stderr = process.communicate(data, timeout=60)
            code = process.returncode
            found.append((stdout, stderr, code if code >= 0 else 128 - code))
        return found

    def shell(self, name: str, script: str, *argv: str) -> subprocess.CompletedProcess[bytes]:
        """A line of bash whose claude is `name`."""
        return finished(["bash", "-c", script, "bash", *argv], self.of(name))

    def open_gate(self) -> None:
        """Let the program that waits at the gate go on, by one step."""
        if self._opener is None:
            self._opener = self.gate.open("wb", buffering=0)
        self._opener.write(b"go\n")

    def close(self) -> None:
        if self._opener:
            self._opener.close()
        for pid in self._left():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in self._started:
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()

    def _left(self) -> list[int]:
        """What this test started and has not seen end, orphans of a killed run included: by the gate's path
        in their environment, which is this test's alone."""
        found, mark = [], f"ZOO_GATE={self.gate}".encode()
        for name in filter(str.isdecimal, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if mark in Path("/proc", name, "environ").read_bytes().split(b"\0"):
                    found.append(int(name))
        return found

    def _start(
        self, command: list[str | bytes], env: dict[str, str], options: dict[str, Any]
    ) -> subprocess.Popen[bytes]:
        given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
                 "env": env, **options}  # fmt: skip
        process = subprocess.Popen(command, **given)
        self._started.append(process)
        return process


def finished(
    command: list[str], env: dict[str, str], data: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, env=env, input=data, capture_output=True, timeout=120, check=False)


@pytest.fixture
def finish() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run a command to its end: `finish(command, env, stdin)`."""
    return finished


@pytest.fixture
def zoo(environ: dict[str, str], tmp_path: Path) -> Iterator[Zoo]:
    """Programs of tests/run/zoo in the place of claude."""
    coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    found = Zoo({**environ, **coverage}, tmp_path)
    yield found
    found.close()


@pytest.fixture
def line_of() -> Callable[[Any], bytes]:
    """The next line of a stream; fails rather than hang when the stream ends."""

    def read(stream: Any) -> bytes:
        line = bytes(stream.readline())
        assert line, "the stream has ended"
        return line

    return read
