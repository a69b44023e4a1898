"""The relay around real releases, in a shell: Ctrl-Z, fg, a new size, and their ends."""

from __future__ import annotations

import json
import os
import shlex
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from claude_fallback.rehearsal.server import StandIn
from claude_fallback.run.terminal.emulator import Emulator

if TYPE_CHECKING:
    from tests.run.terminal.conftest import Terminals, Window

pytestmark = pytest.mark.claude

RELEASES = ("1.0.60", "2.0.42", "2.1.112", "2.1.330")
PROMPT = rb"\d+>"


@pytest.fixture
def room(
    terminals: Terminals, anthropic: Callable[..., StandIn], clean_room: Callable[..., dict[str, str]]
) -> Path:
    """A home whose claude asks no first questions, for a shell in `work`."""
    home = Path(terminals.zoo.env["HOME"])
    work = home / "work"
    work.mkdir()
    trusted = {"hasTrustDialogAccepted": True, "allowedTools": []}
    settled = {"hasCompletedOnboarding": True, "theme": "dark", "projects": {str(work): trusted}}
    (home / ".claude.json").write_text(json.dumps(settled))
    terminals.zoo.env = clean_room(terminals.zoo.env, anthropic("Hello.").url, PS1="$$>")
    return work


class Shown:
    """What the user sees: `until` a row has this text."""

    def __init__(self, window: Window, rows: int, columns: int) -> None:
        self._window, self._screen = window, Emulator(rows, columns)

    def resize(self, rows: int, columns: int) -> None:
        self._window.resize(rows, columns)
        self._screen.resize(rows, columns)

    def until(self, text: str) -> None:
        while not any(text in row for row in self._screen.display):
            self._screen.feed(self._window.read())


@pytest.mark.parametrize("version", RELEASES)
def test_in_a_shell(
    terminals: Terminals, room: Path, claude_release: Callable[[str], list[str]], version: str
) -> None:
    """Ctrl-Z gives the shell its prompt and its terminal back, fg draws claude and its draft anew and in the
    new size, SIGTERM ends it with 143, and claude's modes are off."""
    window = terminals.window(40, 100)
    shown = Shown(window, 40, 100)
    terminals.start(window, ["bash", "--norc", "--noprofile", "--noediting", "-i"], cwd=room)
    window.type(shlex.join([*terminals.relayed, claude_release(version)[-1]]).encode() + b"\r")
    window.until(rb"\x1b\[\?2004h")
    window.type(b"a draft")
    shown.until("a draft")
    window.type(b"\x1a")
    window.until(rb"suspended.*Stopped.*" + PROMPT)
    window.type(b"stty -a | grep -o ' .\\?icanon'; jobs -p\r")
    ours = int(window.until(rb" icanon\r\n(\d+)\r\n" + PROMPT)[1])
    shown.resize(30, 70)
    window.type(b"fg\r")
    window.until(rb"\x1b\[\?2004h")
    window.type(b", longer")
    shown.until("a draft, longer")
    window.shown.clear()
    os.kill(ours, signal.SIGTERM)
    end = window.until(b"(.*)" + PROMPT)[1]
    assert end.rindex(b"\x1b[?2004l") > end.rfind(b"\x1b[?2004h")
    window.type(b"echo code $?\r")
    window.until(rb"code 143\r\n")
