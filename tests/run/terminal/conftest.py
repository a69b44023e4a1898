"""A user's terminal in a test: a pty, and in it a program, bare or with us between."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.run.conftest import Zoo

RELAYED = [sys.executable, str(Path(__file__).parent / "relayed.py")]
PATIENCE = 60.0  # seconds after which a test fails


class Window:
    """A terminal's window; `shown` is all that was ever written to it and not taken by `until`."""

    def __init__(self, rows: int = 24, columns: int = 80, pixels: tuple[int, int] = (0, 0)) -> None:
        self.fd, self.inside = os.openpty()
        os.set_blocking(self.fd, False)
        self.path = os.ttyname(self.inside)
        self.shown = bytearray()
        self.resize(rows, columns, pixels)

    def resize(self, rows: int, columns: int, pixels: tuple[int, int] = (0, 0)) -> None:
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, *pixels))

    @property
    def settings(self) -> list[Any]:
        return termios.tcgetattr(self.inside)

    def start(
        self, command: list[str], env: dict[str, str], closed: int | None = None, **options: Any
    ) -> subprocess.Popen[bytes]:
        """As the first program of a session whose terminal this is; `closed` is a standard fd it has not."""

        def prepare() -> None:
            os.close(os.open(self.path, os.O_RDWR))  # the controlling terminal
            if closed is not None:
                os.close(closed)

        given = {"stdin": self.inside, "stdout": self.inside, "stderr": self.inside, **options}
        return subprocess.Popen(command, env=env, start_new_session=True, preexec_fn=prepare, **given)  # noqa: PLW1509 - no threads here

    def read(self) -> bytes:
        """What there is within the patience; fails when there is nothing, or never will be."""
        if not select.select([self.fd], [], [], PATIENCE)[0]:
            pytest.fail(f"nothing more is shown after {bytes(self.shown)!r}")
        data = os.read(self.fd, 1 << 16)
        self.shown += data
        return data

    def until(self, pattern: bytes) -> re.Match[bytes]:
        """Wait for it; what was shown up to its end is taken."""
        while not (found := re.search(pattern, bytes(self.shown), re.DOTALL)):
            self.read()
        del self.shown[: found.end()]
        return found

    def type(self, data: bytes) -> None:
        """All of it, while what is shown meanwhile is read."""
        left, deadline = memoryview(data), time.monotonic() + PATIENCE
        while left:
            assert time.monotonic() < deadline, f"{len(left)} bytes are not taken"
            readable, writable, _ = select.select([self.fd], [self.fd], [], 1.0)
            if readable:
                self.read()
            if writable:
                with contextlib.suppress(BlockingIOError):
                    left = left[os.write(self.fd, left) :]

    def rest(self, process: subprocess.Popen[bytes]) -> bytes:
        """What is shown up to the end of the program, and not taken."""
        while process.poll() is None:
            if select.select([self.fd], [], [], 0.05)[0]:
                self.read()
        while select.select([self.fd], [], [], 0)[0]:
            self.read()
        return bytes(self.shown)

    def flood(self, data: bytes) -> None:
        """As much of it as is taken, until for half a second nothing is; what is shown stays unread."""
        left = memoryview(data)
        while left and select.select([], [self.fd], [], 0.5)[1]:
            try:
                left = left[os.write(self.fd, left) :]
            except BlockingIOError:
                return

    def close(self) -> None:
        for fd in (self.fd, self.inside):
            if fd >= 0:
                os.close(fd)
        self.fd = self.inside = -1


class Terminals:
    """`ours` and `bare` start the same zoo program, each in a window of its own."""

    relayed = RELAYED

    def __init__(self, zoo: Zoo) -> None:
        self.zoo = zoo
        self._windows: list[Window] = []
        self._started: list[subprocess.Popen[bytes]] = []

    def window(self, *size: Any) -> Window:
        self._windows.append(Window(*size))
        return self._windows[-1]

    def ours(self, window: Window, name: str, *argv: str, **options: Any) -> subprocess.Popen[bytes]:
        return self.start(window, [*RELAYED, self.zoo.path(name), *argv], **options)

    def bare(self, window: Window, name: str, *argv: str, **options: Any) -> subprocess.Popen[bytes]:
        return self.start(window, [self.zoo.path(name), *argv], **options)

    @staticmethod
    def ours_of(pid: int) -> int:
        """Our pid, given the program's: its session's leader is our child."""
        return Terminals.parent_of(Terminals.parent_of(pid))

    @staticmethod
    def parent_of(pid: int) -> int:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])

    def start(self, window: Window, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        env = self.zoo.env
        if options.get("closed") is not None:  # coverage saves before an exec, and its file takes that number
            env = {name: value for name, value in env.items() if not name.startswith("COVERAGE_")}
        process = window.start(command, env, **options)
        self._started.append(process)
        return process

    def both(self, name: str, *argv: str, **options: Any) -> list[tuple[bytes, int]]:
        """(what is shown, exit code as a shell sees it) of the program by itself, and of our run of it."""
        found = []
        for start in (self.bare, self.ours):
            window = self.window()
            process = start(window, name, *argv, **options)
            shown = window.rest(process)
            found.append(
                (shown, process.returncode % 256 if process.returncode >= 0 else 128 - process.returncode)
            )
        return found

    def close(self) -> None:
        for window in self._windows:
            window.close()
        self.zoo.close()
        for process in self._started:
            process.wait()


@pytest.fixture
def terminals(zoo: Zoo) -> Iterator[Terminals]:
    found = Terminals(zoo)
    yield found
    found.close()
