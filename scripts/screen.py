"""What the demo prints: headings, commands and their output; in colour on a terminal, plain elsewhere."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from scripts.jobs import end

BOLD, DIM, YELLOW, GREEN, CYAN = "1", "2", "33", "32", "36"
_WIDTH = 78


@dataclass(frozen=True)
class Outcome:
    stdout: str
    stderr: str
    code: int


def heading(text: str) -> None:
    print(f"\n{_painted(text, BOLD)}", flush=True)


def line(text: str, colour: str = "") -> None:
    """Indented, and broken at words to fit into 80 columns."""
    wrapped = textwrap.wrap(text, _WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    for part in wrapped or [""]:
        print(f"  {_painted(part, colour)}", flush=True)


def countdown(until: float, what: str) -> None:
    """Wait for an epoch second, with the seconds left on a terminal."""
    if not _terminal():
        line(f"{what} in {max(0.0, until - time.time()):.0f} s …")
    while (left := until - time.time()) > 0:
        if _terminal():
            print(f"\r  {_painted(f'{what} in {left:.0f} s … ', CYAN)}", end="", flush=True)
        time.sleep(min(left, 0.2))
    if _terminal():
        print("\r\033[K", end="", flush=True)


def played(shown: str, argv: Sequence[str], env: Mapping[str, str], folder: str) -> Outcome:
    """Run a command and show it with what it prints, as it comes: stderr in yellow."""
    line(f"$ {shown}", CYAN)
    began = time.monotonic()
    process = subprocess.Popen(
        argv, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout and process.stderr
        said = _shown(process.stdout, process.stderr)
        code = process.wait()
    finally:
        end(process)
    line(f"exit code {code}, {time.monotonic() - began:.1f} s", DIM)
    return Outcome(said[0], said[1], code)


def _shown(stdout: IO[bytes], stderr: IO[bytes]) -> tuple[str, str]:
    """Both streams line by line until both have ended; their texts."""
    said = {stdout.fileno(): b"", stderr.fileno(): b""}
    printed = dict.fromkeys(said, 0)
    with selectors.DefaultSelector() as reading:
        for stream in (stdout, stderr):
            reading.register(stream, selectors.EVENT_READ)
        while reading.get_map():
            for key, _ in reading.select():
                data = os.read(key.fd, 65536)
                said[key.fd] += data
                whole = said[key.fd].rfind(b"\n") + 1 if data else len(said[key.fd])
                new = said[key.fd][printed[key.fd] : whole].decode("utf-8", "replace")
                printed[key.fd] = whole
                for text in new.splitlines():
                    line(text, YELLOW if key.fd == stderr.fileno() else "")
                if not data:
                    reading.unregister(key.fileobj)
    return said[stdout.fileno()].decode("utf-8", "replace"), said[stderr.fileno()].decode("utf-8", "replace")


def _painted(text: str, colour: str) -> str:
    return f"\033[{colour}m{text}\033[0m" if colour and text and _terminal() else text


def _terminal() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
