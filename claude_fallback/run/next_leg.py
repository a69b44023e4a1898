"""The next leg of a print run, made ready: its argv, what it gets on stdin, how its output is joined."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import orjson

from claude_fallback.limits.ending import Ending
from claude_fallback.limits.limit import Limit
from claude_fallback.limits.watch import JsonWatch, StreamWatch, TextWatch
from claude_fallback.run import controls, join, proof, rerun, transcript
from claude_fallback.run.gateway_route import GatewayRoute
from claude_fallback.run.spool import Spool
from claude_fallback.run.stdin import Part

if TYPE_CHECKING:
    from claude_fallback.run.legs import PrintRun, Trip, Watch


@dataclass(frozen=True)
class NextLeg:
    """A leg on a gateway, ready to start."""

    limit: Limit  # of the leg before
    route: GatewayRoute
    argv: list[str]
    watch: Watch
    session: str | None = None  # the id that it goes by, as far as it is known
    resumes: str | None = None  # the session it goes on with; None: a run of its own
    gives_stdin: bool = True
    stdin: Part | None = None  # what of it; None: all
    farewell: bytes = b""  # what the consumer hears of the leg before at its end
    answered: int = 0  # user messages of a stream that are answered already
    replied: frozenset[str] = frozenset()  # …and control requests of it


def made_ready(  # noqa: PLR0913, PLR0917 - all that is known when a leg has stopped
    run: PrintRun,
    watch: Watch,
    rows: list[transcript.Row] | None,
    limit: Limit,
    route: GatewayRoute,
    trip: Trip,
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
    fresh = str(uuid.uuid4())
    plan = rerun.plan(run.invocation, progress, route.model, route.settings_path, fresh)
    if plan is None:
        return None
    goes_by = plan.resumes or (fresh if run.invocation.nameable else run.session)
    leg = NextLeg(limit, route, plan.argv, _second_watch(watch, plan), goes_by, plan.resumes)
    if isinstance(watch, StreamWatch) and run.invocation.streams_input:
        told = replace(leg, answered=trip.answered + watch.answered, replied=trip.replied | watch.replied)
        return _of_stream(run, watch, rows or [], plan.prompt, told)
    if plan.replays and run.stdin.kept.lost:
        return None
    return replace(leg, gives_stdin=plan.replays)


def _second_watch(first: Watch, plan: rerun.Plan) -> Watch:
    """What it makes of its leg goes through what the legs before made of theirs."""
    if isinstance(first, StreamWatch):
        joined = join.StreamJoin(first.ending(), plan.prompt)
        return StreamWatch(join.both(joined, first.change) if first.change else joined)
    if isinstance(first, JsonWatch):
        second = JsonWatch(Spool())
        before = first.ending() if plan.resumes else replace(first.ending(), events=[])
        earlier = first.rewrite
        second.rewrite = lambda ending: _rewritten(join.document(before, ending), earlier)
        return second
    return TextWatch(isinstance(first, TextWatch) and first.mixed)


def _rewritten(document: bytes, rewrite: Callable[[Ending], bytes] | None) -> bytes:
    if rewrite is None:
        return document
    watch = JsonWatch(Spool())
    watch.feed(document)
    return rewrite(watch.ending())


def _of_stream(
    run: PrintRun,
    watch: StreamWatch,
    rows: list[transcript.Row],
    prompt: str | None,
    leg: NextLeg,
) -> NextLeg | None:
    """The leg of a stream of user messages: the answered ones are not sent again. `prompt` is our own."""
    if not run.stdin.piped or run.stdin.kept.lost or (not leg.resumes and leg.answered):
        return None
    kept = run.stdin.kept.bytes()
    done = 0
    if leg.resumes:
        done = controls.answered(controls.messages(kept), leg.answered, transcript.prompts(rows))
    said = controls.up_to(kept, done)
    change = join.StreamJoin(watch.ending(), prompt, leg.replied, watch.answered)
    second = StreamWatch(join.both(change, watch.change) if watch.change else change, turns=True)
    stdin = controls.Rewritten(leg.route.target.model_for, leg.replied, second.asked)
    ours = {"type": "user", "message": {"role": "user", "content": [{"type": "text", "text": prompt}]}}
    before = [*map(stdin.rewritten, said.requests), *([orjson.dumps(ours) + b"\n"] if prompt else [])]
    farewell = controls.cancellations(watch.asked, kept)
    return replace(leg, watch=second, stdin=Part(said.end, b"".join(before), stdin), farewell=farewell)
