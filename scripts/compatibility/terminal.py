"""An interactive claude on a pty of its own, until its turn has ended; its screen as a user would see it."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pexpect

from claude_fallback.run.terminal.screen import Screen
from scripts.compatibility.room import transcript

ROWS, COLUMNS = 40, 100
_CALM = 0.7  # seconds without a byte: the turn's last words are drawn
_LOOK = 0.1  # seconds between looks at the transcript
_KEPT = 12  # lines, from the bottom


def session(argv: Sequence[str], env: Mapping[str, str], home: str, longest: float) -> dict[str, Any] | None:
    """The screen after one turn; None when the turn did not end in `longest` seconds."""
    child = pexpect.spawn(argv[0], list(argv[1:]), env=dict(env), cwd=home, dimensions=(ROWS, COLUMNS))
    try:
        drawn = _drawn(child, home, time.monotonic() + longest)
    finally:
        _end(child)
    return None if drawn is None else {"screen": _shown(drawn)}


def _end(child: Any) -> None:
    """It has said all that we wait for, and a claude that ends slowly is not waited for."""
    child.kill(signal.SIGKILL)
    child.wait()
    child.close()


def _drawn(child: Any, home: str, until: float) -> bytes | None:
    drawn, last = bytearray(), time.monotonic()
    while time.monotonic() < until:
        try:
            drawn += child.read_nonblocking(1 << 16, timeout=_LOOK)
            last = time.monotonic()
        except pexpect.TIMEOUT:
            if time.monotonic() - last > _CALM and _ended(home):
                return bytes(drawn)
        except pexpect.EOF:
            return bytes(drawn) if _ended(home) else None
    return bytes(drawn) if _ended(home) else None


def _ended(home: str) -> bool:
    """Whether the main thread's last word is none that waits for a tool."""
    main = [row for row in transcript(home) if not row.get("isSidechain")]
    content = main[-1]["message"].get("content") if main else None
    return bool(main) and not any(
        isinstance(block, dict) and block.get("type") == "tool_use" for block in content or ()
    )


def _shown(drawn: bytes) -> list[str]:
    screen = Screen(ROWS, COLUMNS)
    screen.output(drawn)
    screen.catch_up(len(drawn))
    return [line.rstrip() for line in screen.picture().lines() if line.strip()][-_KEPT:]
