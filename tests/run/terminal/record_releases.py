"""Records what real releases draw in a terminal: the bytes of a few sessions, step by step.

    python tests/run/terminal/record_releases.py CACHE RELEASE…

CACHE is the test cache that `scripts/test` fills. Writes tests/run/terminal/recorded/RELEASE.json.gz:
sessions, each a list of steps with a name and the bytes that came in it. Needs no network and no account.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pexpect

from claude_fallback.rehearsal.answers import Text, ToolUse, held, turn
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.script import Script
from claude_fallback.rehearsal.server import StandIn
from claude_fallback.run.terminal.screen import Screen
from scripts.cache import claude_argv
from scripts.compatibility import room

RECORDED = Path(__file__).parent / "recorded"
RESET = 3 * 3600 + 7 * 60
QUOTE = "It says: 5-hour limit reached.\n\nYou've hit your session limit · resets 3pm (UTC)\n\nThat is all."
QUEUED = "and then this"
DRAFT = ["\x1b[200~first line\nsecond " + "word " * 22 + "end\x1b[201~"]
_HOME = Path("/tmp/a-recorded-home")  # the same in all recordings: it is drawn
_ANSWERS = {b"\x1b[c": b"\x1b[?62;22c", b"\x1b[>0q": b"\x1bP>|XTerm(390)\x1b\\", b"\x1b[?u": b"\x1b[?0u"}


class Session:
    """A claude in a terminal of its own, and the steps so far."""

    def __init__(self, argv: list[str], env: dict[str, str], size: tuple[int, int], api: StandIn) -> None:
        rows, columns = size
        self._api = api
        self.steps: list[tuple[str, str]] = []
        self._new = b""
        self._screen = Screen(rows, columns)
        self._child = pexpect.spawn(
            argv[0], argv[1:], env=env, cwd=str(_HOME / "work"), dimensions=(rows, columns), timeout=None
        )

    def step(self, name: str, keys: Iterable[str] = (), until: Callable[[Screen], object] = bool) -> None:
        """Press keys one after the other, wait until the screen is so, and then for silence."""
        for key in keys:
            self._child.send(key)
            self._read(0.05)
        end = time.monotonic() + 20
        while time.monotonic() < end and not until(self._screen):
            self._read(0.1)
        if not until(self._screen):
            print("never came:", name, *self._screen.picture().lines(), sep="\n")  # noqa: T201
        self._read(0.7)
        self.steps.append((name, self._new.decode("utf-8", "surrogateescape")))
        self._new = b""

    def _read(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            with contextlib.suppress(pexpect.TIMEOUT, pexpect.EOF):
                data = self._child.read_nonblocking(65536, timeout=left)
                self._new += data
                self._screen.output(data)
                for query, reply in _ANSWERS.items():
                    if query in data:
                        self._child.send(reply)
            while not self._screen.catch_up():
                pass

    def sent(self, text: str) -> bool:
        """claude has asked the API about it."""
        return any(text in json.dumps(request.messages[-1]) for request in self._api.record.main())

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._child.pid, signal.SIGKILL)
        with contextlib.suppress(pexpect.ExceptionPexpect):
            self._child.wait()
        self._child.close(force=True)


@contextlib.contextmanager
def session(
    argv: list[str],
    script: Script,
    *,
    rows: int = 24,
    columns: int = 80,
    trusted: bool = True,
) -> Iterator[Session]:
    """claude in an empty home against a stand-in."""
    shutil.rmtree(_HOME, ignore_errors=True)
    (_HOME / "work").mkdir(parents=True)
    room.furnish(str(_HOME), str(_HOME / "work"), trusted=trusted)
    with StandIn(script) as api:
        env = room.environment(str(_HOME), api.url, "five_hour")
        started = Session(argv, env, (rows, columns), api)
        try:
            yield started
        finally:
            started.end()
            shutil.rmtree(_HOME, ignore_errors=True)


def limited(argv: list[str], columns: int) -> list[tuple[str, str]]:
    """A prompt that hits the limit while another one is queued and a draft stands in the box."""
    gate = threading.Event()
    refusal = limit("five_hour", time.time() + RESET)
    with session(argv, [held(refusal, gate.is_set), refusal], columns=columns) as claude:
        claude.step("started", until=Screen.is_ready)
        claude.step("asked", ["say hello"], lambda screen: screen.draft() == "say hello")
        claude.step("working", "\r", Screen.is_busy)
        claude.step("more", [QUEUED], lambda screen: screen.draft() == QUEUED)
        claude.step("queued", ["\r"], lambda screen: screen.draft() == "")
        claude.step("drafted", ["a draft"], lambda screen: screen.draft() == "a draft")
        gate.set()
        claude.step("limited", until=lambda screen: claude.sent(QUEUED) and screen.limit_words())
        claude.step("escaped", "\x1b", Screen.is_at_prompt)
    return claude.steps


def typed(argv: list[str]) -> list[tuple[str, str]]:
    """A draft of two lines, the first wrapped; pastes; the permission modes."""
    with session(argv, "never asked") as claude:
        claude.step("started", until=Screen.is_ready)
        claude.step("drafted", DRAFT, lambda screen: (screen.draft() or "").endswith("end"))
        claude.step("cleared", "\x03", lambda screen: screen.draft() == "")
        claude.step("pasted", ["\x1b[200~a\nb\nc\nd\ne\x1b[201~"], Screen.draft)
        claude.step("cleared again", "\x03", lambda screen: screen.draft() == "")
        for at in range(4):
            claude.step(f"mode {at + 1}", ["\x1b[Z"])
    return claude.steps


def asked(argv: list[str]) -> list[tuple[str, str]]:
    """An answer that quotes a limit, a permission prompt, the model picker."""
    bash = ToolUse("Bash", {"command": "touch here", "description": "Make a file"})
    manual = [*argv, "--permission-mode", "default"]  # 2.1.330 runs what is harmless without asking
    with session(manual, [QUOTE, turn(Text("I will do it."), bash), "done"]) as claude:
        claude.step("started", until=Screen.is_ready)
        claude.step("asked", ["say it"], lambda screen: screen.draft() == "say it")
        claude.step("quoted", "\r", lambda screen: "That is all" in _text(screen) and not screen.is_busy())
        claude.step("asked again", ["do it"], lambda screen: screen.draft() == "do it")
        claude.step("permission", "\r", lambda screen: "Do you want" in _text(screen))
        claude.step("refused", "\x1b", Screen.is_at_prompt)
        claude.step("command", ["/model"], lambda screen: screen.draft() == "/model")
        claude.step("picker", "\r", lambda screen: not screen.is_at_prompt())
    return claude.steps


def untrusted(argv: list[str]) -> list[tuple[str, str]]:
    with session(argv, "never asked", trusted=False) as claude:
        claude.step("dialog", until=lambda screen: "trust" in _text(screen))
    return claude.steps


def lost(argv: list[str]) -> list[tuple[str, str]]:
    """A session that cannot be resumed."""
    with session([*argv, "--resume", "11111111-1111-4111-8111-111111111111"], "never asked") as claude:
        claude.step("refused", until=lambda screen: "No conversation" in _text(screen))
    return claude.steps


def _text(screen: Screen) -> str:
    return " ".join(screen.picture().lines())


def main(cache: str, *releases: str) -> None:
    RECORDED.mkdir(exist_ok=True)
    for release in releases:
        argv = claude_argv(cache, release)
        assert argv, release
        sessions = {
            "limited": limited(argv, 80),
            "narrow": limited(argv, 44),
            "typed": typed(argv),
            "asked": asked(argv),
            "untrusted": untrusted(argv),
            "lost": lost(argv),
        }
        text = json.dumps(sessions, indent=1, ensure_ascii=False)
        packed = gzip.compress(text.encode("utf-8", "surrogateescape"), mtime=0)
        (RECORDED / f"{release}.json.gz").write_bytes(packed)


if __name__ == "__main__":
    main(*sys.argv[1:])
