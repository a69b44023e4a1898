"""A print run: claude behind pipes, carried on through a gateway when a limit stops it.

Leg after leg until one's words stand: the native one, then at most one on each gateway of the chain. A run
that starts on a gateway has only the latter.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from claude_fallback.memory import fault
from claude_fallback.output import say
from claude_fallback.run.legs import PrintRun, Trip, Watch, release, waits
from claude_fallback.run.pipes import write_all
from claude_fallback.run.stdin import Part

if TYPE_CHECKING:
    from claude_fallback.limits.ending import Ending
    from claude_fallback.limits.limit import Limit
    from claude_fallback.run.gateway_route import GatewayRoute
    from claude_fallback.run.next_leg import NextLeg
    from claude_fallback.run.patience import Patience
    from claude_fallback.run.pipes import Child
    from claude_fallback.run.stdin import Feed

_TERMINATED = 128 + 15  # of a claude that we ended, whether TERM was enough or not


@dataclass(frozen=True)
class _Leg:
    """One claude that was started, and the way of the run up to it."""

    child: Child
    watch: Watch
    feed: Feed | None
    trip: Trip
    patience: Patience | None = None  # with its gateway

    @property
    def given_up(self) -> Limit | None:
        """It was ended, because its gateway gave nothing."""
        return self.patience.limit if self.patience and self.patience.over else None


def native_first(run: PrintRun, child: Child) -> int:
    """Carry a started native leg to the run's end; its exit code."""
    return _to_the_end(run, _Leg(child, run.watch(), run.feed(child), Trip()))


def gateway_first(run: PrintRun, route: GatewayRoute) -> int:
    """A run while connected: it starts on the gateway."""
    from claude_fallback.run import rerun

    try:
        argv = rerun.on_gateway(run.invocation, route.model, route.settings_path, run.session)
        child = run.start(argv, route.env)
        feed = run.feed(child, _first_part(run, route))
        watch, trip = run.watch(), Trip((route.target,))
        return _to_the_end(run, _Leg(child, watch, feed, trip, run.patience(child, watch, trip)))
    finally:
        route.close()


def _to_the_end(run: PrintRun, leg: _Leg) -> int:
    """The exit code of the last leg."""
    with ExitStack() as routes:
        while True:
            following = _relayed(run, leg)
            if following is None:
                return _TERMINATED if leg.given_up else leg.child.ended or 0
            routes.callback(following.route.close)
            run, started = _started(run, leg, following)
            if started is None:  # cannot be started: the words of the leg before stand
                release(leg.watch)
                return leg.child.ended or 1
            leg = started


def _relayed(run: PrintRun, leg: _Leg) -> NextLeg | None:
    """Relay a leg to its end, or to a failure that another leg takes over."""
    while True:
        run.relay(leg.child, leg.watch, leg.feed, leg.patience)
        if leg.given_up:
            _give_up(run, leg)
        following = None if run.signals.received else _next_leg(run, leg)
        if following:
            return following
        ending = leg.watch.ending() if leg.trip.targets else None
        release(leg.watch)  # of a stream of turns one has failed, and others may come
        if leg.child.ended is None or waits(leg.watch):
            continue
        if ending and not run.signals.received:
            _recorded(run, leg, ending)
        return None


def _give_up(run: PrintRun, leg: _Leg) -> None:
    """End a claude that waits in vain; what it still says is passed on."""
    from claude_fallback.run import switching

    switching.tell_silence(leg.trip, leg.patience.minutes if leg.patience else 0)
    leg.child.end(run.signals)
    run.relay(leg.child, leg.watch, leg.feed)


def _next_leg(run: PrintRun, leg: _Leg) -> NextLeg | None:
    """The leg that a proven limit calls for; none for anything else, faults of ours included."""
    if leg.child.ended == 0 and not leg.watch.may_have_failed:
        return None
    following = None
    if leg.child.ended is None:
        leg.child.halt(run.signals)
    try:
        from claude_fallback.run import switching

        following = switching.next_leg(run, leg.child.ended, leg.watch, leg.trip, leg.given_up)
        if following and run.signals.received:  # meanwhile: claude has the signal, and goes on to end
            following.route.close()
            following = None
    except Exception as error:  # our fault never costs a run
        said = fault.kept(run.environ, "switch", error)
        say(f"a bug of claude-fallback, claude's own words stand: {said}")
    finally:
        if following is None and leg.child.ended is None:
            leg.child.go_on(run.signals)
    return following


def _first_part(run: PrintRun, route: GatewayRoute) -> Part | None:
    """A program that drives claude by a stream may choose a model in it, which the gateway does not have."""
    if not run.invocation.streams_input:
        return None
    from claude_fallback.run.controls import Rewritten

    return Part(change=Rewritten(route.target.model_for))


def _started(run: PrintRun, leg: _Leg, following: NextLeg) -> tuple[PrintRun, _Leg | None]:
    from claude_fallback.run import switching

    leg.child.end(run.signals)
    if following.gives_stdin:
        run.stdin.rewind()
    try:
        child = run.start(following.argv, following.route.env, following.gives_stdin)
    except OSError:
        return run, None
    release(leg.watch, failure=False)
    write_all(following.farewell)
    switching.announce(run, following, leg.trip)
    run = replace(run, session=following.session)
    feed, trip = run.feed(child, following.stdin), leg.trip.on(following)
    patience = run.patience(child, following.watch, trip)
    return run, _Leg(child, following.watch, feed, trip, patience)


def _recorded(run: PrintRun, leg: _Leg, ending: Ending) -> None:
    from claude_fallback.run import switching

    try:
        switching.record(run, leg.child.ended, ending, leg.trip, leg.given_up)
        switching.tell_new_id(run, leg.trip)
    except Exception as error:  # the run is over, and its exit code stands
        fault.kept(run.environ, "record", error)
