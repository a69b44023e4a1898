"""Runs whose route is known before they start: inside a gateway run, or while a connection holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

from claude_fallback.errors import FallbackError
from claude_fallback.gateway.target import Target, ready
from claude_fallback.memory import connection
from claude_fallback.memory import settings as configuration
from claude_fallback.output import say
from claude_fallback.run import find, rerun, words
from claude_fallback.run.gateway_route import GatewayRoute, open_route, requested_model
from claude_fallback.run.invocation import Invocation


def inside_gateway(
    invocation: Invocation, claude: str, environ: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """argv and environment for a claude that a tool of a gateway run calls: the same gateway.

    Its settings file lies with ours and is swept when this process, which becomes claude, has ended.
    """
    settings = configuration.load(environ)
    url, key = environ.get("ANTHROPIC_BASE_URL", ""), environ.get("ANTHROPIC_AUTH_TOKEN", "")
    target = Target(url, key, None, settings, environ.get("ANTHROPIC_MODEL"))
    route = open_route(invocation, target, environ, settings, find.release(claude, environ))
    return rerun.on_gateway(invocation, route.model, route.settings_path, None), route.env


def connected_route(invocation: Invocation, claude: str, environ: Mapping[str, str]) -> GatewayRoute | None:
    """The gateway while a connection holds.

    None, after a line on stderr, when it is not ready: claude's own words about its limit say more than a
    dead gateway.
    """
    try:
        found = connection.look(environ, datetime.now(timezone.utc))
        if found is None:
            return None
        settings = configuration.load(environ)
        from claude_fallback.gateway.progress import Progress

        target = ready(settings, environ, found, Progress())
        health = target.check(requested_model(invocation, environ))
        if not health.ready:
            raise FallbackError(f"{health.detail}; mend it: {health.remedy}")
        route = open_route(invocation, target, environ, settings, find.release(claude, environ))
        until = found.until.astimezone()
        say(words.connected(found.reason, until, datetime.now(until.tzinfo), route.model, target.base_url))
        return route
    except FallbackError as error:
        say(f"connected, but running native: {error}")
        return None
