"""What a person should know although nothing is broken."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from claude_fallback import paths
from claude_fallback.memory.settings import Settings


def warnings(wanted: Settings, environ: Mapping[str, str]) -> tuple[str, ...]:
    """One line each, the most expensive first."""
    return tuple(_warnings(wanted, environ))


def _warnings(wanted: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    if environ.get("ANTHROPIC_API_KEY"):
        yield "ANTHROPIC_API_KEY is set: native runs may be billed to that key; unset ANTHROPIC_API_KEY"
    elif "ANTHROPIC_API_KEY" in claude_env(environ):
        yield "ANTHROPIC_API_KEY is in claude's settings.json (env): native runs may be billed to that key"
    if environ.get("CLAUDE_FALLBACK", "").lower() == "off":
        yield "CLAUDE_FALLBACK=off is set here: runs go straight to claude"
    if not wanted.auto_fallback:
        yield "auto-fallback is off; switch it on: claude-fallback for litellm config set auto-fallback on"
    elif not wanted.on_rate_limit:
        yield (
            "auto-fallback-on-rate-limit is off; switch it on: "
            "claude-fallback for litellm config set auto-fallback-on-rate-limit on"
        )


def claude_env(environ: Mapping[str, str]) -> Mapping[str, object]:
    """The `env` of claude's user settings, which beats the shell. Read only: that file is claude's."""
    import orjson

    try:
        with open(os.path.join(paths.config_dir(environ), "settings.json"), "rb") as file:
            found = orjson.loads(file.read())
    except (OSError, ValueError):
        return {}
    env = found.get("env") if isinstance(found, dict) else None
    return env if isinstance(env, dict) else {}
