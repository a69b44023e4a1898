"""The gateway for a session: made ready while claude goes on, remembered when the session has moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from claude_fallback.errors import FallbackError
from claude_fallback.gateway import adapters
from claude_fallback.gateway.chain import links
from claude_fallback.memory import connection, fault, ledger
from claude_fallback.memory import settings as configuration
from claude_fallback.memory.log import event as log
from claude_fallback.run import decide, room
from claude_fallback.run.gateway_route import Asked, GatewayRoute, next_route

if TYPE_CHECKING:
    from collections.abc import Collection

    from claude_fallback.gateway.chain import Link
    from claude_fallback.memory.settings import Settings
    from claude_fallback.memory.store import Tell
    from claude_fallback.run.terminal.departure import Switch
    from claude_fallback.run.terminal.leg import Command


@dataclass(frozen=True)
class Stopped:
    """A session whose turn was stopped."""

    session: str | None
    model: str | None  # of claude's, that it has come to use
    last_prompt: str


def prepare(
    command: Command, stopped: Stopped, settings: Settings, tried: Collection[Link], tell: Tell
) -> GatewayRoute:
    """The first gateway of the chain that is ready and takes the session. Prints nothing; raises
    FallbackError with the reason and what mends it."""
    invocation, environ = command.invocation, command.environ
    try:
        size = room.of_session(environ, stopped.session, len(stopped.last_prompt.encode()))
        asked = Asked(invocation, command.claude, environ, settings, size, tell=tell, in_use=stopped.model)
        return next_route(asked, links(settings, adapters.names()), list(tried))
    except FallbackError:
        raise
    except Exception as error:  # our fault never costs a session
        said = fault.kept(environ, "switch", error)
        raise FallbackError(f"a bug of claude-fallback: {said}") from error


def remember(move: Switch, session: str, environ: Mapping[str, str], notes: list[str]) -> None:
    """Later runs start on the gateway too, where the limit is one that lasts."""
    base_url = move.route.target.base_url
    log(environ, "switch", model=move.route.model, gateway=base_url, resume=True, session=session)
    note(move.route, environ, notes, switched=True)
    if move.before is not None:  # the connection is there already
        return
    now = datetime.now(timezone.utc)
    if decide.connects(move.limit):
        cause = connection.Cause(connection.RATE_LIMIT, move.limit)
        hours = configuration.load(environ, notes.append).auto_disconnect_hours
        connection.connect(environ, now, cause, hours, notes.append)
    else:
        connection.record_limit(environ, now, move.limit, notes.append)


def note(route: GatewayRoute, environ: Mapping[str, str], notes: list[str], *, switched: bool) -> None:
    """In the ledger: a gateway has the session."""
    target = route.target
    place = ledger.PRIVATE if target.private else target.place
    entry = ledger.Entry(datetime.now(timezone.utc), place, route.model, switched=switched)
    ledger.note(environ, configuration.load(environ, notes.append), entry)
