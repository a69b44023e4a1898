"""Which of the gateway's models stands in for a Claude model. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from itertools import takewhile

from claude_fallback.memory.settings import Settings

FAMILIES = ("opus", "sonnet", "haiku", "fable")


def choose(requested: str | None, settings: Settings, override: str | None = None) -> str:
    """The gateway's name for `requested`: override, exact, family, wildcard, preferred, in this order."""
    if override:
        return override
    return (mapped(requested, settings) if requested else None) or settings.preferred_model


def mapped(requested: str, settings: Settings) -> str | None:
    """What a mapping says of `requested`; None: no mapping fits."""
    if requested == settings.preferred_model or requested in settings.model_mappings.values():
        return requested  # already one of the gateway's own names
    name = plain(requested)
    mappings = {plain(key): value for key, value in settings.model_mappings.items()}
    key = name if name in mappings else _family_key(name, mappings) or _wildcard_key(name, mappings)
    return mappings[key] if key else None


def all_of(settings: Settings, override: str | None = None) -> list[str]:
    """Every name that `choose` can yield."""
    if override:
        return [override]
    return sorted({settings.preferred_model, *settings.model_mappings.values()})


def plain(name: str) -> str:
    """`anthropic/Claude-Opus-4-8[1m]` -> `claude-opus-4-8`: provider and context size choose no model."""
    return name.strip().lower().removesuffix("[1m]").removeprefix("anthropic/")


def _family_key(name: str, mappings: Mapping[str, str]) -> str | None:
    """The entry of the same family that looks most like `name`; of equals, the one added last."""
    family = next((word for word in FAMILIES if word in name), None)
    if family is None:
        return None
    same = [key for key in mappings if family in key and ("*" not in key or fnmatchcase(name, key))]
    return max(reversed(same), key=lambda key: _likeness(name, key, family), default=None)


def _likeness(name: str, key: str, family: str) -> tuple[bool, int]:
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(name, key, strict=False))
    return key == family, sum(1 for _ in alike)


def _wildcard_key(name: str, mappings: Mapping[str, str]) -> str | None:
    """The longest pattern that fits is the most particular one."""
    fitting = [key for key in mappings if "*" in key and fnmatchcase(name, key)]
    return max(fitting, key=len, default=None)
