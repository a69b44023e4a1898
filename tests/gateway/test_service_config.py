"""The configuration of the private LiteLLM, from what this machine has."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest

from claude_fallback.errors import FallbackError
from claude_fallback.gateway import service_config
from claude_fallback.gateway.service_config import (
    Backend,
    find_backends,
    generate,
    ollama_url,
    own_config,
    substitutes,
)
from claude_fallback.memory.settings import Settings

Gateway = Callable[[dict[str, bytes]], contextlib.AbstractContextManager[tuple[str, list[str]]]]
NOWHERE = "127.0.0.1:9"  # discard: nothing listens there


def tags(*names: str) -> dict[str, bytes]:
    body = orjson.dumps({"models": [{"name": name} for name in names]})
    return {"/api/tags": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)}


def served(config: dict[str, object]) -> dict[str, str]:
    rows = config["model_list"]
    assert isinstance(rows, list)
    return {row["model_name"]: row["litellm_params"]["model"] for row in rows}


def test_ollama_models_that_are_there(environ: dict[str, str], gateway: Gateway) -> None:
    """Each model goes by the names people use for it; the wished ones that are missing get a stand-in."""
    with gateway(tags("llama3.1:8b", "qwen2.5-coder:latest", "nomic-embed-text:latest")) as (url, _):
        backends = find_backends({**environ, "OLLAMA_HOST": url})
    names = served(generate(Settings(), backends))
    assert names["llama3.1-8b"] == names["llama3.1:8b"] == names["llama3.1"] == "ollama_chat/llama3.1:8b"
    assert names["qwen2.5-coder"] == names["claude-*"] == "ollama_chat/qwen2.5-coder:latest"
    assert names["qwen2.5"] == "ollama_chat/qwen2.5-coder:latest"
    assert substitutes(Settings(), backends) == {"qwen2.5": "qwen2.5-coder"}
    assert not any("embed" in name for name in names)
    params = backends[0].params
    assert params["num_ctx"] == 65536 and params["additional_drop_params"] == ["reasoning_effort"]
    assert params["api_base"] == url


def test_names_that_are_none(environ: dict[str, str], gateway: Gateway) -> None:
    """A name that would play with the terminal is left out; a list of something else is no Ollama."""
    with gateway(tags("evil\x1b[2J", "qwen2.5:7b")) as (url, _):
        backends = find_backends({**environ, "OLLAMA_HOST": url})
    assert [backend.names[0] for backend in backends] == ["qwen2.5:7b"]
    with gateway(tags(5)) as (url, _):  # type: ignore[arg-type]
        assert find_backends({**environ, "OLLAMA_HOST": url}) == []


def test_first_of_two_sizes(environ: dict[str, str], gateway: Gateway) -> None:
    """The short name of a model with several sizes means the one Ollama lists first (the newest)."""
    with gateway(tags("qwen2.5:7b", "qwen2.5:32b")) as (url, _):
        names = served(generate(Settings(), find_backends({**environ, "OLLAMA_HOST": url})))
    assert names["qwen2.5"] == "ollama_chat/qwen2.5:7b"
    assert names["qwen2.5-32b"] == "ollama_chat/qwen2.5:32b"


def test_keys_by_reference(environ: dict[str, str]) -> None:
    """A provider's key is named in the configuration, never copied into it."""
    room = {**environ, "OLLAMA_HOST": NOWHERE, "OPENAI_API_KEY": "sk-secret", "GEMINI_API_KEY": ""}
    backends = find_backends(room)
    assert [backend.names for backend in backends] == [("gpt-5.4-mini",)]
    text = service_config.encode(generate(Settings(), backends)).decode()
    assert "os.environ/OPENAI_API_KEY" in text and "sk-secret" not in text


def test_every_mapped_name_is_served() -> None:
    """Whatever `choose` can answer without an override exists at the gateway, and claude's own names do."""
    settings = replace(Settings(), model_mappings={"opus": "big", "*": "small"}, preferred_model="mid")
    config = generate(settings, [Backend(("only",), {"model": "openai/only"})])
    assert set(served(config)) == {"only", "big", "small", "mid", "claude-*"}
    assert set(served(config).values()) == {"openai/only"}
    assert config["router_settings"] == {"num_retries": 0, "disable_cooldowns": True}
    assert config["general_settings"] == {"disable_model_info_refresh": True}


def test_stand_in_is_the_preferred_model() -> None:
    """A preferred model that is here answers for names that are not; else one made for code."""
    backends = [Backend((name,), {"model": name}) for name in ("first", "qwen3-coder", "liked")]
    assert served(generate(Settings(preferred_model="liked"), backends))["claude-*"] == "liked"
    assert served(generate(Settings(), backends))["claude-*"] == "qwen3-coder"
    assert served(generate(Settings(), backends[:1]))["claude-*"] == "first"


def test_nothing_here(environ: dict[str, str]) -> None:
    """Nothing to serve: three ways to get a model, each a command."""
    backends = find_backends({**environ, "OLLAMA_HOST": NOWHERE})
    with pytest.raises(FallbackError) as caught:
        generate(Settings(), backends)
    for word in ("ollama pull", "OPENROUTER_API_KEY", "config set gateway-config", "litellm start"):
        assert word in str(caught.value)


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", b"junk"])
def test_something_else_on_ollamas_port(environ: dict[str, str], gateway: Gateway, reply: bytes) -> None:
    """A server that is no Ollama is no backend, and no crash."""
    with gateway({"/api/tags": reply}) as (url, _):
        assert find_backends({**environ, "OLLAMA_HOST": url}) == []


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        (":8080", "http://127.0.0.1:8080"),
        ("gpu-box", "http://gpu-box:11434"),
        ("https://gpu-box:443/", "https://gpu-box:443"),
        ("http://gpu-box", "http://gpu-box:11434"),
    ],
)
def test_ollama_host(host: str, url: str) -> None:
    """All forms that Ollama documents for OLLAMA_HOST."""
    assert ollama_url(host) == url


def test_own_configuration(environ: dict[str, str]) -> None:
    """The user's file is used where it is; one that is not there is said so before anything starts."""
    path = f"{environ['HOME']}/my.yaml"
    with pytest.raises(FallbackError, match="gateway-config PATH"):
        own_config(Settings(gateway_config=path), environ)
    with open(path, "w") as file:
        file.write("model_list: []\n")
    assert own_config(Settings(gateway_config="~/my.yaml"), environ) == path
    assert own_config(Settings(), environ) is None
