"""A print run: claude behind pipes, carried on through the gateway when a limit stops it.

At most two legs: the native one, and one on the gateway. A run that starts on the gateway has only that.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from claude_fallback.memory.log import event as log
from claude_fallback.output import say
from claude_fallback.run.legs import PrintRun, Watch, release, waits
from claude_fallback.run.pipes import write_all
from claude_fallback.run.stdin import Part

if TYPE_CHECKING:
    from claude_fallback.run.gateway_route import GatewayRoute
    from claude_fallback.run.pipes import Child
    from claude_fallback.run.stdin import Feed
    from claude_fallback.run.switching import NextLeg


def native_first(run: PrintRun, child: Child) -> int:
    """Carry a started native leg to the run's end; its exit code."""
    watch = run.watch()
    feed = run.feed(child)
    while True:
        run.relay(child, watch, feed)
        leg = None if run.signals.received else _next_leg(run, child, watch)
        if leg:
            return _carry_on(run, child, watch, leg)
        release(watch)
        if child.ended is not None and not waits(watch):
            return child.ended


def gateway_first(run: PrintRun, route: GatewayRoute) -> int:
    """A run while connected: it starts on the gateway and ends there."""
    from claude_fallback.run import rerun

    try:
        argv = rerun.on_gateway(run.invocation, route.model, route.settings_path, run.session)
        child = run.start(argv, route.env)
        return _to_its_end(run, child, run.watch(), run.feed(child, _first_part(run, route)))
    finally:
        route.close()


def _next_leg(run: PrintRun, child: Child, watch: Watch) -> NextLeg | None:
    """The gateway leg that a proven limit calls for; none for anything else, faults of ours included."""
    if child.ended == 0 and not watch.may_have_failed:
        return None
    leg = None
    if child.ended is None:
        child.halt(run.signals)
    try:
        from claude_fallback.run import switching

        leg = switching.next_leg(run, child.ended, watch)
    except Exception as error:  # our fault never costs a run
        log(run.environ, "fault", where="switch", error=repr(error))
        say(f"a bug of claude-fallback, claude's own words stand: {type(error).__name__}: {error}")
    finally:
        if leg is None and child.ended is None:
            child.go_on(run.signals)
    return leg


def _first_part(run: PrintRun, route: GatewayRoute) -> Part | None:
    """A program that drives claude by a stream may choose a model in it, which the gateway does not have."""
    if not run.invocation.streams_input:
        return None
    from claude_fallback.run.controls import Rewritten

    return Part(change=Rewritten(route.target.model_for))


def _carry_on(run: PrintRun, child: Child, watch: Watch, leg: NextLeg) -> int:
    """The second leg, on the gateway. When it cannot be started, claude's own words stand."""
    from claude_fallback.run import switching

    try:
        child.end(run.signals)
        if leg.gives_stdin:
            run.stdin.rewind()
        try:
            second = run.start(leg.argv, leg.route.env, leg.gives_stdin)
        except OSError:
            release(watch)
            return child.ended or 1
        release(watch, failure=False)
        write_all(leg.farewell)
        switching.announce(run, leg)
        began = datetime.now(timezone.utc)
        code = _to_its_end(run, second, leg.watch, run.feed(second, leg.stdin))
        switching.tell_new_id(run, leg, began)
        return code
    finally:
        leg.route.close()


def _to_its_end(run: PrintRun, child: Child, watch: Watch, feed: Feed | None) -> int:
    """A leg on the gateway: whatever it answers is the run's answer."""
    from claude_fallback.run import switching

    while True:
        run.relay(child, watch, feed)
        if child.ended is not None and not waits(watch):
            break
        release(watch)  # one failed turn of many
    ending = watch.ending()
    release(watch)
    if not run.signals.received:
        try:
            switching.record(run, child.ended, ending)
        except Exception as error:  # the run is over, and its exit code stands
            log(run.environ, "fault", where="record", error=repr(error))
    return child.ended
