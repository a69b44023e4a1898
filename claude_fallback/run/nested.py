"""Runs whose route is known before they start: inside a gateway run, or while a connection holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

from claude_fallback.errors import FallbackError
from claude_fallback.gateway import adapters
from claude_fallback.gateway.adapter import Auth
from claude_fallback.gateway.chain import Link, links
from claude_fallback.gateway.progress import Progress
from claude_fallback.gateway.target import Target
from claude_fallback.memory import connection
from claude_fallback.memory import settings as configuration
from claude_fallback.memory.settings import Settings
from claude_fallback.output import say
from claude_fallback.run import decide, rerun, words
from claude_fallback.run.gateway_route import Asked, GatewayRoute, next_route, open_route, requested_model
from claude_fallback.run.invocation import Invocation


def inside_gateway(
    invocation: Invocation, claude: str, environ: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """argv and environment for a claude that a tool of a gateway run calls: the same gateway.

    Its settings file lies with ours and is swept when this process, which becomes claude, has ended.
    """
    settings = adapters.load(environ)
    adapter = adapters.find(settings.adapter)
    key = environ.get("ANTHROPIC_API_KEY" if adapter.auth is Auth.X_API_KEY else "ANTHROPIC_AUTH_TOKEN", "")
    url, model = environ.get("ANTHROPIC_BASE_URL", ""), environ.get("ANTHROPIC_MODEL")
    target = Target(url, key, None, settings, None if adapter.serves_claude else model, adapter=adapter)
    route = open_route(Asked(invocation, claude, environ, settings), target)
    return rerun.on_gateway(invocation, route.model, route.settings_path, None), route.env


def connected_route(invocation: Invocation, claude: str, environ: Mapping[str, str]) -> GatewayRoute | None:
    """The gateway while a connection holds.

    None, after a line on stderr, when it is not ready: claude's own words about its limit say more than a
    dead gateway.
    """
    try:
        found = connection.look(environ, datetime.now(timezone.utc))
        if found is None or decide.spares(found.window, requested_model(invocation, environ)):
            return None
        settings = configuration.load(environ)
        trusted = invocation.has("--print")  # in a terminal claude is yet to ask
        asked = Asked(invocation, claude, environ, settings, progress=Progress(), trusts_folder=trusted)
        route = next_route(asked, _chain(settings, found))
        until = found.until.astimezone()
        say(words.connected(found.reason, until, datetime.now(until.tzinfo), route.model, route.target))
        return route
    except FallbackError as error:
        say(f"connected, but running native: {error}")
        return None


def _chain(settings: Settings, found: connection.Connection) -> list[Link]:
    """What was connected by hand comes first, and alone unless there is a chain."""
    chain = links(settings, adapters.names())
    if found.adapter is None and found.model is None:
        return list(chain)
    own = Link(found.adapter or chain[0].adapter, found.model)
    return [own, *(link for link in chain if link != own)] if settings.fallback_chain else [own]
