"""`connect`: send runs to the gateway from now on, without waiting for a limit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

import click

from claude_fallback.admin.screen import rows, show, until
from claude_fallback.errors import FallbackError, UsageError
from claude_fallback.gateway import adapters
from claude_fallback.memory import connection
from claude_fallback.memory.connection import Cause, Connection
from claude_fallback.memory.settings import Settings
from claude_fallback.memory.values import hours, model_name
from claude_fallback.output import say


@click.command()
@click.option("--model", metavar="M", help="The gateway's model that answers, for this connection.")
@click.option("--auto-disconnect-in", "length", metavar="H", help="Hours until native again; 0.5 is fine.")
@click.option("--reason", default=connection.MANUAL, metavar="R", help="Kept in the history.")
@click.option("--force", is_flag=True, help="Connect although the gateway is not ready.")
@click.pass_obj
def connect(
    environ: Mapping[str, str], model: str | None, length: str | None, reason: str, force: bool
) -> int:
    """Send runs to the gateway from now on.

    The gateway is asked first: is it there, does it take the key, does it serve the model?

    Example: claude-fallback for litellm connect --model qwen2.5-coder --auto-disconnect-in 3
    """
    wanted = adapters.load(environ)
    cause = _cause(wanted.adapter, model, length, reason)
    now = datetime.now(timezone.utc)
    asked = Connection(now, cause.reason, now, cause.model, adapter=wanted.adapter)
    answering, why_not = _readiness(wanted, environ, asked)
    if why_not and not force:
        raise FallbackError(f"not connected: {why_not}; connect nevertheless with --force")
    if why_not:
        say(f"the gateway is not ready: {why_not}")
    made = connection.connect(environ, datetime.now(timezone.utc), cause, wanted.auto_disconnect_hours)
    if made is None:
        raise FallbackError("not connected: the state could not be written")
    show(*rows([("connected", f"until {until(made.until, made.since)}"), ("model", answering)]))
    return 0


def _cause(adapter: str, model: str | None, length: str | None, reason: str) -> Cause:
    try:
        named = model_name(model) if model is not None else None
    except ValueError as error:
        raise UsageError(f"--model must be {error}") from None
    try:
        lasting = hours(length) if length is not None else None
        return Cause(reason, model=named, hours=lasting, adapter=adapter)
    except ValueError as error:
        raise UsageError(f"--auto-disconnect-in must be {error}") from None


def _readiness(wanted: Settings, environ: Mapping[str, str], asked: Connection) -> tuple[str, str]:
    """The model that would answer, and why the gateway cannot serve it (empty when it can)."""
    from claude_fallback.gateway import models, target
    from claude_fallback.gateway.progress import Progress

    progress = Progress()
    try:
        there = target.ready(wanted, environ, asked, progress)
    except FallbackError as error:
        return models.choose(None, wanted, asked.model), str(error)
    finally:
        progress.end()
    health = there.check(None)
    if health.ready:
        return there.model_for(None), ""
    return there.model_for(None), health.detail + (f"; next: {health.remedy}" if health.remedy else "")
