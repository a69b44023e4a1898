"""A program in a terminal whose user we are, and a recording of a real session of claude."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from claude_fallback.rehearsal.server import StandIn
from scripts.cache import ROOT
from scripts.jobs import ScriptError
from scripts.world import World

ROWS, COLUMNS = 40, 120
_ANSWER, _LAST_WORDS = 3000, ("Alpha", "Bravo", "Charlie")  # characters; how each of the answers ends
_PATIENCE = 120.0  # seconds without a byte after which something hangs


class Terminal:
    def __init__(self, command: Sequence[str], env: Mapping[str, str], cwd: str) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(command[0], list(command), dict(env))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def read(self, seconds: float = _PATIENCE) -> bytes:
        """What there is; empty at the end, or when nothing comes for so long."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return b""
        try:
            return os.read(self.fd, 1 << 16)
        except OSError:
            return b""

    def until(self, pattern: bytes) -> int:
        """Read up to the pattern; how many bytes that was."""
        tail, size = b"", 0
        while not re.search(pattern, tail):
            data = self.read()
            if not data:
                raise ScriptError(f"nothing more is shown after {tail[-300:]!r}")
            tail = tail[-200:] + data
            size += len(data)
        return size

    def rest(self, seconds: float) -> bytes:
        """What is shown until nothing more comes for so long."""
        shown = bytearray()
        while data := self.read(seconds):
            shown += data
        return bytes(shown)

    def type(self, keys: bytes) -> None:
        os.write(self.fd, keys)

    def close(self) -> None:
        """End the program; it may have ended by itself."""
        if os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            os.kill(self.pid, signal.SIGTERM)
            while self.read(0.1):
                pass
            os.close(self.fd)
            os.waitpid(self.pid, 0)
        else:
            os.close(self.fd)


@contextmanager
def terminal(command: Sequence[str], env: Mapping[str, str], cwd: str) -> Iterator[Terminal]:
    started = Terminal(command, env, cwd)
    try:
        yield started
    finally:
        started.close()


def settle(there: World) -> None:
    """No first questions of claude's in this world."""
    trusted = {"hasTrustDialogAccepted": True, "allowedTools": []}
    card = {"hasCompletedOnboarding": True, "theme": "dark", "projects": {there.work: trusted}}
    with open(os.path.join(there.env["HOME"], ".claude.json"), "w", encoding="utf-8") as file:
        json.dump(card, file)


def recording(there: World, api: StandIn) -> bytes:
    """What a real claude shows while it starts, is typed to, and gives three answers of a usual length."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        text = file.read(3 * _ANSWER)
    parts = zip(range(0, len(text), _ANSWER), _LAST_WORDS, strict=True)
    api.play([f"{text[at : at + _ANSWER]}\n\n{last}." for at, last in parts])
    with terminal(["claude"], {**there.env, "TERM": "xterm-256color"}, there.work) as claude:
        shown = claude.rest(3.0)
        for _ in _LAST_WORDS:
            for key in b"tell me more about it, please":
                claude.type(bytes((key,)))
                shown += claude.rest(0.05)
            claude.type(b"\r")
            shown += claude.rest(2.0)
    if not all(word.encode() in shown for word in _LAST_WORDS):
        raise ScriptError("claude has not answered three times: there is no session to record")
    return shown
