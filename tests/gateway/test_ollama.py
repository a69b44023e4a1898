"""What is made of the models of this machine's Ollama."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from claude_fallback.gateway import ollama
from claude_fallback.gateway.service_config import generate, substitutes
from claude_fallback.memory.settings import Settings
from tests.upstreams.ollama import Model
from tests.upstreams.server import Upstream
from tests.upstreams.turns import Say

Gateway = Callable[[dict[str, bytes]], contextlib.AbstractContextManager[tuple[str, list[str]]]]


@pytest.fixture
def look(environ: dict[str, str]) -> Callable[..., list[Any]]:
    """The backends of an Ollama that has these models, and its address."""

    def found(models: dict[str, Model], **more: str) -> list[Any]:
        with Upstream(lambda _: Say("hi"), models) as server:
            return [*ollama.backends({**environ, "OLLAMA_HOST": server.url, **more}), server.url]

    return found


def served(config: dict[str, Any]) -> dict[str, str]:
    return {row["model_name"]: row["litellm_params"]["model"] for row in config["model_list"]}


def test_models_that_are_there(look: Callable[..., list[Any]]) -> None:
    """Each model goes by the names people use for it; the wished ones that are missing get a stand-in."""
    models = dict.fromkeys(("llama3.1:8b", "qwen2.5-coder:latest", "nomic-embed-text:latest"), Model())
    *backends, url = look(models)
    names = served(generate(Settings(), backends))
    assert names["llama3.1-8b"] == names["llama3.1:8b"] == names["llama3.1"] == "ollama_chat/llama3.1:8b"
    assert names["qwen2.5-coder"] == names["claude-*"] == "ollama_chat/qwen2.5-coder:latest"
    assert names["qwen2.5"] == "ollama_chat/qwen2.5-coder:latest"
    assert substitutes(Settings(), backends) == {"qwen2.5": "qwen2.5-coder"}
    assert not any("embed" in name for name in names)
    params = backends[0].params
    assert params["additional_drop_params"] == ["reasoning_effort"] and params["keep_alive"] == "30m"
    assert params["api_base"] == url


def test_first_of_two_sizes(look: Callable[..., list[Any]]) -> None:
    """The short name of a model with several sizes means the one Ollama lists first (the newest)."""
    *backends, _ = look({"qwen2.5:7b": Model(), "qwen2.5:32b": Model()})
    names = served(generate(Settings(), backends))
    assert names["qwen2.5"] == "ollama_chat/qwen2.5:7b"
    assert names["qwen2.5-32b"] == "ollama_chat/qwen2.5:32b"


def test_what_a_model_can(look: Callable[..., list[Any]]) -> None:
    """Tools and pictures as Ollama tells; the configuration hands them on to the translation."""
    both = ("completion", "tools", "vision")
    *backends, _ = look({"mute": Model(capabilities=("completion",)), "eyes": Model(capabilities=both)})
    mute, eyes = backends
    assert not mute.calls_tools and eyes.calls_tools
    assert mute.info["supports_function_calling"] is False and mute.info["supports_vision"] is False
    assert eyes.info["supports_vision"] is True
    infos = {row["model_name"]: row["model_info"] for row in generate(Settings(), backends)["model_list"]}
    assert infos["eyes"]["supports_vision"] is True


@pytest.mark.parametrize(
    ("known", "variable", "expected"),
    [
        (131072, "", 65536),
        (32768, "", 32768),
        (131072, "100000", 100000),
        (32768, "100000", 32768),
        (131072, "much", 65536),
        (131072, "0", 65536),
    ],
)
def test_context(look: Callable[..., list[Any]], known: int, variable: str, expected: int) -> None:
    """The user's OLLAMA_CONTEXT_LENGTH, else ours; never more than the model knows. LiteLLM is told both."""
    backend, _ = look({"m": Model(context=known)}, OLLAMA_CONTEXT_LENGTH=variable, OLLAMA_KEEP_ALIVE="5m")
    assert backend.params["num_ctx"] == backend.info["max_input_tokens"] == expected
    assert backend.params["keep_alive"] == "5m"


@pytest.mark.parametrize("shown", [{}, {"model_info": None}, {"model_info": {"a.context_length": "many"}}])
def test_an_ollama_that_tells_little(shown: dict[str, object]) -> None:
    """Where nothing is known, the model is taken to call tools, and gets our context."""
    backend = ollama.backend("http://x", "m", shown, {})
    assert backend.calls_tools and backend.params["num_ctx"] == ollama.CONTEXT
    assert "supports_vision" not in backend.info


TAGS = b'HTTP/1.1 200 OK\r\n\r\n{"models": [%s]}'


@pytest.mark.parametrize(
    ("reply", "names"),
    [
        (TAGS % b'{"name": "evil\\u001b[2J"}, {"name": "qwen2.5:7b"}', ["qwen2.5:7b"]),
        (TAGS % b'{"name": 5}', []),
        (b"", []),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", []),
        (b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n{}", []),
        (b"junk", []),
    ],
)
def test_strange_servers(environ: dict[str, str], gateway: Gateway, reply: bytes, names: list[str]) -> None:
    """A name that would play with the terminal is left out; a server that is no Ollama is no backend."""
    with gateway({"/api/tags": reply}) as (url, _):
        found = ollama.backends({**environ, "OLLAMA_HOST": url})
    assert [backend.names[0] for backend in found] == names


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
    assert ollama.url(host) == url
