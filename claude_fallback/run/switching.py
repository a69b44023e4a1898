"""Leaving native for the gateway: the limit proven, the gateway asked, the next leg made ready.

Thin edges around `proof`, `decide`, `rerun` and `join`, which decide.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from claude_fallback.errors import FallbackError
from claude_fallback.gateway import adapters, refusal
from claude_fallback.gateway.chain import Link, links
from claude_fallback.gateway.progress import Progress
from claude_fallback.limits.ending import Ending
from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.memory import connection, ledger
from claude_fallback.memory import settings as configuration
from claude_fallback.memory.log import event as log
from claude_fallback.output import say
from claude_fallback.run import decide, proof, revival, room, transcript, words
from claude_fallback.run.gateway_route import Asked, GatewayRoute, next_route, requested_model, rest_of
from claude_fallback.run.next_leg import NextLeg, made_ready

if TYPE_CHECKING:
    from claude_fallback.gateway.target import Target
    from claude_fallback.memory.settings import Settings
    from claude_fallback.run.legs import PrintRun, Trip, Watch


def next_leg(
    run: PrintRun, exit_code: int | None, watch: Watch, trip: Trip, silence: Limit | None = None
) -> NextLeg | None:
    """None: this leg's words stand. It was no limit, none to switch for, or no gateway is ready. `silence`:
    it was ended because its gateway gave nothing."""
    run = _as_it_went_on(run, trip)
    ending = watch.ending()
    rows = proof.rows(run, ending)
    limit = silence or proof.limit(run, exit_code, ending, rows)
    if limit is None:
        return None
    limit = refusal.meant(limit) if trip.targets else limit
    settings = configuration.load(run.environ)
    chain = links(settings, adapters.names())
    if not _leaves(run, limit, settings, trip, chain):
        return None
    stop = words.limit(limit, datetime.now().astimezone())
    try:
        unasked = _unasked(chain, settings, trip)
        route = _ready_route(run, settings, unasked, trip, room.tokens(run, proof.session(run, ending)))
    except FallbackError as error:
        say(
            f"no other gateway takes over: {error}"
            if trip.targets
            else f"{stop} · staying with claude: {error}"
        )
        return None
    leg = made_ready(run, watch, rows, limit, route, trip)
    if leg is None:
        route.close()
        say(
            f"{stop} · staying with claude: this run keeps no session and may"
            " have used tools, or there was no room to keep its input, so it cannot be run twice"
        )
    return leg


def announce(run: PrintRun, leg: NextLeg, trip: Trip) -> None:
    """Tell the user, and the runs to come. `trip` leads up to the leg before."""
    now = datetime.now(timezone.utc)
    before = trip.targets[-1] if trip.targets else None
    say(words.switched(leg.limit, leg.route.model, leg.route.target, now.astimezone(), before))
    log(
        run.environ,
        "switch",
        model=leg.route.model,
        gateway=leg.route.target.place,
        resume=leg.resumes is not None,
    )
    if before is not None:
        return
    if decide.connects(leg.limit):
        hours = configuration.load(run.environ).auto_disconnect_hours
        cause = connection.Cause(connection.RATE_LIMIT, leg.limit)
        connection.connect(run.environ, now, cause, hours)
    else:
        connection.record_limit(run.environ, now, leg.limit)


def tell_silence(trip: Trip, minutes: float) -> None:
    """Before a claude is ended that waits in vain."""
    target = trip.targets[-1]
    say(
        f"{target.place} gave no sign of an answer for {minutes:g} min, so claude was ended;"
        f" try it: claude-fallback for {target.adapter.name} test"
    )


def tell_new_id(run: PrintRun, trip: Trip) -> None:
    """Text output names no session: say so when the one the user knows went on under another id."""
    if trip.resumes and trip.since and run.invocation.output_format == "text":
        other = transcript.went_on_as(run.environ, trip.resumes, trip.since)
        if other:
            say(f"this release goes on under a new session id: claude --resume {other}")


def record(
    run: PrintRun, exit_code: int | None, ending: Ending, trip: Trip, silence: Limit | None = None
) -> None:
    """What the last gateway made of its leg. `silence`: see `next_leg`."""
    run = _as_it_went_on(run, trip)
    judged = silence or proof.limit(run, exit_code, ending, proof.rows(run, ending))
    now = datetime.now(timezone.utc)
    found = refusal.meant(judged) if judged else None
    target = trip.targets[-1]
    answered = found is None or not decide.blames(found)
    _note(run, target, answered, trip, ending)
    if found is None or answered:
        connection.record_handled(run.environ, now, gateway=target.link.name)
        return
    log(run.environ, "gateway_failed", gateway=target.link.name, kind=found.kind.value, words=found.message)
    ours = f"claude-fallback for {target.adapter.name}"
    if found.kind in (Kind.SPEND, Kind.CREDITS):
        say(f"that was {target.place}: its budget for this key is used up; ask who runs it, or use another")
    elif not silence:
        say(f"that was the gateway's error, not claude's limit; try it: {ours} test")
    if connection.record_failed(run.environ, now, found.message):
        say("the gateway failed too often: disconnected, claude is native again")


def _note(run: PrintRun, target: Target, well: bool, trip: Trip, ending: Ending | None = None) -> None:
    """In the ledger."""
    model = target.model_for(requested_model(run.invocation, run.environ))
    tokens_in, tokens_out = ledger.tokens(ending.result if ending else None)
    now = datetime.now(timezone.utc)
    place = ledger.PRIVATE if target.private else target.place
    entry = ledger.Entry(now, place, model, ok=well, switched=trip.switches > 0,
                         tokens_in=tokens_in, tokens_out=tokens_out)  # fmt: skip
    ledger.note(run.environ, configuration.load(run.environ, lambda _: None), entry)


def _as_it_went_on(run: PrintRun, trip: Trip) -> PrintRun:
    """Releases up to 1.0.115 resume under a new id, which text output does not tell."""
    if not (trip.resumes and trip.since and run.invocation.output_format == "text"):
        return run
    other = transcript.went_on_as(run.environ, trip.resumes, trip.since)
    return replace(run, session=other) if other else run


def _leaves_native(run: PrintRun, limit: Limit, settings: Settings) -> bool:
    log(
        run.environ,
        "limit",
        kind=limit.kind.value,
        window=limit.window,
        proof=limit.proof,
        words=limit.message,
    )
    if decide.switches(limit, settings):
        return True
    now = datetime.now(timezone.utc)
    if decide.connects(limit):
        connection.record_limit(run.environ, now, limit)
    if decide.asks(limit, settings):
        say(
            f"{words.limit(limit, now.astimezone())} · staying with claude: auto-fallback is ask, and a"
            " print run cannot ask; to go on: claude-fallback for litellm connect"
        )
    return False


def _leaves(run: PrintRun, limit: Limit, settings: Settings, trip: Trip, chain: Sequence[Link]) -> bool:
    """Native by the settings; a gateway that is limited or fails when the chain has another one, or when a
    private LiteLLM can be started again."""
    if not trip.targets:
        return _leaves_native(run, limit, settings)
    last, tried = trip.targets[-1].link, _tried(run, trip)
    if not decide.blames(limit) or (len(chain) < 2 and last in tried):
        return False
    if last in tried:
        rest_of(last, limit, run.environ)
    _note(run, trip.targets[-1], False, trip)
    left = set(_unasked(chain, settings, trip)).difference(tried)
    return decide.hands_on(limit, settings, left, trip.switches)


def _tried(run: PrintRun, trip: Trip) -> Collection[Link]:
    links = [target.link for target in trip.targets]
    return revival.tried(links, trip.targets[-1], run.environ) if links else links


def _unasked(chain: Sequence[Link], settings: Settings, trip: Trip) -> Sequence[Link]:
    """What of the chain a run may move on to without a question; leaving native is decided elsewhere."""
    if settings.auto_fallback != "ask" or not trip.targets:
        return chain
    return [link for link in chain if link.adapter == trip.targets[-1].link.adapter]


def _ready_route(
    run: PrintRun, settings: Settings, chain: Sequence[Link], trip: Trip, tokens: int
) -> GatewayRoute:
    """Raises FallbackError with the reason and the command that mends it. `tokens`: the session's size."""
    run.signals.unblock()
    try:
        asked = Asked(run.invocation, run.claude, run.environ, settings, tokens, Progress())
        return next_route(asked, chain, _tried(run, trip))
    finally:
        run.signals.block()
