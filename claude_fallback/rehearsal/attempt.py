"""One mode of the drill: a claude in a room of its own, refused by one stand-in, answered by another."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
        os.makedirs(place, mode=0o700, exist_ok=True)
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), fence)
    direct = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
    kept = {name: environ[name] for name in _KEPT if name in environ}
    return {**kept, **_QUIET, **proxies, **direct, **inside, "CLAUDE_FALLBACK_CLAUDE": claude}


@dataclass
class Attempt:
    """A running mode; `poll` notes when it ends."""

    mode: str
    folder: str
    room: Mapping[str, str]
    native: StandIn
    gateway: StandIn
    process: subprocess.Popen[bytes]
    reset: datetime
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    over: bool = False

    def poll(self) -> bool:
        """Whether it has ended."""
        if not self.over:
            self.over = self.process.poll() is not None
            self.seconds = time.monotonic() - self.began
        return self.over

    def outcome(self) -> Outcome:
        """What came of it so far."""
        seen = Seen(
            exit_code=self.process.poll(),
            stdout=_text(os.path.join(self.folder, "stdout")),
            stderr=_text(os.path.join(self.folder, "stderr")),
            log=_text(paths.log_file(self.room)),
            state=store.read(paths.state_file(self.room), lambda _: None),
            asked_native=bool(self.native.record.main()),
            asked_gateway=bool(self.gateway.record.main()),
            mixed_up=bool(
                self.gateway.record.secrets_seen([LOGIN]) or self.native.record.secrets_seen([KEY])
            ),
        )
        return assess(self.mode, seen, ANSWER, self.reset, self.seconds)


@contextlib.contextmanager
def attempt(mode: str, folder: str, inside: Mapping[str, str], reset: datetime) -> Iterator[Attempt]:
    """Start the mode in the room `inside` of `folder`; whatever it started has ended afterwards."""
    refusal = limit("five_hour", reset.timestamp())
    with StandIn(refusal) as native, StandIn(ANSWER, models=(MODEL,)) as gateway:
        with open(paths.config_file(inside), "w", encoding="utf-8") as file:
            json.dump({"litellm_endpoint": gateway.url, "preferred_model": MODEL}, file)
        env = {
            **inside,
            "ANTHROPIC_BASE_URL": native.url,
            "CLAUDE_CODE_OAUTH_TOKEN": LOGIN,
            "LITELLM_API_KEY": KEY,
        }
        process = _started([*MODES[mode], "-p", PROMPT], env, folder)
        try:
            yield Attempt(mode, folder, env, native, gateway, process, reset)
        finally:
            _end(process)


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


def _end(process: subprocess.Popen[bytes]) -> None:
    """TERM and KILL to its whole session, unless it has ended by itself."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
