"""An interactive run, from argv to exit code: claude first, the rest of us while it starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from claude_fallback.output import say
from claude_fallback.run import continued, find
from claude_fallback.run.signals import Signals
from claude_fallback.run.terminal import leg as legs
from claude_fallback.run.terminal.child import PtyChild
from claude_fallback.run.terminal.observer import Nobody
from claude_fallback.run.terminal.relay import Relay
from claude_fallback.run.terminal.user_terminal import UserTerminal

if TYPE_CHECKING:
    from claude_fallback.run.gateway_route import GatewayRoute
    from claude_fallback.run.invocation import Invocation
    from claude_fallback.run.terminal.leg import Leg
    from claude_fallback.run.terminal.session import Session

Start = Callable[["Leg"], "tuple[PtyChild, datetime]"]


def run(
    claude: str,
    invocation: Invocation,
    environ: Mapping[str, str],
    gateway: GatewayRoute | None,
    fresh_id: str,
) -> int:
    """The exit code of the last claude. `fresh_id` names a new session. Raises ClaudeNotFoundError."""
    terminal, signals = UserTerminal(), Signals(own_terminal=True)
    relay = Relay(terminal, signals, environ)
    notes: list[str] = []

    def tidy_up() -> None:
        terminal.restore(relay.modes)
        terminal.make_usual()

    def start(leg: Leg) -> tuple[PtyChild, datetime]:
        began = datetime.now(timezone.utc)
        return PtyChild([claude, *leg.argv], leg.env, terminal, signals, leg.cwd), began

    signals.before_exit = tidy_up
    try:
        with terminal.raw():
            try:
                native_model = continued.options(invocation, environ, find.release(claude, environ))
                leg = legs.first(invocation, environ, gateway, fresh_id, native_model)
                child, began = _first(claude, leg, start)
                session = _session(invocation, claude, environ, terminal, relay, notes)
                return _play(session, leg, child, began, start, relay)
            finally:
                terminal.restore(relay.modes)
    finally:
        for note in dict.fromkeys(notes):
            say(note)


def _first(claude: str, leg: Leg, start: Start) -> tuple[PtyChild, datetime]:
    try:
        return start(leg)
    except OSError as error:
        raise find.ClaudeNotFoundError(f"cannot start {claude}: {error.strerror}") from error


def _session(
    invocation: Invocation,
    claude: str,
    environ: Mapping[str, str],
    terminal: UserTerminal,
    relay: Relay,
    notes: list[str],
) -> Session | None:
    """None: our installation is broken, claude's session is not."""
    try:
        from claude_fallback.run.terminal.session import Session

        return Session(invocation, claude, environ, terminal, relay, notes)
    except Exception as error:
        notes.append(f"a bug of claude-fallback, claude ran without it: {type(error).__name__}: {error}")
        return None


def _play(
    session: Session | None, leg: Leg, child: PtyChild, began: datetime, start: Start, relay: Relay
) -> int:
    while True:
        following = _followed(session, leg, child, began, relay)
        if leg.route:
            leg.route.close()
        if following is None or session is None:
            return session.code if session else child.ended or 0
        leg = following
        try:
            child, began = start(leg)
        except OSError as error:
            leg = session.rescued(error)
            child, began = start(leg)


def _followed(
    session: Session | None, leg: Leg, child: PtyChild, began: datetime, relay: Relay
) -> Leg | None:
    """What comes after this leg. A fault of ours costs the switch, not the session."""
    if session is None:
        relay.run(child, Nobody(), lambda: False)
        return None
    try:
        return session.play(leg, child, began)
    except Exception as error:
        following = session.rescued(error)
        if child.ended is None:
            relay.run(child, Nobody(), lambda: False)
            session.code = child.ended or 0
            return None
        return following
