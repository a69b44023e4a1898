"""The question before a switch, at the plain prompt: claude has ended, the terminal is as a shell has it."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claude_fallback.gateway.target import Target
    from claude_fallback.run.terminal.user_terminal import UserTerminal

CONTINUE, WAIT, QUIT = "continue", "wait", "quit"
_ANSWERS = {"": CONTINUE, "1": CONTINUE, "c": CONTINUE, "2": WAIT, "w": WAIT, "3": QUIT, "q": QUIT}
_LONGEST = 4096  # bytes of a line, as the kernel has it


def put(
    terminal: UserTerminal, limit: str, model: str, target: Target, shown: Callable[[], None] = lambda: None
) -> str:
    """Ask on the terminal, which is raw before and afterwards. `shown` is called between the question and the
    first key that can answer it: what was typed before it is no answer. Without keys there is no question."""
    if terminal.keys_fd < 0:
        return WAIT
    terminal.write("\r\n".join(lines(limit, model, target)).encode())
    shown()
    terminal.make_usual()
    try:
        return answer(lambda: _line(terminal.keys_fd), lambda again: terminal.write(again.encode()))
    finally:
        terminal.make_raw()


def lines(limit: str, model: str, target: Target) -> tuple[str, ...]:
    """The cursor stays behind the last."""
    return (
        f"claude-fallback: {limit}",
        f"  1  continue with {model} through {target.place}, {target.adapter.billed}",
        "  2  wait for the reset: back to the session, on native Claude",
        "  3  quit",
        "Enter takes 1: ",
    )


def answer(read_line: Callable[[], str | None], say: Callable[[str], None]) -> str:
    """No line to be had (Ctrl-D, a closed terminal) is QUIT: nothing is spent unasked."""
    while True:
        line = read_line()
        if line is None:
            return QUIT
        found = _ANSWERS.get(line.strip().lower())
        if found is not None:
            return found
        say("1, 2 or 3: ")


def _line(fd: int) -> str | None:
    """What the terminal's line discipline hands out at once: a line, or nothing at its end."""
    waiting = select.poll()
    waiting.register(fd, select.POLLIN)
    while True:
        waiting.poll()
        try:
            found = os.read(fd, _LONGEST)
        except BlockingIOError:
            continue
        except OSError:
            return None
        return found.decode("utf-8", "replace") if found else None
