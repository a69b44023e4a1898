"""The gateway for a session: made ready while claude goes on, remembered when the session has moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from claude_fallback import paths
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import adapters
from claude_fallback.gateway.chain import links, next_link
from claude_fallback.memory import connection, ledger, store
from claude_fallback.memory import settings as configuration
from claude_fallback.memory.log import event as log
from claude_fallback.run import decide, find
from claude_fallback.run.gateway_route import GatewayRoute, open_route, requested_model

if TYPE_CHECKING:
    from claude_fallback.memory.settings import Settings
    from claude_fallback.run.terminal.leg import Command
    from claude_fallback.run.terminal.on_native import Switch


def prepare(command: Command, settings: Settings, in_use: str | None) -> GatewayRoute:
    """For the model `in_use`. Prints nothing; raises FallbackError with the reason and what mends it."""
    from claude_fallback.gateway.target import ready

    invocation, environ = command.invocation, command.environ
    state = store.read(paths.state_file(environ), tell=lambda _: None)
    chosen = next_link(links(settings, adapters.names()), state, datetime.now(timezone.utc), ())
    target = ready(settings, environ, chosen.link)
    health = target.check(in_use or requested_model(invocation, environ))
    if not health.ready:
        raise FallbackError(f"{health.detail}; mend it: {health.remedy}")
    return open_route(invocation, target, environ, settings, find.release(command.claude, environ), in_use)


def remember(move: Switch, session: str, environ: Mapping[str, str], notes: list[str]) -> None:
    """Later runs start on the gateway too, where the limit is one that lasts."""
    base_url = move.route.target.base_url
    log(environ, "switch", model=move.route.model, gateway=base_url, resume=True, session=session)
    now = datetime.now(timezone.utc)
    settings = configuration.load(environ, notes.append)
    target = move.route.target
    place = ledger.PRIVATE if target.private else target.place
    ledger.note(environ, settings, ledger.Entry(now, place, move.route.model, switched=True))
    if decide.connects(move.limit):
        cause = connection.Cause(connection.RATE_LIMIT, move.limit)
        connection.connect(environ, now, cause, settings.auto_disconnect_hours, notes.append)
    else:
        connection.record_limit(environ, now, move.limit, notes.append)
