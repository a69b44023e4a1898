"""The private LiteLLM, for real: started once, found again, never somebody else's, gone when stopped."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from claude_fallback import paths
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import process, record, service, target
from claude_fallback.gateway.probe import Endpoint, probe
from claude_fallback.gateway.progress import Progress
from claude_fallback.memory.settings import Settings
from claude_fallback.rehearsal.embedded import embedded_config

CODE = """
import os, sys
from claude_fallback.gateway import service
from claude_fallback.gateway.progress import Progress
from claude_fallback.memory.settings import Settings
running = service.start(os.environ, Settings(gateway_config=sys.argv[1]), Progress(), port=0)
print(running.pid)
"""


@pytest.fixture
def room(environ: dict[str, str], litellm_installed: str) -> Iterator[dict[str, str]]:
    """LiteLLM installed, not running; whatever is started is stopped."""
    os.makedirs(paths.data_dir(environ))
    os.symlink(litellm_installed, paths.litellm_env(environ))
    yield environ
    service.stop(environ)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(gateway_config=embedded_config(str(tmp_path / "embedded")))


def environment_of(pid: int) -> dict[str, str]:
    with open(f"/proc/{pid}/environ") as file:
        return dict(pair.split("=", 1) for pair in file.read().split("\0") if pair)


def started(room: dict[str, str], settings: Settings) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CODE, settings.gateway_config or ""],
        env=room,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_life(room: dict[str, str], settings: Settings) -> None:
    """Start, find, use, stop: loopback only, key in no argv, files the user's alone, nothing left running."""
    secrets = {
        "ANTHROPIC_API_KEY": "sk-ant-x",
        "CLAUDE_CODE_OAUTH_TOKEN": "t",
        "DATABASE_URL": "postgres://x",
    }
    running = service.start({**room, **secrets}, settings, port=0)
    assert service.running(room) == running
    assert service.start(room, settings) == running
    assert target.resolve(settings, room).check("opus").ready
    assert not probe(Endpoint(running.base_url, "sk-wrong"), "qwen2.5-coder").key_accepted
    with open(f"/proc/{running.pid}/cmdline") as file:
        argv = file.read()
    assert "127.0.0.1" in argv and running.key not in argv
    seen = environment_of(running.pid)
    assert not set(secrets) & set(seen)
    assert seen["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
    folder = paths.gateway_dir(room)
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    for name in ("service.json", "litellm.log"):
        assert stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) == 0o600
    assert service.stop(room)
    assert not record.is_alive(running.pid, running.born)
    assert service.running(room) is None
    assert not service.stop(room)


def test_several_at_once(room: dict[str, str], settings: Settings) -> None:
    """Of three starts at the same moment one starts LiteLLM and the others use it."""
    starts = [started(room, settings) for _ in range(3)]
    outcomes = [start.communicate() for start in starts]
    assert [start.returncode for start in starts] == [0, 0, 0], outcomes
    assert len({out for out, _ in outcomes}) == 1
    assert "another claude-fallback is starting LiteLLM" in "".join(err for _, err in outcomes)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_start(room: dict[str, str], settings: Settings, sign: int) -> None:
    """Ctrl-C takes the half-started LiteLLM along; after a kill the next start adopts it."""
    starter = started(room, settings)
    assert starter.stderr
    assert "starting LiteLLM" in starter.stderr.readline()
    while record.read(room) is None and starter.poll() is None:
        pass
    starting = record.read(room)
    assert starting is not None and not starting.ready
    starter.send_signal(sign)
    starter.communicate()
    if sign == signal.SIGINT:
        assert not record.is_alive(starting.pid, starting.born)
        assert record.read(room) is None
    else:
        assert service.start(room, settings) == replace(starting, ready=True)


def test_idle_stop(
    room: dict[str, str], settings: Settings, wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    """In real time: nobody asks, it ends by itself and says so; `status` knows, a run starts another one."""
    running = service.start(room, replace(settings, idle_stop_hours=0.002), port=0)
    wait_for(lambda: not record.is_alive(running.pid, running.born))
    assert "nobody used this LiteLLM for 0.002 h; it ends" in Path(process.log_file(room)).read_text()
    ours = [sys.executable, "-m", "claude_fallback", "for", "litellm"]
    subprocess.run([*ours, "config", "set", "gateway-config", running.config], env=room, check=True)
    command = [*ours, "status"]
    status = subprocess.run(command, env=room, capture_output=True, text=True, check=True).stdout
    assert "the private LiteLLM is asleep; it starts on need" in status
    again = target.ready(settings, room)
    assert again.key != running.key and again.check(None).ready


def test_stale_record(room: dict[str, str], settings: Settings) -> None:
    """A record of a process that is gone, or whose pid is now another's, is replaced; the other lives on."""
    os.makedirs(paths.gateway_dir(room))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        record.write(room, record.Running("http://127.0.0.1:1", "old", stranger.pid, "boot/1", "c"))
        assert not service.stop(room)
        record.write(room, record.Running("http://127.0.0.1:1", "old", stranger.pid, "boot/1", "c"))
        running = service.start(room, settings, port=0)
        assert running.pid != stranger.pid
        assert stranger.poll() is None
        stranger.communicate(b"\n")


def test_taken_port_and_ready(room: dict[str, str], settings: Settings) -> None:
    """A taken port costs nothing but the number; `ready` starts what is installed."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        running = service.start(room, settings, port=taken.getsockname()[1])
        assert running.base_url != f"http://127.0.0.1:{taken.getsockname()[1]}"
    assert target.ready(settings, room).check(None).ready
    os.kill(running.pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(running.pid, 0)
    with pytest.raises(FallbackError, match="not running"):
        target.resolve(settings, room)
    again = target.ready(settings, room)
    assert again.key != running.key
    assert again.check("claude-opus-4-8").ready


class Thief(Progress):
    """Takes the port as soon as LiteLLM is being started, and answers everything with 200."""

    def __init__(self, port: int) -> None:
        super().__init__(io.StringIO())
        self.port = port
        self.server: HTTPServer | None = None

    def step(self, what: str, done: int = 0, total: int = 0) -> None:
        if what == "starting LiteLLM" and self.server is None:
            self.server = HTTPServer(("127.0.0.1", self.port), YesMan)
            threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


class YesMan(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_stolen_port(room: dict[str, str], settings: Settings) -> None:
    """Another program that takes the port while LiteLLM comes up is not taken for LiteLLM."""
    with socket.create_server(("127.0.0.1", 0)) as trial:
        thief = Thief(trial.getsockname()[1])
    running = service.start(room, settings, thief, port=thief.port)
    assert thief.server
    thief.server.shutdown()
    thief.server.server_close()
    assert running.base_url != f"http://127.0.0.1:{thief.port}"
    assert target.resolve(settings, room).check(None).ready


def test_broken_configuration(room: dict[str, str], tmp_path: Path) -> None:
    """A LiteLLM that cannot start: its own last words, and what to do; nothing stays recorded."""
    config = tmp_path / "broken.yaml"
    config.write_text("model_list: []\nlitellm_settings:\n  callbacks: no_such_module.thing\n")
    with pytest.raises(FallbackError) as caught:
        service.start(room, Settings(gateway_config=str(config)), port=0)
    said = str(caught.value)
    assert "no_such_module" in said and "claude-fallback for litellm" in said
    assert len(said.splitlines()) < 8
    assert record.read(room) is None


def test_callbacks_beside_the_users_configuration(room: dict[str, str], tmp_path: Path) -> None:
    """The user's configuration is used where it is: its modules are found, and the variables it names."""
    (tmp_path / "my_hook.py").write_text(
        "import os, pathlib\nfrom litellm.integrations.custom_logger import CustomLogger\n"
        "pathlib.Path(__file__).with_name('seen').write_text(os.environ.get('ANTHROPIC_API_KEY', ''))\n"
        "hook = CustomLogger()\n"
    )
    config = tmp_path / "mine.yaml"
    config.write_text(
        "model_list:\n- model_name: m\n  litellm_params:\n"
        "    model: anthropic/x\n    api_key: os.environ/ANTHROPIC_API_KEY\n"
        "litellm_settings:\n  callbacks: my_hook.hook\n"
    )
    room["ANTHROPIC_API_KEY"] = "sk-mine"
    running = service.start(room, Settings(gateway_config=str(config)), port=0)
    assert (tmp_path / "seen").read_text() == "sk-mine"
    assert running.config == str(config)


def test_generated_configuration(room: dict[str, str]) -> None:
    """With a provider's key and nothing else LiteLLM serves all our names; the key is in no file of ours."""
    room |= {
        "OPENAI_API_KEY": "sk-made-up-secret",
        "OLLAMA_HOST": "127.0.0.1:9",
        "AWS_SECRET_ACCESS_KEY": "no",
    }
    running = service.start(room, Settings(), port=0)
    there = target.resolve(Settings(), room)
    for name in (None, "opus", "claude-haiku-4-5"):
        assert there.check(name).ready
        assert there.model_for(name) == "gpt-5.4-mini"  # what answers, not what was wished for
    assert probe(Endpoint(there.base_url, there.key), "qwen2.5-coder").ready
    seen = environment_of(running.pid)
    assert seen["OPENAI_API_KEY"] == "sk-made-up-secret" and "AWS_SECRET_ACCESS_KEY" not in seen
    assert seen["HOME"] == os.path.join(paths.gateway_dir(room), "home")
    for folder, _, names in os.walk(paths.gateway_dir(room)):
        for name in names:
            assert b"made-up-secret" not in Path(folder, name).read_bytes(), name


def test_no_model_in_a_run(room: dict[str, str]) -> None:
    """When a run needs the gateway and it has no model, one line names the command that explains."""
    room["OLLAMA_HOST"] = "127.0.0.1:9"
    with pytest.raises(FallbackError) as caught:
        target.ready(Settings(), room)
    assert "claude-fallback for litellm start" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_no_place(environ: dict[str, str]) -> None:
    """A data folder that cannot be used is named, with the way out; in a run as in `start`."""
    with pytest.raises(FallbackError, match=r"Not a directory.*CLAUDE_FALLBACK_DATA"):
        service.start({**environ, "CLAUDE_FALLBACK_DATA": "/dev/null/x"}, Settings())


def test_log_is_rotated(tmp_path: Path) -> None:
    """The log of the start before is kept, older ones are not."""
    log = tmp_path / "litellm.log"
    process.rotate(str(log))
    for text in ("one", "two"):
        log.write_text(text)
        process.rotate(str(log))
    assert sorted(os.listdir(tmp_path)) == ["litellm.log.1"]
    assert (tmp_path / "litellm.log.1").read_text() == "two"


def test_end_of_a_stubborn_process() -> None:
    """TERM first, KILL when that is ignored."""
    code = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as stubborn:
        assert stubborn.stdout and stubborn.stdout.readline() == b"1\n"
        process.end(stubborn.pid, record.birth(stubborn.pid), patience=0.2)
        assert stubborn.wait() in (0, -signal.SIGKILL)  # 0: already reaped by `end`


def test_end_of_a_stranger() -> None:
    """A process of another birth is not signalled at all: it ends as it wants to."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        process.end(stranger.pid, "another boot/1")
        stranger.communicate(b"\n")
        assert stranger.returncode == 0
