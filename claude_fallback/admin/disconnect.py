"""`disconnect`: back to native Claude, with a summary of what the gateway did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

import click

from claude_fallback.admin.screen import local, rows, show, span
from claude_fallback.admin.usage import cost
from claude_fallback.memory import connection, ledger
from claude_fallback.memory.connection import Session


@click.command()
@click.argument("reason", nargs=-1)
@click.pass_obj
def disconnect(environ: Mapping[str, str], reason: tuple[str, ...]) -> int:
    """Go back to native Claude. REASON is kept in the history.

    Example: claude-fallback for litellm disconnect "enough for today"
    """
    session = connection.disconnect(environ, datetime.now(timezone.utc), " ".join(reason))
    if session is None:
        show("not connected: runs go to native Claude already")
        return 0
    show(*summary(session, cost(ledger.cost_since(environ, session.since, session.ended))))
    return 0


def summary(session: Session, spent: str) -> list[str]:
    """The session as its users know it; a cost nobody has counted is unknown, never 0."""
    total = session.handled + session.failed
    rate = f"{100 * session.handled / total:.0f} %" if total else "no runs"
    return rows(
        [
            ("disconnected", "runs go to native Claude again"),
            (
                "duration",
                f"{span(session.ended - session.since)}, since {local(session.since, session.ended)}",
            ),
            ("handled", str(session.handled)),
            ("failed", str(session.failed)),
            ("success rate", rate),
            ("cost", spent),
            ("reason", f"connected: {session.reason}, disconnected: {session.end_reason}"),
        ]
    )
