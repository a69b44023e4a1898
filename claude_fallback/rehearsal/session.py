"""The interactive mode of the drill: a terminal of our own, a prompt typed into it, its screen watched."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime

import pexpect

from claude_fallback.rehearsal import attempt
from claude_fallback.rehearsal.attempt import ANSWER, PROMPT, Attempt, login_room, stand_ins
from claude_fallback.rehearsal.outcome import Seen
from claude_fallback.run.terminal import input_box
from claude_fallback.run.terminal.screen import Screen

MODE = "interactive"
_ROWS, _COLUMNS = 40, 120
_CHUNK = 1 << 16


class Window:
    """A terminal with our command in it, as the user has it. `step` reads and types what is due."""

    def __init__(self, env: Mapping[str, str], folder: str) -> None:
        self._child = pexpect.spawn(
            sys.executable,
            ["-m", "claude_fallback"],
            env=dict(env),
            cwd=os.path.join(folder, "work"),
            dimensions=(_ROWS, _COLUMNS),
            timeout=None,
        )
        self._screen = Screen(_ROWS, _COLUMNS)
        self._typed = self._sent = False
        self.pid = int(self._child.pid)
        self.answered = self.ended = False

    def step(self) -> None:
        """What came since, and the next keystrokes: the prompt, and Enter once it stands in the box."""
        try:
            while True:
                self._screen.output(self._child.read_nonblocking(_CHUNK, timeout=0))
        except pexpect.TIMEOUT:
            pass
        except pexpect.EOF:
            self.ended = True
        while not self._screen.catch_up(_CHUNK):
            pass
        picture = self._screen.picture()
        self.answered = self._sent and any(ANSWER in line for line in picture.lines())
        draft = input_box.draft(picture)
        if not self._typed and draft is not None:
            self._child.send(PROMPT)
            self._typed = True
        elif self._typed and not self._sent and draft == PROMPT:
            self._child.send("\r")
            self._sent = True

    def text(self) -> str:
        """What it shows, without empty lines and the input box's borders."""
        lines = (line.strip(" │─╭╮╰╯") for line in self._screen.picture().lines())
        return "\n".join(line for line in lines if line)

    def end(self) -> int | None:
        """Its exit code; None when it had to be killed."""
        attempt.end_session(self.pid, self._over)
        with contextlib.suppress(pexpect.ExceptionPexpect, OSError):
            self._child.close(force=True)
        code: int | None = self._child.exitstatus
        return code

    def _over(self) -> bool:
        with contextlib.suppress(pexpect.TIMEOUT, pexpect.EOF):
            self._child.read_nonblocking(_CHUNK, timeout=0)  # a full terminal would keep it from ending
        return not self._child.isalive()


class Session(Attempt):
    """The running mode; over when the gateway's answer is on the screen."""

    window: Window

    def ended(self) -> bool:
        self.window.step()
        return self.window.answered or self.window.ended

    def seen(self) -> Seen:
        code = 0 if self.window.answered else 1 if self.window.ended else None
        return self.left(code, self.window.text(), "")


@contextlib.contextmanager
def session(folder: str, inside: Mapping[str, str], reset: datetime) -> Iterator[Session]:
    """As `attempt`, for a session."""
    _settle(inside, os.path.join(folder, "work"))
    with stand_ins(reset) as (native, gateway):
        env = {**login_room(inside, native, gateway), "TERM": "xterm-256color"}
        running = Session(MODE, folder, env, native, gateway, reset)
        running.window = Window(env, folder)
        try:
            yield running
        finally:
            running.window.end()


def _settle(inside: Mapping[str, str], work: str) -> None:
    """claude asks no first questions: not for a theme, not whether the folder is to be trusted."""
    project = {"hasTrustDialogAccepted": True, "allowedTools": [], "hasCompletedProjectOnboarding": True}
    settled = {"hasCompletedOnboarding": True, "theme": "dark", "projects": {os.path.realpath(work): project}}
    for place in (inside["CLAUDE_CONFIG_DIR"], inside["HOME"]):  # with CLAUDE_CONFIG_DIR it is read there
        with open(os.path.join(place, ".claude.json"), "w", encoding="utf-8") as file:
            json.dump(settled, file)
