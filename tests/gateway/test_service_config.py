"""The configuration of the private LiteLLM, from what this machine has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from claude_fallback.errors import FallbackError
from claude_fallback.gateway.backend import Backend
from claude_fallback.gateway.service_config import find_backends, generate, own_config
from claude_fallback.memory.settings import Settings

NOWHERE = "127.0.0.1:9"  # discard: nothing listens there


def served(config: dict[str, object]) -> dict[str, str]:
    rows = config["model_list"]
    assert isinstance(rows, list)
    return {row["model_name"]: row["litellm_params"]["model"] for row in rows}


def test_every_mapped_name_is_served() -> None:
    """Whatever `choose` can answer without an override exists at the gateway, and claude's own names do."""
    settings = replace(Settings(), model_mappings={"opus": "big", "*": "small"}, preferred_model="mid")
    config = generate(settings, [Backend(("only",), {"model": "openai/only"})])
    assert {"only", "big", "small", "mid", "claude-*"} <= set(served(config))
    assert set(served(config).values()) == {"openai/only"}
    assert config["router_settings"] == {"num_retries": 0, "disable_cooldowns": True}
    assert config["general_settings"] == {"disable_model_info_refresh": True, "cancel_on_disconnect": True}


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        ("opus", "big"),
        ("claude-*opus*", "big"),
        ("haiku", "small"),
        ("claude-*haiku*", "small"),
        ("sonnet", "mid"),
        ("claude-*", "mid"),
        ("claude-haiku-9", "big"),
        ("claude-x-*", "small"),
    ],
)
def test_claudes_own_names(asked: str, answers: str) -> None:
    """Whoever asks for a name of claude's gets what the mapping says of it: by name, family, pattern."""
    mappings = {"opus": "big", "haiku": "small", "claude-haiku-9": "big", "claude-x-*": "small"}
    settings = replace(Settings(), model_mappings=mappings, preferred_model="mid")
    backends = [Backend((name,), {"model": name}) for name in ("mid", "big", "small")]
    assert served(generate(settings, backends))[asked] == answers


def test_stand_in_is_the_preferred_model() -> None:
    """A preferred model that is here answers for names that are not; else one made for code."""
    backends = [Backend((name,), {"model": name}) for name in ("first", "qwen3-coder", "liked")]
    assert served(generate(Settings(preferred_model="liked"), backends))["claude-*"] == "liked"
    assert served(generate(Settings(), backends))["claude-*"] == "qwen3-coder"
    assert served(generate(Settings(), backends[:1]))["claude-*"] == "first"
    mute = Backend(("codellama",), {"model": "codellama"}, calls_tools=False)
    assert served(generate(Settings(), [mute, backends[0]]))["claude-*"] == "first"
    assert served(generate(Settings(), [mute]))["claude-*"] == "codellama"


def test_nothing_here(environ: dict[str, str]) -> None:
    """Nothing to serve: three ways to get a model, each a command."""
    backends = find_backends({**environ, "OLLAMA_HOST": NOWHERE}, Settings())
    with pytest.raises(FallbackError) as caught:
        generate(Settings(), backends)
    for word in ("ollama pull", "OPENROUTER_API_KEY", "config set gateway-config", "litellm start"):
        assert word in str(caught.value)


def test_own_configuration(environ: dict[str, str]) -> None:
    """The user's file is used where it is; one that is not there is said so before anything starts."""
    path = f"{environ['HOME']}/my.yaml"
    with pytest.raises(FallbackError, match="gateway-config PATH"):
        own_config(Settings(gateway_config=path), environ)
    with open(path, "w") as file:
        file.write("model_list: []\n")
    assert own_config(Settings(gateway_config="~/my.yaml"), environ) == path
    assert own_config(Settings(), environ) is None
