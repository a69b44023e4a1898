"""`test`: one prompt through real releases, to a real LiteLLM and to gateways that fail."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_fallback.admin import trial
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import service
from claude_fallback.gateway.progress import QUIET
from claude_fallback.gateway.target import Target
from claude_fallback.memory.settings import Settings
from claude_fallback.rehearsal import refusals
from claude_fallback.rehearsal.answers import held
from claude_fallback.rehearsal.server import StandIn
from tests.admin.conftest import Command

RELEASES = ("1.0.60", "2.0.42", "2.1.112", "2.1.330")
KEY = "sk-gateway-made-up-0123456789"
LOGIN = "sk-ant-oat01-users-own"

Build = Callable[..., dict[str, str]]


@pytest.fixture
def claude(claude_release: Callable[[str], list[str]], clean_room: Build) -> Callable[[str], dict[str, str]]:
    """The variables that make a release the user's claude, with a login of its own."""

    def variables(release: str) -> dict[str, str]:
        room = clean_room({}, "http://127.0.0.1:9", CLAUDE_CODE_OAUTH_TOKEN=LOGIN)
        return {**room, "CLAUDE_FALLBACK_CLAUDE": claude_release(release)[-1]}

    return variables


@pytest.fixture
def own_gateway(
    home: str, anthropic: Callable[..., StandIn]
) -> Callable[..., tuple[StandIn, dict[str, str]]]:
    """A stand-in as the user's own gateway, and the variable with its key."""

    def start(script: object, model: str = "qwen2.5-coder") -> tuple[StandIn, dict[str, str]]:
        gateway = anthropic(script, models=(model,))
        configure(home, gateway.url)
        return gateway, {"LITELLM_API_KEY": KEY}

    return start


def configure(home: str, url: str) -> None:
    folder = Path(home, ".claude")
    folder.mkdir(exist_ok=True)
    (folder / "litellm_config.json").write_text(json.dumps({"litellm_endpoint": url}))


@pytest.mark.claude
@pytest.mark.parametrize("release", RELEASES)
def test_through_a_real_litellm(
    command: Command,
    private_litellm: service.Running,
    claude: Callable[[str], dict[str, str]],
    release: str,
    home: str,
) -> None:
    """The answer on stdout, each step on stderr, and no run counted."""
    done = command("test", "say", "hello", **claude(release))
    assert "answered by the embedded model" in done.stdout, done.stderr
    assert done.returncode == 0
    for step in (
        f"claude: {release}, ",
        f"gateway: {private_litellm.base_url} is alive",
        "key: accepted",
        "model: qwen2.5-coder is served",
        "answered by qwen2.5-coder in ",
    ):
        assert f"claude-fallback: {step}" in done.stderr
    assert private_litellm.key not in done.stdout + done.stderr
    assert not Path(home, ".claude", "litellm_state.json").exists()


@pytest.mark.claude
@pytest.mark.parametrize("release", RELEASES)
def test_what_the_gateway_gets(
    command: Command,
    own_gateway: Callable[..., tuple[StandIn, dict[str, str]]],
    claude: Callable[[str], dict[str, str]],
    release: str,
) -> None:
    """The prompt with the gateway's key and never the login; --json tells the answer and what it took."""
    gateway, key = own_gateway("hello there")
    done = command("test", "--json", "--", "-x is no option of claude's here", **claude(release), **key)
    found = json.loads(done.stdout)
    assert (done.returncode, found["ok"], found["answer"]) == (0, True, "hello there"), done.stderr
    assert (found["model"], found["gateway"], found["private"]) == ("qwen2.5-coder", gateway.url, False)
    assert found["release"] == release
    assert found["tokens_in"] > 0 and found["tokens_out"] > 0 and found["seconds"] > 0
    sent = gateway.record.main()
    assert "-x is no option of claude's here" in sent[0].everything()
    assert sent[0].headers["authorization"] == f"Bearer {KEY}"
    assert gateway.record.secrets_seen([LOGIN]) == set()


@pytest.mark.claude
def test_with_tools(
    command: Command,
    own_gateway: Callable[..., tuple[StandIn, dict[str, str]]],
    claude: Callable[[str], dict[str, str]],
) -> None:
    """Tools are offered only with --with-tools."""
    gateway, key = own_gateway("hello")
    command("test", **claude("2.1.330"), **key)
    command("test", "--with-tools", **claude("2.1.330"), **key)
    assert [bool(one.body.get("tools")) for one in gateway.record.main()] == [False, True]


@pytest.mark.claude
@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (refusals.server_error(), "see your gateway's log"),
        (refusals.unauthorized(), "export LITELLM_API_KEY=KEY"),
        (refusals.prompt_too_long(), "a model with a larger context: claude-fallback for litellm config set"),
        ("", "the model answered without a word"),
    ],
    ids=["server", "key", "context", "empty"],
)
def test_the_gateway_fails(
    command: Command,
    own_gateway: Callable[..., tuple[StandIn, dict[str, str]]],
    claude: Callable[[str], dict[str, str]],
    refusal: object,
    said: str,
) -> None:
    """What the gateway answered instead, the next command, exit 1, nothing on stdout; not counted either."""
    _, key = own_gateway(refusal)
    done = command("test", **claude("2.1.330"), **key)
    assert said in done.stderr.splitlines()[-1]
    assert (done.returncode, done.stdout) == (1, "")


def test_no_gateway(command: Command, home: str, tmp_path: Path) -> None:
    """Nothing listens: that step is named, claude is not started, and --json says the same."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: refused, and nobody else can take it
        configure(home, f"http://127.0.0.1:{taken.getsockname()[1]}")
        known = {"LITELLM_API_KEY": KEY, "CLAUDE_FALLBACK_CLAUDE": fake(tmp_path)}
        done = command("test", **known)
        assert "gateway: not alive" in done.stderr
        assert "next: claude-fallback for litellm config set endpoint URL" in done.stderr
        assert (done.returncode, done.stdout) == (1, "")
        found = json.loads(command("test", "--json", **known).stdout)
    assert (found["ok"], found["answer"]) == (False, None)
    assert "next: " in found["error"]
    assert not (tmp_path / "started").exists()


def test_model_not_served(
    command: Command, own_gateway: Callable[..., tuple[StandIn, dict[str, str]]], tmp_path: Path
) -> None:
    """The steps before it are told as good, and this one with its remedy."""
    _, key = own_gateway("hello", model="another")
    done = command("test", **key, CLAUDE_FALLBACK_CLAUDE=fake(tmp_path))
    assert "key: accepted" in done.stderr
    assert "model: qwen2.5-coder is not served" in done.stderr
    assert "next: claude-fallback for litellm config set model NAME" in done.stderr
    assert done.returncode == 1


def test_not_installed(command: Command, tmp_path: Path) -> None:
    """Neither a gateway nor a private LiteLLM: the command that installs it, which is not run."""
    done = command("test", CLAUDE_FALLBACK_CLAUDE=fake(tmp_path))
    assert "claude-fallback for litellm start" in done.stderr
    assert (done.returncode, done.stdout) == (1, "")


def test_claude_fails(
    command: Command, own_gateway: Callable[..., tuple[StandIn, dict[str, str]]], tmp_path: Path
) -> None:
    """A claude that ends without an answer: its last words, and how to see whether it runs by itself."""
    _, key = own_gateway("hello")
    done = command("test", **key, CLAUDE_FALLBACK_CLAUDE=fake(tmp_path, "echo no node here >&2; exit 127"))
    assert "claude ended with 127 and said: no node here; does it run by itself? claude -p" in done.stderr
    assert done.returncode == 1


@pytest.mark.claude
def test_an_answer_that_never_comes(
    environ: dict[str, str],
    claude: Callable[[str], dict[str, str]],
    anthropic: Callable[..., StandIn],
) -> None:
    """After the time a test has, claude is ended and the settings file of its run is gone."""
    gateway = anthropic(held("hello", lambda: False))
    room = {**environ, **claude("2.1.330")}
    settings = Settings(endpoint=gateway.url)
    target = Target(gateway.url, KEY, "LITELLM_API_KEY", settings)
    one = trial.Trial(trial.Claude(room["CLAUDE_FALLBACK_CLAUDE"], (2, 1, 330)), target, settings, room)
    with pytest.raises(FallbackError, match="no answer within 3 s"):
        trial.ask(one, "hello", QUIET, longest=3.0)
    assert list(Path(room["HOME"]).rglob("runs/*")) == []


@pytest.mark.parametrize(
    ("release", "flags"),
    [
        (None, []),
        ((1, 0, 60), []),
        ((2, 0, 42), ["--tools", ""]),
        ((2, 1, 330), ["--no-session-persistence", "--tools", ""]),
    ],
)
def test_flags(release: tuple[int, ...] | None, flags: list[str]) -> None:
    """Only flags that the release knows, for an unknown one ends claude."""
    assert trial.arguments(release, tools=False) == ["-p", "--output-format", "json", *flags]


def fake(folder: Path, body: str = "") -> str:
    path = folder / "fake-claude"
    version = '[ "$1" = --version ] && { echo "2.1.999 (Claude Code)"; exit; }'
    path.write_text(f"#!/bin/sh\n{version}\ntouch '{folder}/started'\n{body}\n")
    path.chmod(0o755)
    return str(path)
