"""A print run: claude behind pipes, carried on through the gateway when a limit stops it.

At most two legs: the native one, and one on the gateway. A run that starts on the gateway has only that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from claude_fallback.limits.watch import JsonWatch, StreamWatch, TextWatch
from claude_fallback.memory.log import event as log
from claude_fallback.run.pipes import Child, Relay, write_all
from claude_fallback.run.spool import Spool
from claude_fallback.run.stdin import Feed

if TYPE_CHECKING:
    from claude_fallback.run.gateway_route import GatewayRoute
    from claude_fallback.run.invocation import Invocation
    from claude_fallback.run.signals import Signals
    from claude_fallback.run.stdin import Stdin
    from claude_fallback.run.switching import NextLeg

Watch = TextWatch | JsonWatch | StreamWatch


@dataclass
class PrintRun:
    """What one run needs from its first leg to its last."""

    invocation: Invocation
    claude: str
    environ: Mapping[str, str]
    stdin: Stdin
    signals: Signals
    session: str | None  # the id we gave it, if we did
    began: datetime = field(default_factory=lambda: datetime.now(timezone.utc).replace(microsecond=0))

    def watch(self) -> Watch:
        form = self.invocation.output_format
        if form == "stream-json":
            return StreamWatch()
        return JsonWatch(Spool()) if form == "json" else TextWatch()

    def start(self, argv: list[str], env: Mapping[str, str], give_stdin: bool = True) -> Child:
        child = Child([self.claude, *argv], env, self.stdin, give_stdin, self.signals.usual_mask)
        self.signals.follow(child.pid)
        return child

    def relay(self, child: Child, watch: Watch, feed: Feed | None) -> None:
        """Until the child has ended, or a turn of a stream of turns has failed."""
        stops = isinstance(watch, StreamWatch) and self.invocation.streams_input
        Relay(child, feed, _careful(watch, self.environ), self.signals).run(
            lambda: stops and isinstance(watch, StreamWatch) and watch.failed
        )

    def feed(self, child: Child, cursor: int = 0, prefix: bytes = b"") -> Feed | None:
        return Feed(self.stdin, child.stdin, cursor, prefix) if child.stdin >= 0 else None


def native_first(run: PrintRun, child: Child) -> int:
    """Carry a started native leg to the run's end; its exit code."""
    watch = run.watch()
    feed = run.feed(child)
    while True:
        run.relay(child, watch, feed)
        leg = None if run.signals.received else _next_leg(run, child, watch)
        if leg:
            return _carry_on(run, child, watch, leg)
        _release(watch)
        if child.ended is not None:
            return child.ended


def gateway_first(run: PrintRun, route: GatewayRoute) -> int:
    """A run while connected: it starts on the gateway and ends there."""
    from claude_fallback.run import rerun

    try:
        argv = rerun.on_gateway(run.invocation, route.model, route.settings_path, run.session)
        child = run.start(argv, route.env)
        return _to_its_end(run, child, run.watch(), run.feed(child))
    finally:
        route.close()


def _next_leg(run: PrintRun, child: Child, watch: Watch) -> NextLeg | None:
    """The gateway leg that a proven limit calls for; none for anything else, faults of ours included."""
    if child.ended == 0 and not watch.may_have_failed:
        return None
    try:
        from claude_fallback.run import switching

        return switching.next_leg(run, child.ended, watch)
    except Exception as error:  # our fault never costs a run
        log(run.environ, "fault", where="switch", error=repr(error))
        return None


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
            _release(watch)
            return child.ended or 1
        _release(watch, failure=False)
        switching.announce(run, leg)
        began = datetime.now(timezone.utc)
        code = _to_its_end(run, second, leg.watch, run.feed(second, leg.cursor, leg.prefix))
        switching.tell_new_id(run, leg, began)
        return code
    finally:
        leg.route.close()


def _to_its_end(run: PrintRun, child: Child, watch: Watch, feed: Feed | None) -> int:
    """A leg on the gateway: whatever it answers is the run's answer."""
    from claude_fallback.run import switching

    while True:
        run.relay(child, watch, feed)
        if child.ended is not None:
            break
        _release(watch)  # one failed turn of many
    ending = watch.ending()
    _release(watch)
    if not run.signals.received:
        switching.record(run, child.ended, ending)
    return child.ended


def _release(watch: Watch, failure: bool = True) -> None:
    for data in watch.release(failure):
        if not write_all(data):
            return  # the reader has left


def _careful(watch: Watch, environ: Mapping[str, str]) -> Callable[[bytes], bytes]:
    """The watch's `feed`; should it fail, the run goes on unobserved."""
    broken = False

    def see(data: bytes) -> bytes:
        nonlocal broken
        if broken:
            return data
        try:
            return watch.feed(data)
        except Exception as error:
            broken = True
            log(environ, "fault", where="watch", error=repr(error))
            return b"".join(watch.release()) + data

    return see
