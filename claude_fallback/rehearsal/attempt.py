"""One mode of the drill: a claude in a room of its own, refused by one stand-in, answered by another."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from claude_fallback import paths
from claude_fallback.memory import store
from claude_fallback.rehearsal.outcome import Outcome, Seen, assess
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn

MODES: dict[str, tuple[str, ...]] = {
    "text": (),
    "json": ("--output-format", "json"),
    "stream-json": ("--output-format", "stream-json", "--verbose"),
}
PROMPT = "Say hello."
ANSWER = "Hello from the stand-in gateway."
MODEL = "stand-in"
LOGIN = "sk-ant-oat01-made-up-for-the-drill"
KEY = "sk-made-up-for-the-drill"

# What a claude needs of the user's environment to start at all: version managers keep it behind a shim.
_KEPT = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH",
    "VOLTA_HOME", "ASDF_DATA_DIR", "MISE_DATA_DIR",
)  # fmt: skip
_QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
    "TERM": "dumb",
}
_PATIENCE = 3.0  # seconds between TERM and KILL
_LOOK = 0.02


def room(folder: str, environ: Mapping[str, str], claude: str, fence: str) -> dict[str, str]:
    """The environment of a claude that has nothing of the user's: home, temporary files and data in `folder`.

    CLAUDE_CONFIG_DIR is set although HOME would do: with it claude names a keychain entry of its own (macOS).
    """
    home = os.path.join(folder, "home")
    inside = {
        "HOME": home,
        "CLAUDE_CONFIG_DIR": os.path.join(home, ".claude"),
        "CLAUDE_FALLBACK_DATA": os.path.join(folder, "data"),
        "TMPDIR": os.path.join(folder, "tmp"),
    }
    for place in (*inside.values(), os.path.join(folder, "work")):
        paths.make(place)
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), fence)
    direct = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
    kept = {name: environ[name] for name in _KEPT if name in environ}
    ours = {"CLAUDE_FALLBACK_CLAUDE": claude, "CLAUDE_FALLBACK_VERIFY": "off"}
    return {**kept, **_QUIET, **proxies, **direct, **inside, **ours}


class Attempt:
    """A running mode; `poll` notes when it ends. `ended` and `seen` are what kinds of it differ in."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it consists of
        self,
        mode: str,
        folder: str,
        room: Mapping[str, str],
        native: StandIn,
        gateway: StandIn,
        reset: datetime,
    ) -> None:
        self.mode, self.folder, self.room = mode, folder, room
        self.native, self.gateway, self.reset = native, gateway, reset
        self.seconds = 0.0
        self.over = False
        self._began = time.monotonic()

    def ended(self) -> bool:
        raise NotImplementedError

    def seen(self) -> Seen:
        raise NotImplementedError

    def poll(self) -> bool:
        """Whether it has ended."""
        if not self.over:
            self.over = self.ended()
            self.seconds = time.monotonic() - self._began
        return self.over

    def outcome(self) -> Outcome:
        """What came of it so far."""
        return assess(self.mode, self.seen(), ANSWER, self.reset, self.seconds)

    def left(self, exit_code: int | None, stdout: str, stderr: str) -> Seen:
        """All that it has left behind."""
        return Seen(
            exit_code=exit_code,
            stdout=stdout,
            stderr=stderr,
            log=_text(paths.log_file(self.room)),
            state=store.read(paths.state_file(self.room), lambda _: None),
            asked_native=bool(self.native.record.main()),
            asked_gateway=bool(self.gateway.record.main()),
            mixed_up=bool(
                self.gateway.record.secrets_seen([LOGIN]) or self.native.record.secrets_seen([KEY])
            ),
        )


class Printed(Attempt):
    """A print run, its output in files."""

    process: subprocess.Popen[bytes]

    def ended(self) -> bool:
        return self.process.poll() is not None

    def seen(self) -> Seen:
        stdout, stderr = (_text(os.path.join(self.folder, name)) for name in ("stdout", "stderr"))
        return self.left(self.process.poll(), stdout, stderr)


@contextlib.contextmanager
def attempt(mode: str, folder: str, inside: Mapping[str, str], reset: datetime) -> Iterator[Attempt]:
    """Start the mode in the room `inside` of `folder`; whatever it started has ended afterwards."""
    with stand_ins(reset) as (native, gateway):
        env = login_room(inside, native, gateway)
        running = Printed(mode, folder, env, native, gateway, reset)
        running.process = _started([*MODES[mode], "-p", PROMPT], env, folder)
        try:
            yield running
        finally:
            end_session(running.process.pid, lambda: running.process.poll() is not None)


@contextlib.contextmanager
def stand_ins(reset: datetime) -> Iterator[tuple[StandIn, StandIn]]:
    """Anthropic, which refuses until `reset`, and a gateway."""
    refusal = limit("five_hour", reset.timestamp())
    with StandIn(refusal) as native, StandIn(ANSWER, models=(MODEL,)) as gateway:
        yield native, gateway


def login_room(inside: Mapping[str, str], native: StandIn, gateway: StandIn) -> dict[str, str]:
    """The room with its settings written, a made-up login at `native`, a made-up key of `gateway`."""
    with open(paths.config_file(inside), "w", encoding="utf-8") as file:
        json.dump({"litellm_endpoint": gateway.url, "preferred_model": MODEL}, file)
    return {
        **inside,
        "ANTHROPIC_BASE_URL": native.url,
        "CLAUDE_CODE_OAUTH_TOKEN": LOGIN,
        "LITELLM_API_KEY": KEY,
    }


def _started(argv: list[str], env: Mapping[str, str], folder: str) -> subprocess.Popen[bytes]:
    """The wrapper under test, in a session of its own: Ctrl-C reaches only us, who end it, then tidy up."""
    with (
        open(os.path.join(folder, "stdout"), "wb") as out,
        open(os.path.join(folder, "stderr"), "wb") as err,
    ):
        return subprocess.Popen(
            [sys.executable, "-m", "claude_fallback", *argv],
            env=dict(env),
            cwd=os.path.join(folder, "work"),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )


def end_session(leader: int, over: Callable[[], bool]) -> None:
    """TERM and KILL to the whole session of `leader`, unless it is `over` by itself."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if over():
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader, number)
        ends_at = time.monotonic() + _PATIENCE
        while not over() and time.monotonic() < ends_at:
            time.sleep(_LOOK)


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
