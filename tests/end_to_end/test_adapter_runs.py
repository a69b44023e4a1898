"""Runs on adapters beyond LiteLLM: the right address, the right header, and no other secret."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from claude_fallback.rehearsal.answers import Text, ToolUse, turn
from claude_fallback.rehearsal.record import Received
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.conftest import LOGIN, Machine, in_an_hour

pytestmark = pytest.mark.claude

OWN_KEY = "sk-ant-api03-made-up-0123456789"
STORED = "sk-ant-oat01-stored-made-up"


@pytest.fixture
def on(
    machine: Callable[..., Machine], anthropic: Callable[..., StandIn]
) -> Callable[..., tuple[Machine, StandIn]]:
    """`on("anthropic", version)`: a limited claude, and a chain to that adapter, at a stand-in."""

    def build(adapter: str, version: str, answers: object = "hello", **own: Any) -> tuple[Machine, StandIn]:
        built = machine([limit("five_hour", in_an_hour())], version)
        gateway = anthropic(answers)
        section = {"endpoint": gateway.url, **own}
        settings = {"fallback_chain": adapter, "adapters": {adapter: section}}
        (built.config_dir / "litellm_config.json").write_text(json.dumps(settings))
        login = {"accessToken": STORED, "refreshToken": STORED, "expiresAt": 4102444800000,
                 "scopes": ["user:inference"], "subscriptionType": "max"}  # fmt: skip
        (built.config_dir / ".credentials.json").write_text(json.dumps({"claudeAiOauth": login}))
        return built, gateway

    return build


On = Callable[..., tuple[Machine, StandIn]]


def keys_shown(posts: list[Received]) -> set[tuple[str | None, str | None]]:
    return {(one.headers.get("x-api-key"), one.headers.get("authorization")) for one in posts}


@pytest.mark.parametrize("version", ["1.0.60", "1.0.100", "2.0.42", "2.1.112", "2.1.330"])
def test_anthropics_own_key(on: On, version: str) -> None:
    """The user's API key as x-api-key, claude's own names of models, and nothing of the login."""
    machine, gateway = on("anthropic", version, api_key_env="MY_ANTHROPIC_KEY")
    machine.env["MY_ANTHROPIC_KEY"] = OWN_KEY
    done = machine.run("-p", "hi")
    assert done.stdout == b"hello\n", done
    assert b"through Anthropic's API" in done.stderr and b"billed to your Anthropic API key" in done.stderr
    assert keys_shown(gateway.record.messages_posts()) == {(OWN_KEY, None)}
    assert gateway.record.secrets_seen([LOGIN, STORED]) == set()
    assert all(one.model.startswith("claude-") for one in gateway.record.main())


def test_never_silently(on: On) -> None:
    """An API key that merely lies in the environment is no reason to use it."""
    machine, gateway = on("anthropic", "2.1.330", api_key_env="MY_ANTHROPIC_KEY")
    machine.env["MY_ANTHROPIC_KEY"] = OWN_KEY
    (machine.config_dir / "litellm_config.json").write_text("{}")
    done = machine.run("-p", "hi")
    assert done.returncode == 1
    assert b"staying with claude" in done.stderr
    assert len(gateway.record) == 0


def test_a_server_without_a_key(on: On) -> None:
    """Ollama gets a token that is no secret, and the model by its name."""
    machine, gateway = on("ollama", "2.1.330", preferred_model="claude-haiku-4-5-20251001")
    done = machine.run("-p", "hi")
    assert done.stdout == b"hello\n", done
    assert keys_shown(gateway.record.messages_posts()) == {(None, "Bearer none")}
    assert gateway.record.secrets_seen([LOGIN, STORED]) == set()


def test_a_call_inside_the_run(on: On) -> None:
    """claude's Bash tool calls claude: the same adapter, with the same header."""
    call = turn(Text("ok"), ToolUse("Bash", {"command": "claude-inner", "description": "ask"}))
    machine, gateway = on("anthropic", "2.1.330", [call, "inner", "outer"], api_key_env="MY_ANTHROPIC_KEY")
    machine.env["MY_ANTHROPIC_KEY"] = OWN_KEY
    inner = machine.work.parent / "bin" / "claude-inner"
    inner.write_text(f"#!/bin/sh\nexec {sys.executable} -m claude_fallback -p 'inside' < /dev/null\n")
    inner.chmod(0o755)
    done = machine.run("-p", "hi", "--allowedTools", "Bash")
    assert done.stdout == b"outer\n", done
    assert any("inside" in one.last_prompt() for one in gateway.record.main())
    assert keys_shown(gateway.record.messages_posts()) == {(OWN_KEY, None)}


@pytest.mark.parametrize("version", ["2.0.42", "2.1.330"])
def test_bedrock(on: On, version: str) -> None:
    """claude signs with AWS's credentials and asks Bedrock's paths; no other secret goes there."""
    machine, gateway = on("bedrock", version)
    machine.env |= {
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIAMADEUP0123456789",
        "AWS_SECRET_ACCESS_KEY": "made-up-secret",
        "ANTHROPIC_BEDROCK_BASE_URL": gateway.url,
    }
    machine.run("-p", "hi", "--model", "sonnet")
    asked = [one for one in gateway.record if one.path.startswith("/model/")]
    assert asked and all("AWS4-HMAC-SHA256" in one.headers["authorization"] for one in asked)
    assert gateway.record.secrets_seen([LOGIN, STORED, "made-up-secret"]) == set()
