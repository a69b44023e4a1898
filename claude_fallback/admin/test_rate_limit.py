"""`test-rate-limit`: what a text would be recognised as; without one, the drill on the installed claude."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import click

from claude_fallback.admin.recognition import Recognition, recognise
from claude_fallback.admin.screen import local, rows, show, until
from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.limits.wording import Wording
from claude_fallback.memory import settings
from claude_fallback.memory.moments import written
from claude_fallback.run import words

_OTHERS = {
    Kind.ENTITLEMENT: "not part of this plan or seat",
    Kind.LOGIN: "not signed in",
    Kind.CONTEXT: "the conversation does not fit the model",
    Kind.TURNS: "the run's own cap",
    Kind.UNKNOWN: "an error that has no name yet",
}
_ON = {"max-switches": "2"}  # its value for "on"
_ALONE = "text alone proves nothing: a run also asks claude's exit code, its JSON or its transcript"


@click.command(name="test-rate-limit")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option(
    "--patience",
    type=click.FloatRange(1),
    default=27.0,
    show_default=True,
    help="Seconds for the drill; a busy machine needs more.",
)
@click.argument("text", nargs=-1)
@click.pass_obj
def test_rate_limit(environ: Mapping[str, str], as_json: bool, patience: float, text: tuple[str, ...]) -> int:
    """Would a usage limit be recognised, and lead to the gateway?

    \b
    With TEXT (`-`: from stdin), what claude printed, or its JSON: what it is recognised as, and what a
    run would do about it. Exit 0: a limit that switches; 1: not.

    \b
    Without TEXT, the drill: your own claude is refused with a five-hour limit, in every output format and
    in a session. Your account, files and settings take no part: it runs in a temporary home, with a
    made-up login, against stand-ins for Anthropic's API and for the gateway on 127.0.0.1. Its verdict is
    kept for `status`. Exit 0: every limit was recognised and answered; 1: not.

    Example: claude-fallback for litellm test-rate-limit "Weekly limit reached ∙ resets 3pm"
    """
    if not text:
        from claude_fallback.admin import drill

        return drill.run(environ, as_json, patience)
    given = sys.stdin.buffer.read().decode("utf-8", "replace") if text == ("-",) else " ".join(text)
    now = datetime.now(timezone.utc)
    wanted = settings.load(environ)
    found = recognise(given, wanted, environ, now)
    if as_json:
        import orjson

        show(orjson.dumps(_document(found, now), option=orjson.OPT_INDENT_2).decode())
    else:
        show(*rows(_lines(found, wanted, now)))
    return 0 if found.switches else 1


def _lines(found: Recognition, wanted: settings.Settings, now: datetime) -> list[tuple[str, str]]:
    seen = [("seen in", _releases(found.wording))] if found.wording else []
    limit = found.limit
    if limit is None:
        what = "a notice that stops nothing" if found.wording else "no words of claude's that are known"
        return [("recognised", f"no limit: {what}"), *seen, ("a run would", "stay with claude")]
    name = _OTHERS.get(limit.kind) or words.limit(replace(limit, resets_at=None), now)
    return [
        ("recognised", f"{limit.kind.value}: {name}"),
        ("window", limit.window or "not named"),
        ("resets", _reset(found, limit, now)),
        *seen,
        ("a run would", _decision(found, limit, wanted)),
        ("proof", f"claude's own JSON ({limit.proof})" if found.structured else _ALONE),
    ]


def _reset(found: Recognition, limit: Limit, now: datetime) -> str:
    if limit.resets_at is None:
        return "not said"
    said = found.named and abs(found.named - limit.resets_at) > timedelta(minutes=1)
    note = (
        f" (it says {local(found.named, now)}, which no such limit can last)" if found.named and said else ""
    )
    return until(limit.resets_at, now) + note


def _releases(wording: Wording) -> str:
    first, _, last = wording.releases.partition("-")
    where = "" if wording.where == "all" else f" ({wording.where})"
    return f"claude {first} {f'to {last}' if last else 'and later'}{where}"


def _decision(found: Recognition, limit: Limit, wanted: settings.Settings) -> str:
    if found.switches and limit.resets_at:
        return "switch to the gateway"
    if found.switches:
        return f"switch to the gateway, and stay there for {wanted.auto_disconnect_hours:g} h"
    if found.off:
        needed = ", ".join(f"config set {name} {_ON.get(name, 'on')}" for name in found.off)
        return f"stay with claude; to switch: claude-fallback for litellm {needed}"
    return "stay with claude: this kind never switches"


def _document(found: Recognition, now: datetime) -> dict[str, object]:
    """The keys of `--json`. proven: claude's own JSON was given. switches_off: settings in the way."""
    limit, wording = found.limit, found.wording
    resets_at = limit.resets_at if limit else None
    return {
        "recognised": limit is not None,
        "kind": limit.kind.value if limit else None,
        "window": limit.window if limit else None,
        "resets_at": written(resets_at) if resets_at else None,
        "seconds_left": int((resets_at - now).total_seconds()) if resets_at else None,
        "switches": found.switches,
        "switches_off": list(found.off),
        "proven": found.structured and limit is not None,
        "wording": wording.template if wording else None,
        "releases": wording.releases if wording else None,
    }
