"""A session of ours in a real tmux of 80 columns: its screen at the limit, and after the switch."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from claude_fallback.gateway.progress import Progress
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from scripts import boundary, cache
from scripts.jobs import ScriptError
from scripts.setup import releases
from scripts.terminal import settle
from scripts.world import gateway, world

_ANSWER = "It sorts in place; sorted() makes a copy."
_PATIENCE = 60.0  # seconds


class Tmux:
    """One window of a server of its own, which reads no configuration."""

    def __init__(self, folder: str, env: Mapping[str, str]) -> None:
        self._command = ["tmux", "-f", os.devnull, "-S", os.path.join(folder, "tmux")]
        self._env = {**env, "TERM": "xterm-256color"}

    def __call__(self, *argv: str) -> str:
        done = subprocess.run(
            [*self._command, *argv], env=self._env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ScriptError(f"tmux {argv[0]}: {done.stderr.strip()}")
        return done.stdout

    def screen(self) -> str:
        return self("capture-pane", "-p")

    def until(self, seen: Callable[[str], bool], what: str) -> str:
        deadline = time.monotonic() + _PATIENCE
        while not seen(shown := self.screen()):
            if time.monotonic() > deadline:
                raise ScriptError(f"not seen within {_PATIENCE:.0f} s: {what}. The screen:\n{shown}")
            time.sleep(0.05)
        return shown

    def says(self, *words: str) -> str:
        return self.until(lambda shown: all(word in shown for word in words), " and ".join(words))

    def say(self, text: str) -> None:
        self("send-keys", "-l", text)
        self.says(text)
        self("send-keys", "Enter")


@contextmanager
def session(folder: str, env: Mapping[str, str], work: str) -> Iterator[Tmux]:
    tmux = Tmux(folder, env)
    tmux("new-session", "-d", "-x", "80", "-y", "30", "-c", work, "claude-fallback")
    try:
        yield tmux
    finally:
        ours = os.pidfd_open(int(tmux("display-message", "-p", "#{pane_pid}")))
        tmux("kill-server")
        select.select([ours], [], [], _PATIENCE)  # claude still writes into the home that is removed next
        os.close(ours)


def main() -> int:
    if not shutil.which("tmux"):
        raise ScriptError("there is no tmux here; install it, e.g. apt-get install tmux")
    folder = cache.folder(os.environ)
    claude = cache.claude_argv(folder, releases()[-1])
    assert claude, "the set-up installed it"
    programs = os.path.dirname(sys.executable)
    with (
        StandIn([_ANSWER, limit("five_hour", time.time() + 3600)]) as api,
        world(claude, api.url, os.environ["PATH"], programs) as there,
        gateway(there, folder, Progress()),
    ):
        settle(there)
        with session(there.folder, there.env, there.work) as tmux:
            before, after = _switched(tmux)
    print(f"{_shown(before)}\n\n{'=' * 80}\n\n{_shown(after)}")
    return 0


def _switched(tmux: Tmux) -> tuple[str, str]:
    tmux.until(lambda shown: "❯" in shown, "the prompt")
    tmux.say("does list.sort() make a copy?")
    tmux.says(_ANSWER)
    tmux.say("and sorted()?")
    before = tmux.says("hit your 5-hour limit")
    tmux("send-keys", "-l", "a draft")
    return before, tmux.until(_is_answered, "the gateway's answer, and the draft")


def _is_answered(screen: str) -> bool:
    answered = re.search(r"answered by the embedded model.*✻ \w+ for", screen, re.DOTALL)
    return bool(answered) and "a draft" in screen


def _shown(screen: str) -> str:
    """Without the empty lines above and below."""
    return "\n".join(line.rstrip() for line in screen.splitlines()).strip("\n")


if __name__ == "__main__":
    boundary.run(main)
