"""What a print run needs from its first leg to its last, and how one leg is started and relayed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from claude_fallback.limits.watch import JsonWatch, StreamWatch, TextWatch
from claude_fallback.memory import fault
from claude_fallback.run.pipes import Child, Relay, mixes_stderr, write_all
from claude_fallback.run.spool import Spool
from claude_fallback.run.stdin import Feed, Part

if TYPE_CHECKING:
    from claude_fallback.gateway.target import Target
    from claude_fallback.run.invocation import Invocation
    from claude_fallback.run.next_leg import NextLeg
    from claude_fallback.run.patience import Patience
    from claude_fallback.run.signals import Signals
    from claude_fallback.run.stdin import Stdin

Watch = TextWatch | JsonWatch | StreamWatch


@dataclass(frozen=True)
class Trip:
    """The way of a run up to its present leg."""

    targets: tuple[Target, ...] = ()  # the gateways it has been on, this leg's last; (): it is native
    switches: int = 0
    resumes: str | None = None  # the session that this leg resumed…
    since: datetime | None = None  # …and when
    answered: int = 0  # of a stream of user messages: those that earlier legs answered
    replied: frozenset[str] = frozenset()  # …and its control requests that they did

    def on(self, leg: NextLeg) -> Trip:
        """The way with one more leg."""
        now = datetime.now(timezone.utc)
        targets = (*self.targets, leg.route.target)
        return Trip(targets, self.switches + 1, leg.resumes, now, leg.answered, leg.replied)


@dataclass
class PrintRun:
    """One run; its legs share stdin, signals and the session's id."""

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
            return StreamWatch(turns=self.invocation.streams_input)
        return JsonWatch(Spool()) if form == "json" else TextWatch(mixes_stderr())

    def start(self, argv: list[str], env: Mapping[str, str], give_stdin: bool = True) -> Child:
        command, mask = [self.claude, *argv], self.signals.usual_mask
        return self.signals.started(lambda: Child(command, env, self.stdin, give_stdin, mask))

    def relay(self, child: Child, watch: Watch, feed: Feed | None, patience: Patience | None = None) -> None:
        """Until the child has ended, a turn of a stream of turns has failed, or `patience` is over."""
        stops = isinstance(watch, StreamWatch) and self.invocation.streams_input
        see = _with_foresight(watch, self.environ, _careful(watch, self.environ))
        if patience:
            see = patience.hearing(see)
        relay = Relay(child, feed, see, self.signals, patience.tick if patience else None)

        def until() -> bool:
            failed = stops and isinstance(watch, StreamWatch) and watch.failed
            return failed or (patience is not None and child.ended is None and patience.ends(relay.holds))

        relay.run(until)

    def patience(self, child: Child, watch: Watch, trip: Trip) -> Patience | None:
        """With the gateway of this leg; None: it is native, the user waits for ever, or a program drives
        claude by a stream, which may pause between two messages and can interrupt it."""
        if not trip.targets or self.invocation.streams_input:
            return None
        from claude_fallback.memory import settings
        from claude_fallback.run.patience import of_leg

        minutes = settings.load(self.environ, lambda _: None).gateway_timeout_minutes
        return of_leg(self, watch, child.pid, trip, minutes) if minutes else None

    def feed(self, child: Child, part: Part | None = None) -> Feed | None:
        return Feed(self.stdin, child.stdin, part) if child.stdin >= 0 else None


def waits(watch: Watch) -> bool:
    """One failed turn of many is held."""
    return isinstance(watch, StreamWatch) and watch.failed


def release(watch: Watch, failure: bool = True) -> None:
    for data in watch.release(failure):
        if not write_all(data):
            return  # the reader has left


def _with_foresight(
    watch: Watch, environ: Mapping[str, str], see: Callable[[bytes], bytes]
) -> Callable[[bytes], bytes]:
    """`see`; when claude warns that the limit is near, the gateway is started, once."""
    if not isinstance(watch, StreamWatch):
        return see
    begun = False

    def look(data: bytes) -> bytes:
        nonlocal begun
        seen = see(data)
        if watch.limit_is_near and not begun:
            from claude_fallback.gateway.ahead import start_soon

            begun = True
            start_soon(environ)
        return seen

    return look


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
            fault.kept(environ, "watch", error)
            return b"".join(watch.release()) + data

    return see
