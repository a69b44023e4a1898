"""What a person should know although nothing is broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from claude_fallback.memory import claude_settings
from claude_fallback.memory.settings import Settings


def warnings(wanted: Settings, environ: Mapping[str, str]) -> tuple[str, ...]:
    """One line each, the most expensive first."""
    return tuple(_warnings(wanted, environ))


def _warnings(wanted: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    if environ.get("ANTHROPIC_API_KEY"):
        yield "ANTHROPIC_API_KEY is set: native runs may be billed to that key; unset ANTHROPIC_API_KEY"
    elif "ANTHROPIC_API_KEY" in claude_settings.users_env(environ):
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
