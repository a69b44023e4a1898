"""`status`: where runs go now, why, until when, and whether the gateway could serve them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

import click

from claude_fallback.admin.screen import bar, local, pretty, rows, show, span, until
from claude_fallback.admin.situation import Gateway, LastLimit, Situation, gather
from claude_fallback.gateway import adapters
from claude_fallback.gateway.chain import links
from claude_fallback.memory.connection import Connection
from claude_fallback.memory.moments import parsed, written
from claude_fallback.memory.rests import resting
from claude_fallback.memory.transitions import history, number, text
from claude_fallback.memory.verdicts import Verdict
from claude_fallback.output import say

_DRILL = "claude-fallback for litellm test-rate-limit"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout; no secrets in it.")
@click.option("--check", is_flag=True, help="One line; exit 0 native, 1 gateway, 2 cannot serve, 3 unknown.")
@click.pass_obj
def status(environ: Mapping[str, str], as_json: bool, check: bool) -> int:
    """Where runs go now, why, until when, and whether the gateway could serve them.

    Example: claude-fallback for litellm status --json
    """
    situation = gather(environ, datetime.now(timezone.utc), say)
    code, line = situation.check
    if as_json:
        import orjson

        show(orjson.dumps(as_document(situation), option=orjson.OPT_INDENT_2).decode())
    elif check:
        show(line)
    else:
        show(*as_lines(situation, environ))
    return code if check else 0


def as_document(it: Situation) -> dict[str, object]:
    """The keys of `--json`, which stay as they are. Times are UTC (`…Z`), null means none or not known.

    route: "native" or "gateway". check: the exit code of `--check`. seconds_left: until auto_disconnect_at.
    connected, connection_time, auto_disconnect_at, fallback_reason, requests_handled, requests_failed,
    last_request_time, last_error, last_error_time: as in litellm_state.json.
    last_limit: {kind, window, resets_at, message, seen_at}. model: what would answer on the gateway.
    verified: {release, at, passed, modes}, the drill's verdict on the claude that runs would start; modes has
    each mode's fault, null where there is none.
    gateway: {base_url, adapter, private, ready, able, detail, remedy}; able counts a private LiteLLM that
    starts on need. auto_fallback: both of its switches are on. warnings: lines.
    """
    state = it.state
    return {
        **_connection_document(it.connection, it.now),
        "requests_handled": number(state, "requests_handled"),
        "requests_failed": number(state, "requests_failed"),
        "last_request_time": text(state, "last_request_time"),
        "last_error": text(state, "last_error"),
        "last_error_time": text(state, "last_error_time"),
        "last_limit": _limit_document(it.last_limit),
        "model": it.model,
        "verified": _verdict_document(it.verdict),
        "gateway": _gateway_document(it.gateway),
        "auto_fallback": bool(it.settings.auto_fallback and it.settings.on_rate_limit),
        "check": it.check[0],
        "warnings": list(it.warnings),
    }


def _connection_document(there: Connection | None, now: datetime) -> dict[str, object]:
    return {
        "route": "gateway" if there else "native",
        "connected": there is not None,
        "connection_time": written(there.since) if there else None,
        "auto_disconnect_at": written(there.until) if there else None,
        "seconds_left": int((there.until - now).total_seconds()) if there else None,
        "fallback_reason": there.reason if there else None,
    }


def _gateway_document(gateway: Gateway) -> dict[str, object]:
    return {
        "base_url": gateway.base_url,
        "adapter": gateway.adapter.name,
        "private": gateway.private,
        "ready": gateway.ready,
        "able": gateway.able,
        "detail": gateway.detail,
        "remedy": gateway.remedy or None,
    }


def _verdict_document(verdict: Verdict | None) -> dict[str, object] | None:
    if verdict is None:
        return None
    modes = {mode: fault or None for mode, fault in verdict.modes.items()}
    return {
        "release": verdict.release,
        "at": written(verdict.at),
        "passed": verdict.passed,
        "modes": modes,
    }


def _limit_document(limit: LastLimit | None) -> dict[str, object] | None:
    if limit is None:
        return None
    return {
        "kind": limit.kind,
        "window": limit.window,
        "resets_at": written(limit.resets_at) if limit.resets_at else None,
        "message": limit.message,
        "seen_at": written(limit.seen_at) if limit.seen_at else None,
    }


def as_lines(it: Situation, environ: Mapping[str, str]) -> list[str]:
    """About ten lines for a person."""
    pairs = [*_route(it, environ), *_gateway(it), ("fallback", _switches(it)), ("runs", _runs(it))]
    error, at = text(it.state, "last_error"), parsed(it.state.get("last_error_time"))
    if error:
        pairs.append(("last error", error + (f" ({local(at, it.now)})" if at else "")))
    if it.last_limit:
        pairs.append(("last limit", _limit(it.last_limit, it.now)))
    pairs.append(("verified", it.verdict.line() if it.verdict else f"not yet; to do so: {_DRILL}"))
    pairs += [("warning", line) for line in it.warnings]
    return rows(pairs)


def _route(it: Situation, environ: Mapping[str, str]) -> list[tuple[str, str]]:
    bold, plain = ("\x1b[1m", "\x1b[0m") if pretty(environ) else ("", "")
    there = it.connection
    if there is None:
        return [
            ("route", f"{bold}native{plain} Claude"),
            ("why", "no connection to the gateway"),
            *_chain(it),
        ]
    return [
        ("route", f"{bold}gateway{plain} instead of native Claude"),
        ("why", f"{there.reason}, since {local(there.since, it.now)} ({span(it.now - there.since)} ago)"),
        ("until", until(there.until, it.now) + bar(there.since, there.until, it.now, environ)),
        *_chain(it),
    ]


def _chain(it: Situation) -> list[tuple[str, str]]:
    """The links in order, and which of them are left alone, until when and why."""
    if not it.settings.fallback_chain:
        return []
    told = []
    for link in links(it.settings, adapters.names()):
        rest = resting(it.state, link.name, it.now)
        told.append(
            f"{link.name} (left alone until {local(rest.until, it.now)}: {rest.why})" if rest else link.name
        )
    return [("chain", ", then ".join(told))]


def _gateway(it: Situation) -> list[tuple[str, str]]:
    kind = {True: " (private LiteLLM)", False: "", None: ""}[it.gateway.private if it.gateway.ready else None]
    pairs = [("gateway", f"{'ready' if it.gateway.ready else 'not ready'}: {it.gateway.detail}{kind}")]
    if it.gateway.remedy:
        pairs.append(("remedy", it.gateway.remedy))
    own = " (for this connection)" if it.connection and it.connection.model else ""
    return [*pairs, ("model", f"{it.model}{own}, {it.gateway.adapter.billed}")]


def _switches(it: Situation) -> str:
    wanted = it.settings
    yes = "asks first" if wanted.auto_fallback == "ask" else "yes"
    limits, errors = wanted.auto_fallback and wanted.on_rate_limit, wanted.auto_fallback and wanted.on_error
    return f"at a usage limit: {yes if limits else 'no'}, on other errors: {yes if errors else 'no'}"


def _runs(it: Situation) -> str:
    if it.connection:
        return f"{it.connection.handled} handled, {it.connection.failed} failed on this connection"
    for last in history(it.state)[:1]:
        failed = number(last, "failed_requests")
        handled = max(0, number(last, "total_requests") - failed)
        ended = parsed(last.get("disconnected_at"))
        when = f", ended {local(ended, it.now)} ({text(last, 'disconnect_reason')})" if ended else ""
        return f"{handled} handled, {failed} failed on the last connection{when}"
    return "none on the gateway yet"


def _limit(limit: LastLimit, now: datetime) -> str:
    what = f"{limit.kind} {limit.window}" if limit.window else limit.kind
    if limit.resets_at is None:
        return f"{what}: {limit.message}"
    over = limit.resets_at <= now
    when = f"reset {local(limit.resets_at, now)}" if over else f"resets {until(limit.resets_at, now)}"
    return f"{what}, {when}: {limit.message}"
