"""Leaving native for the gateway: the limit proven, the gateway asked, the next leg made ready.

Thin edges around `proof`, `decide`, `rerun` and `join`, which decide.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import orjson

from claude_fallback.errors import FallbackError
from claude_fallback.limits.ending import Ending
from claude_fallback.limits.leg import sighting
from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.limits.watch import JsonWatch, StreamWatch, TextWatch
from claude_fallback.memory import connection
from claude_fallback.memory import settings as configuration
from claude_fallback.memory.log import event as log
from claude_fallback.output import say
from claude_fallback.run import controls, decide, join, proof, rerun, room, transcript, words
from claude_fallback.run.gateway_route import GatewayRoute, open_route, requested_model
from claude_fallback.run.spool import Spool
from claude_fallback.run.stdin import Part

if TYPE_CHECKING:
    from claude_fallback.memory.settings import Settings
    from claude_fallback.run.legs import PrintRun, Watch

_NOT_THE_GATEWAYS = (Kind.TURNS, Kind.CONTEXT)  # stops that say nothing about the gateway's health


@dataclass(frozen=True)
class NextLeg:
    """The second leg, ready to start."""

    limit: Limit
    route: GatewayRoute
    argv: list[str]
    watch: Watch
    resumes: str | None = None  # the session it goes on with; None: a run of its own
    gives_stdin: bool = True
    stdin: Part | None = None  # what of it; None: all
    farewell: bytes = b""  # what the consumer hears of the first leg's end


def next_leg(run: PrintRun, exit_code: int | None, watch: Watch) -> NextLeg | None:
    """None: this leg's words stand. It was no limit, none to switch for, or the gateway is not ready."""
    ending = watch.ending()
    rows = proof.rows(run, ending)
    limit = proof.limit(run, exit_code, ending, rows)
    if limit is None:
        return None
    settings = configuration.load(run.environ)
    now = datetime.now(timezone.utc)
    log(
        run.environ,
        "limit",
        kind=limit.kind.value,
        window=limit.window,
        proof=limit.proof,
        words=limit.message,
    )
    if not decide.switches(limit, settings):
        if decide.connects(limit):
            connection.record_limit(run.environ, now, limit)
        if decide.asks(limit, settings):
            say(
                f"{words.limit(limit, now.astimezone())} · staying with claude: auto-fallback is ask, and a"
                " print run cannot ask; to go on: claude-fallback for litellm connect"
            )
        return None
    try:
        route = _ready_route(run, settings, room.tokens(run, proof.session(run, ending)))
    except FallbackError as error:
        say(f"{words.limit(limit, now.astimezone())} · staying with claude: {error}")
        return None
    leg = _made_ready(run, watch, rows, limit, route)
    if leg is None:
        route.close()
        say(
            f"{words.limit(limit, now.astimezone())} · staying with claude: this run keeps no session and may"
            " have used tools, or there was no room to keep its input, so it cannot be run twice"
        )
    return leg


def announce(run: PrintRun, leg: NextLeg) -> None:
    """Tell the user, and the runs to come."""
    now = datetime.now(timezone.utc)
    say(words.switched(leg.limit, leg.route.model, leg.route.target.base_url, now.astimezone()))
    log(
        run.environ,
        "switch",
        model=leg.route.model,
        gateway=leg.route.target.base_url,
        resume=leg.resumes is not None,
    )
    if decide.connects(leg.limit):
        hours = configuration.load(run.environ).auto_disconnect_hours
        cause = connection.Cause(connection.RATE_LIMIT, leg.limit)
        connection.connect(run.environ, now, cause, hours)
    else:
        connection.record_limit(run.environ, now, leg.limit)


def tell_new_id(run: PrintRun, leg: NextLeg, since: datetime) -> None:
    """Text output names no session: say so when the one the user knows went on under another id."""
    if leg.resumes and run.invocation.output_format == "text":
        other = transcript.went_on_as(run.environ, leg.resumes, since)
        if other:
            say(f"this release goes on under a new session id: claude --resume {other}")


def record(run: PrintRun, exit_code: int | None, ending: Ending) -> None:
    """What the gateway made of its leg."""
    seen = sighting(ending, exit_code)
    now = datetime.now(timezone.utc)
    found = proof.judge(seen, run.environ) if seen else None
    if found is None or found.kind in _NOT_THE_GATEWAYS:
        connection.record_handled(run.environ, now)
        return
    log(run.environ, "gateway_failed", kind=found.kind.value, words=found.message)
    say("that was the gateway's error, not claude's limit; try it: claude-fallback for litellm test")
    if connection.record_failed(run.environ, now, found.message):
        say("the gateway failed too often: disconnected, claude is native again")


def _ready_route(run: PrintRun, settings: Settings, tokens: int) -> GatewayRoute:
    """Raises FallbackError with the reason and the command that mends it. `tokens`: the session's size."""
    from claude_fallback.gateway.progress import Progress
    from claude_fallback.gateway.target import ready
    from claude_fallback.run import find

    run.signals.unblock()
    try:
        target = ready(settings, run.environ, None, Progress())
    finally:
        run.signals.block()
    requested = requested_model(run.invocation, run.environ)
    health = target.check(requested)
    if not health.ready:
        raise FallbackError(f"{health.detail}; mend it: {health.remedy}")
    target = room.with_room(target, requested, tokens)
    return open_route(run.invocation, target, run.environ, settings, find.release(run.claude, run.environ))


def _made_ready(
    run: PrintRun, watch: Watch, rows: list[transcript.Row] | None, limit: Limit, route: GatewayRoute
) -> NextLeg | None:
    ending = watch.ending()
    session = proof.session(run, ending) if rows is not None else None
    if session and transcript.is_split(run.environ, session, run.began):
        session = None  # 1.0.128 does that to some runs with --continue: a resume would miss the prompt
    used = ending.tools_used
    if rows is not None:
        used = bool(used) or transcript.tools_used(rows)
    shown = isinstance(watch, StreamWatch) and ending.session is not None
    progress = rerun.Progress(session, used, shown)
    plan = rerun.plan(run.invocation, progress, route.model, route.settings_path, str(uuid.uuid4()))
    if plan is None:
        return None
    leg = NextLeg(limit, route, plan.argv, _second_watch(watch, plan), plan.resumes)
    if isinstance(watch, StreamWatch) and run.invocation.streams_input:
        return _of_stream(run, watch, rows or [], plan.prompt, leg)
    if plan.replays and run.stdin.kept.lost:
        return None
    return replace(leg, gives_stdin=plan.replays)


def _second_watch(first: Watch, plan: rerun.Plan) -> Watch:
    if isinstance(first, StreamWatch):
        return StreamWatch(join.StreamJoin(first.ending(), plan.prompt))
    if isinstance(first, JsonWatch):
        second = JsonWatch(Spool())
        before = first.ending() if plan.resumes else replace(first.ending(), events=[])
        second.rewrite = lambda ending: join.document(before, ending)
        return second
    return TextWatch(isinstance(first, TextWatch) and first.mixed)


def _of_stream(
    run: PrintRun, watch: StreamWatch, rows: list[transcript.Row], prompt: str | None, leg: NextLeg
) -> NextLeg | None:
    """The leg of a stream of user messages: the answered ones are not sent again. `prompt` is our own."""
    if not run.stdin.piped or run.stdin.kept.lost or (not leg.resumes and watch.answered):
        return None
    kept = run.stdin.kept.bytes()
    done = 0
    if leg.resumes:
        done = controls.answered(controls.messages(kept), watch.answered, transcript.prompts(rows))
    said = controls.up_to(kept, done)
    change = join.StreamJoin(watch.ending(), prompt, watch.replied, watch.answered)
    second = StreamWatch(change, turns=True)
    stdin = controls.Rewritten(leg.route.target.model_for, watch.replied, second.asked)
    ours = {"type": "user", "message": {"role": "user", "content": [{"type": "text", "text": prompt}]}}
    before = [*map(stdin.rewritten, said.requests), *([orjson.dumps(ours) + b"\n"] if prompt else [])]
    farewell = controls.cancellations(watch.asked, kept)
    return replace(leg, watch=second, stdin=Part(said.end, b"".join(before), stdin), farewell=farewell)
