"""The kinds of gateway: a file each, found by its name. `cli.py` looks at the file names alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module

from claude_fallback.gateway.adapter import Adapter
from claude_fallback.memory import settings, store
from claude_fallback.memory.settings import LITELLM, Settings
from claude_fallback.output import say

CHOSEN = "CLAUDE_FALLBACK_ADAPTER"  # which one our commands speak of, and which one a nested call is in


def names() -> list[str]:
    """All of them, LiteLLM first."""
    files = os.listdir(os.path.dirname(__file__))
    found = sorted(name[:-3] for name in files if name.endswith(".py") and name[:-3].isalnum())
    return sorted(found, key=lambda name: name != LITELLM)


def find(name: str) -> Adapter:
    """The adapter called `name`; KeyError when there is none."""
    if name not in names():
        raise KeyError(name)
    found = import_module(f"{__name__}.{name}").ADAPTER
    assert isinstance(found, Adapter)  # noqa: S101  # for mypy: each file defines one
    return found


def chosen(environ: Mapping[str, str]) -> str:
    """The adapter that our command names (`for NAME …`), or that the gateway run around us uses."""
    name = environ.get(CHOSEN, LITELLM)
    return name if name in names() else LITELLM


def load(environ: Mapping[str, str], name: str | None = None, tell: store.Tell = say) -> Settings:
    """The settings in force for one adapter, by default the chosen one: its own, and the shared ones."""
    adapter = find(name or chosen(environ))
    return settings.load(environ, tell, defaults(adapter))


def defaults(adapter: Adapter) -> Settings:
    """What holds where the user has set nothing."""
    if adapter.name == LITELLM:
        return Settings()
    return replace(
        Settings(),
        adapter=adapter.name,
        preferred_model=adapter.model,
        endpoint=adapter.base_url,
        model_mappings=adapter.families,
        api_key_env=adapter.key_env,
    )
