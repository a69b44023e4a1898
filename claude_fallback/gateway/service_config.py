"""The private LiteLLM's configuration: the user's own, or one made from what this machine has."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from claude_fallback.errors import FallbackError
from claude_fallback.gateway.http_get import get
from claude_fallback.memory.settings import Settings, expand

OLLAMA = "http://127.0.0.1:11434"
CLAUDES_OWN = "claude-*"  # subagents and helpers ask for models by names of their own
NO_MODEL = """no model was found for the private LiteLLM. The three easiest ways to get one:
  1. a free local model: install Ollama (https://ollama.com), then `ollama pull qwen2.5-coder`
  2. a provider's key: export OPENROUTER_API_KEY=KEY (or OPENAI_API_KEY, GEMINI_API_KEY, DEEPSEEK_API_KEY)
  3. your own LiteLLM configuration: claude-fallback for litellm config set gateway-config PATH
then: claude-fallback for litellm start"""


class NoModelError(FallbackError):
    """There is nothing a private LiteLLM could serve."""


@dataclass(frozen=True)
class Backend:
    """One real model: the names it goes by, and LiteLLM's parameters for it."""

    names: tuple[str, ...]  # the first is the one to show
    params: Mapping[str, object] = field(hash=False)


# One sensible model for each provider whose key is there. The configuration refers to the key by name.
HOSTED: Mapping[str, str] = {
    "OPENAI_API_KEY": "openai/gpt-5.4-mini",
    "OPENROUTER_API_KEY": "openrouter/qwen/qwen3-coder",
    "GEMINI_API_KEY": "gemini/gemini-flash-latest",
    "DEEPSEEK_API_KEY": "deepseek/deepseek-chat",
}


def own_config(settings: Settings, environ: Mapping[str, str]) -> str | None:
    """The path of the user's own LiteLLM configuration, None: none is set. FallbackError: not readable."""
    if not settings.gateway_config:
        return None
    path = os.path.abspath(expand(settings.gateway_config, environ))
    if not os.access(path, os.R_OK):
        raise FallbackError(
            f"the LiteLLM configuration {path} cannot be read;"
            " name another: claude-fallback for litellm config set gateway-config PATH"
        )
    return path


def find_backends(environ: Mapping[str, str]) -> list[Backend]:
    """The models of this machine's Ollama, then those of the providers whose keys are in the environment."""
    return _ollama(environ) + [
        Backend((model.rpartition("/")[2],), {"model": model, "api_key": f"os.environ/{name}"})
        for name, model in HOSTED.items()
        if environ.get(name)
    ]


def generate(settings: Settings, backends: Sequence[Backend]) -> dict[str, Any]:
    """A configuration that serves every name our mapping can yield. FallbackError when there is no model."""
    if not backends:
        raise NoModelError(NO_MODEL)
    served = {name: backend for backend in reversed(backends) for name in backend.names}
    stand_in = _first(backends, settings)
    served |= {name: stand_in for name in (*wanted(settings), CLAUDES_OWN) if name not in served}
    return {
        "model_list": [
            {"model_name": name, "litellm_params": dict(backend.params)}
            for name, backend in sorted(served.items())
        ],
        "litellm_settings": {
            "drop_params": True,
            "use_chat_completions_url_for_anthropic_messages": True,  # else `openai/` goes to /v1/responses
            "turn_off_message_logging": True,
        },
        # A retry is claude's business, and a cooldown turns one wrong key into a made-up 429
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {"disable_model_info_refresh": True},
    }


def substitutes(settings: Settings, backends: Sequence[Backend]) -> dict[str, str]:
    """Wanted names that no model here goes by, and the model that answers for them: never silent."""
    known = {name for backend in backends for name in backend.names}
    return {name: _first(backends, settings).names[0] for name in wanted(settings) if name not in known}


def wanted(settings: Settings) -> list[str]:
    """Every name `models.choose` can yield without an override."""
    return sorted({settings.preferred_model, *settings.model_mappings.values()})


def encode(config: Mapping[str, Any]) -> bytes:
    """YAML, by way of JSON: every JSON document is one."""
    return orjson.dumps(config, option=orjson.OPT_INDENT_2) + b"\n"


def _first(backends: Sequence[Backend], settings: Settings) -> Backend:
    """What answers for names nothing goes by: the preferred model, else one made for code, else the first."""
    preferred = (backend for backend in backends if settings.preferred_model in backend.names)
    coding = (backend for backend in backends if "code" in backend.names[0])
    return next(preferred, None) or next(coding, None) or backends[0]


def _ollama(environ: Mapping[str, str]) -> list[Backend]:
    base = ollama_url(environ.get("OLLAMA_HOST", ""))
    try:
        reply = get(f"{base}/api/tags", {}, time.monotonic() + 1.0)
        rows = orjson.loads(reply.body)["models"] if reply.status == 200 else []
        names = [row["name"] for row in rows if row["name"].isprintable()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []  # no Ollama here
    return [_ollama_backend(base, name) for name in names if "embed" not in name]


def ollama_url(host: str) -> str:
    """The address behind OLLAMA_HOST: `host`, `:port`, `host:port`, a URL, or what a server listens on."""
    if not host:
        return OLLAMA
    scheme, _, rest = host.rpartition("://")
    name, colon, port = rest.rstrip("/").rpartition(":")
    if not colon:
        name, port = rest.rstrip("/"), "11434"
    name = "127.0.0.1" if name in ("", "0.0.0.0", "[::]") else name  # noqa: S104  # a listening address, not a goal
    return f"{scheme or 'http'}://{name}:{port}"


def _ollama_backend(base: str, name: str) -> Backend:
    """`llama3.1:8b` also goes by `llama3.1-8b` (as in the default mappings) and `llama3.1`."""
    params = {
        "model": f"ollama_chat/{name}",  # plain `ollama/` puts 77 kB of tools into the prompt as text
        "api_base": base,
        "num_ctx": 65536,  # claude's first request has 20,000 to 29,000 tokens, Ollama's default is less
        "keep_alive": "30m",
        "additional_drop_params": [
            "reasoning_effort"
        ],  # becomes `think: true`, which most models refuse with 400
        "input_cost_per_token": 0,
        "output_cost_per_token": 0,
    }
    short = name.removesuffix(":latest")
    return Backend(
        tuple(dict.fromkeys((short, name, short.replace(":", "-"), name.partition(":")[0]))), params
    )
