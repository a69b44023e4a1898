"""An interactive run, from argv to exit code: claude first, the rest of us while it starts."""

from __future__ import annotations

import sys
import time

from claude_fallback.output import say
from claude_fallback.run import find
from claude_fallback.run.signals import Signals
from claude_fallback.run.terminal import leg as legs
from claude_fallback.run.terminal.child import PtyChild
from claude_fallback.run.terminal.observer import Nobody
from claude_fallback.run.terminal.relay import Relay
from claude_fallback.run.terminal.user_terminal import UserTerminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from claude_fallback.run.gateway_route import GatewayRoute
    from claude_fallback.run.terminal.leg import Command, Leg
    from claude_fallback.run.terminal.session import Session

    Started = tuple[PtyChild, float]  # and when, epoch seconds: before its first row in a transcript
    Start = Callable[[Leg], Started]


def run(command: Command, gateway: GatewayRoute | None, fresh_id: str) -> int:
    """The exit code of the last claude. `fresh_id` names a new session. Raises ClaudeNotFoundError."""
    terminal, signals = UserTerminal(), Signals(own_terminal=True)
    relay = Relay(terminal, signals, command.environ)
    notes: list[str] = []

    def tidy_up() -> None:
        try:  # in another thread: the relay may be at the same modes
            terminal.restore(relay.modes)
        finally:
            terminal.make_usual()
            _close(command, notes)

    def start(leg: Leg) -> Started:
        began = time.time()
        return PtyChild([command.claude, *leg.argv], leg.env, terminal, signals, leg.cwd), began

    signals.before_exit = tidy_up
    try:
        with terminal.raw():
            try:
                leg = legs.first(command, gateway, fresh_id, _native_model(command))
                started = _surely(start, leg)
                return _play(_session(command, terminal, relay, notes), leg, started, start, relay)
            finally:
                terminal.restore(relay.modes)
    finally:
        _close(command, notes)


def _close(command: Command, notes: list[str]) -> None:
    """The terminal is the user's again."""
    if "claude_fallback.run.settings_file" in sys.modules:  # else there was no route
        from claude_fallback.run import settings_file

        settings_file.remove_own(command.environ)
    for note in dict.fromkeys(notes):
        say(note)


def _native_model(command: Command) -> Sequence[str]:
    if not command.invocation.continues:
        return ()
    from claude_fallback.run import continued

    release = find.release(command.claude, command.environ)
    return continued.options(command.invocation, command.environ, release)


def _surely(start: Start, leg: Leg) -> Started:
    try:
        return start(leg)
    except OSError as error:
        what = error.filename or "claude"
        raise find.ClaudeNotFoundError(f"cannot start {what}: {error.strerror or error}") from error


def _session(command: Command, terminal: UserTerminal, relay: Relay, notes: list[str]) -> Session | None:
    """None: our installation is broken, claude's session is not."""
    try:
        from claude_fallback.run.terminal.session import Session

        return Session(command, terminal, relay, notes)
    except Exception as error:
        from claude_fallback.memory import fault

        said = fault.kept(command.environ, "session", error)
        notes.append(f"a bug of claude-fallback, claude ran without it: {said}")
        return None


def _play(session: Session | None, leg: Leg, started: Started, start: Start, relay: Relay) -> int:
    while True:
        following = _followed(session, leg, started, relay)
        if leg.route:
            leg.route.close()
        if following is None or session is None:
            return session.code if session else started[0].ended or 0
        leg = following
        try:
            started = start(leg)
        except OSError as error:
            leg = session.rescued(error)
            started = _surely(start, leg)


def _followed(session: Session | None, leg: Leg, started: Started, relay: Relay) -> Leg | None:
    """What comes after this leg. A fault of ours costs the switch, not the session."""
    child, began = started
    if session is None:
        relay.run(child, Nobody(), lambda: False)
        return None
    try:
        return session.play(leg, child, began)
    except Exception as error:
        following = session.rescued(error)
        if child.ended is not None:
            return following
        relay.let_go()
        relay.run(child, Nobody(), lambda: False)
        session.code = child.ended or 0
        return None
