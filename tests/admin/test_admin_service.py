"""`start`, `stop`, `restart`, `logs`: stdout carries only the result, stderr what a person waits for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from claude_fallback import paths
from claude_fallback.gateway import process, record, service
from claude_fallback.rehearsal.embedded import embedded_config

CODE = """
import os, sys
from claude_fallback.admin import main
sys.exit(main(["litellm", *sys.argv[1:]], os.environ))
"""


def ours(room: dict[str, str], *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CODE, *argv],
        env=room,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def room(environ: dict[str, str], litellm_installed: str) -> Iterator[dict[str, str]]:
    """LiteLLM installed and not running; no Ollama of the machine."""
    os.makedirs(paths.data_dir(environ))
    os.symlink(litellm_installed, paths.litellm_env(environ))
    environ["OLLAMA_HOST"] = "127.0.0.1:9"
    yield environ
    service.stop(environ)


def test_start_restart_stop(room: dict[str, str], tmp_path: Path) -> None:
    """One address on stdout; a restart changes the key; --json has no key in it; stop says what was."""
    config = embedded_config(str(tmp_path / "embedded"))
    assert ours(room, "config", "set", "gateway-config", config).returncode == 0
    first = ours(room, "start")
    assert (first.returncode, first.stdout.count("\n")) == (0, 1)
    assert first.stdout.startswith("http://127.0.0.1:")
    assert "starting LiteLLM" in first.stderr
    running = service.running(room)
    assert running and first.stdout.strip() == running.base_url
    again = ours(room, "restart", "--json")
    shown = json.loads(again.stdout)
    renewed = service.running(room)
    assert renewed and renewed.key != running.key and shown["pid"] == renewed.pid
    assert renewed.key not in again.stdout + again.stderr
    with open(shown["key_file"]) as file:
        assert json.load(file)["key"] == renewed.key
    assert "Uvicorn running" in ours(room, "logs", "--of", "gateway").stdout
    assert ours(room, "stop").stdout == "stopped\n"
    assert json.loads(ours(room, "stop", "--json").stdout) == {"stopped": False}


def test_dry_run(room: dict[str, str], tmp_path: Path) -> None:
    """The configuration it would start with, and nothing is started."""
    made = ours({**room, "GEMINI_API_KEY": "secret-key"}, "start", "--dry-run")
    assert json.loads(made.stdout)["model_list"] and "secret-key" not in made.stdout
    own = tmp_path / "my.yaml"
    own.write_text("model_list: []\n")
    assert ours(room, "start", "--dry-run", "--config", str(own)).stdout == "model_list: []\n"
    assert record.read(room) is None


def test_nothing_to_serve(room: dict[str, str]) -> None:
    """No model anywhere: exit 1, nothing on stdout, the three ways on stderr; a restart stops nothing."""
    for verb in ("start", "restart"):
        said = ours(room, verb)
        assert (said.returncode, said.stdout) == (1, "")
        assert "ollama pull" in said.stderr


def test_usage(room: dict[str, str]) -> None:
    """Bad words end with 2."""
    assert ours(room, "start", "--port", "0").returncode == 2
    assert ours(room, "logs", "--of", "nothing").returncode == 2


def test_another_gateway_is_configured(room: dict[str, str], private_record: None) -> None:
    """Starting a LiteLLM that no run will use is said so."""
    said = ours({**room, "LITELLM_API_KEY": "sk-x"}, "start")
    assert "runs will not use it, because LITELLM_API_KEY names another gateway" in said.stderr


@pytest.fixture
def private_record(room: dict[str, str]) -> Iterator[None]:
    """This very process plays the running LiteLLM."""
    os.makedirs(paths.gateway_dir(room))
    me = os.getpid()
    record.write(room, record.Running("http://127.0.0.1:1", "sk-cf-x", me, record.birth(me), "c"))
    yield
    record.forget(room)  # or `room` would stop us


def test_logs(room: dict[str, str]) -> None:
    """The newest lines of both logs under their names; one that is not there is said so on stderr."""
    with open(paths.log_file(room), "w") as file:
        file.write("".join(f'{{"n": {number}}}\n' for number in range(50)))
    said = ours(room, "logs", "-n", "2")
    assert said.stdout.splitlines() == [f"==> {paths.log_file(room)} <==", '{"n": 48}', '{"n": 49}']
    assert "nothing there yet" in said.stderr
    assert said.returncode == 0


def test_logs_are_safe_to_print(room: dict[str, str]) -> None:
    """LiteLLM writes its upstream's words down as they are; its own colours go too."""
    os.makedirs(paths.gateway_dir(room))
    with open(process.log_file(room), "wb") as file:
        file.write(b"\x1b[92mINFO\x1b[0m error \x1b]0;title\x07\x1b[2J\n")
    assert ours(room, "logs", "--of", "gateway").stdout == "INFO error ]0;title[2J\n"


def test_follow(room: dict[str, str]) -> None:
    """-f goes on with what is added, also after the log was rotated, until Ctrl-C (130)."""
    log = Path(paths.log_file(room))
    log.write_text("one\n")
    follower = subprocess.Popen(
        [sys.executable, "-c", CODE, "logs", "-f", "--of", "runs"],
        env=room, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert follower.stdout
    assert follower.stdout.readline() == "one\n"
    with log.open("a") as file:
        file.write("two\n")
    assert follower.stdout.readline() == "two\n"
    log.unlink()
    log.write_text("3\n")
    assert follower.stdout.readline() == "3\n"
    follower.send_signal(signal.SIGINT)
    assert follower.communicate()[0] == ""
    assert follower.returncode == 130
