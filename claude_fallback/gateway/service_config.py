"""The private LiteLLM's configuration: the user's own, or one made from what this machine has."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from claude_fallback.errors import FallbackError
from claude_fallback.gateway import hosted, models, ollama
from claude_fallback.gateway.backend import Backend
from claude_fallback.memory.settings import Settings, expand

CLAUDES_OWN = "claude-*"  # subagents and helpers ask for models by names of their own
NO_MODEL = """no model was found for the private LiteLLM. The three easiest ways to get one:
  1. a free local model: install Ollama (https://ollama.com), then `ollama pull qwen2.5-coder`
  2. a provider's key: export OPENROUTER_API_KEY=KEY (or OPENAI_API_KEY, GEMINI_API_KEY, DEEPSEEK_API_KEY, …)
  3. your own LiteLLM configuration: claude-fallback for litellm config set gateway-config PATH
then: claude-fallback for litellm start"""


class NoModelError(FallbackError):
    """There is nothing a private LiteLLM could serve."""


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


def find_backends(environ: Mapping[str, str], settings: Settings) -> list[Backend]:
    """The models of this machine's Ollama, then those of the providers whose keys are in the environment."""
    return [*ollama.backends(environ), *hosted.backends(environ, settings.use_anthropic_key)]


def generate(settings: Settings, backends: Sequence[Backend]) -> dict[str, Any]:
    """A configuration that serves every name our mapping can yield. FallbackError when there is no model."""
    if not backends:
        raise NoModelError(NO_MODEL)
    served = {name: backend for backend in reversed(backends) for name in backend.names}
    stand_in = _first(backends, settings)
    served |= {name: stand_in for name in wanted(settings) if name not in served}
    served |= {asked: served[name] for asked, name in claudes_names(settings).items() if asked not in served}
    return {
        "model_list": [
            {"model_name": name, "litellm_params": dict(backend.params), "model_info": dict(backend.info)}
            for name, backend in sorted(served.items())
        ],
        "litellm_settings": {
            "drop_params": True,
            "use_chat_completions_url_for_anthropic_messages": True,  # else `openai/` goes to /v1/responses
            "turn_off_message_logging": True,
        },
        # A retry is claude's business, and a cooldown turns one wrong key into a made-up 429
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        # No questions to providers every 5 minutes; Ctrl-C in claude ends the provider's work, too
        "general_settings": {"disable_model_info_refresh": True, "cancel_on_disconnect": True},
    }


def substitutes(settings: Settings, backends: Sequence[Backend]) -> dict[str, str]:
    """Wanted names that no model here goes by, and the model that answers for them: never silent."""
    known = {name for backend in backends for name in backend.names}
    return {name: _first(backends, settings).names[0] for name in wanted(settings) if name not in known}


def wanted(settings: Settings) -> list[str]:
    """Every name `models.choose` can yield without an override."""
    return sorted({settings.preferred_model, *settings.model_mappings.values()})


def claudes_names(settings: Settings) -> dict[str, str]:
    """What claude itself may ask for, and the name that answers; of patterns LiteLLM takes the longest.

    claude 2.1.330 and 1.0.100 send mapped names on the gateway; others may not, nor do other programs.
    """
    families = (*models.FAMILIES, *(f"claude-*{family}*" for family in models.FAMILIES))
    asked = (*settings.model_mappings, *families, CLAUDES_OWN)
    return {name: models.choose(name.replace("*", "") or name, settings) for name in asked}


def encode(config: Mapping[str, Any]) -> bytes:
    """YAML, by way of JSON: every JSON document is one."""
    return orjson.dumps(config, option=orjson.OPT_INDENT_2) + b"\n"


def _first(backends: Sequence[Backend], settings: Settings) -> Backend:
    """What answers for names nothing goes by: the preferred model, else one made for code, else the first.

    One that cannot call tools only when there is no other.
    """
    preferred = (backend for backend in backends if settings.preferred_model in backend.names)
    able = [backend for backend in backends if backend.calls_tools] or backends
    coding = (backend for backend in able if "code" in backend.names[0])
    return next(preferred, None) or next(coding, None) or able[0]
