"""One interactive session, from its first claude to its last: legs on native and on the gateway in turn."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from claude_fallback.memory.log import event as log
from claude_fallback.output import PREFIX, printable
from claude_fallback.run import continued, find, words
from claude_fallback.run.terminal import draft, question, switch
from claude_fallback.run.terminal import leg as legs
from claude_fallback.run.terminal.conversation import Conversation
from claude_fallback.run.terminal.handover import Starting
from claude_fallback.run.terminal.leg import Leg, Standing
from claude_fallback.run.terminal.on_gateway import OnGateway
from claude_fallback.run.terminal.on_native import OnNative, Switch
from claude_fallback.run.terminal.screen import Screen
from claude_fallback.run.terminal.typed import Typed
from claude_fallback.run.terminal.watch import SessionWatch

if TYPE_CHECKING:
    from claude_fallback.limits.limit import Limit
    from claude_fallback.run.invocation import Invocation
    from claude_fallback.run.terminal.child import PtyChild
    from claude_fallback.run.terminal.on_gateway import GoHome
    from claude_fallback.run.terminal.relay import Relay
    from claude_fallback.run.terminal.user_terminal import UserTerminal

_PATIENCE = 10.0  # seconds until a resumed claude must have drawn its prompt; then the user has the keys


class Session:
    """What lives longer than a leg."""

    def __init__(
        self,
        invocation: Invocation,
        claude: str,
        environ: Mapping[str, str],
        terminal: UserTerminal,
        relay: Relay,
        notes: list[str],
    ) -> None:
        """`notes` are said once no claude has the screen any more."""
        self.code = 1
        self.notes = notes
        self._invocation, self._claude, self._environ = invocation, claude, environ
        self._terminal, self._relay = terminal, relay
        self._typed = Typed()
        self._carried = ""  # the draft for the next leg
        self._declined: Limit | None = None  # the user chose to wait for it
        self._left: Standing | None = None

    def play(self, leg: Leg, child: PtyChild, began: datetime) -> Leg | None:
        """Relay a started leg until it ends or is to be left. The leg that follows; None: that was the last."""
        conversation = Conversation(self._environ, leg.cwd or os.getcwd(), began, leg.session, leg.prompt)
        conversation.follow(child.pid)
        stay = OnGateway(self._environ) if leg.route else self._on_native()
        watch = SessionWatch(
            Screen(*self._terminal.size()), self._terminal.size, self._typed, conversation, stay
        )
        if leg.resumes:
            self._hand_over(child, watch)
        self._relay.run(child, watch, lambda: stay.move is not None)
        stay.leave()
        self.notes += stay.notes
        if child.ended is not None:
            self.code = child.ended
        if child.ended is None and stay.move is not None:
            return self._leave(stay.move, child, watch)
        if leg.resumes and child.ended and not watch.was_ready:
            return self._not_resumed(leg)
        return None

    def _on_native(self) -> OnNative:
        invocation, claude, environ = self._invocation, self._claude, self._environ
        return OnNative(
            environ,
            lambda settings, in_use: switch.prepare(invocation, claude, environ, settings, in_use),
            self._relay.wake,
            self._declined,
        )

    def _hand_over(self, child: PtyChild, watch: SessionWatch) -> None:
        """The draft, and what was typed since, into the new input."""
        starting = Starting(watch, self._relay.send, _PATIENCE)
        self._relay.run(child, starting, starting.is_over, hold_keys=True)
        between = Typed()
        between.input(bytes(self._relay.held), 0.0)
        self._relay.held.clear()
        watch.put_in(self._carried + draft.carried((), between.so_far(), None), self._relay.send)
        self._carried = ""

    def _leave(self, move: Switch | GoHome, child: PtyChild, watch: SessionWatch) -> Leg | None:
        self._left = left = watch.standing()
        self._carried = draft.carried(watch.accepted, self._typed.so_far(), watch.shown_draft())
        self._typed = Typed()
        self._relay.end(child)
        self._terminal.restore(self._relay.modes)
        if isinstance(move, Switch):
            assert left is not None, "a limit is proven by a transcript"
            return self._to_gateway(move, left)
        self._terminal.write_line(PREFIX + words.home())
        log(self._environ, "home", session=left.session if left else None)
        return self._at_home(left)

    def _at_home(self, left: Standing | None) -> Leg:
        if left is None:  # nothing was ever said in it
            return legs.afresh(self._invocation, self._environ, None)
        release = find.release(self._claude, self._environ)
        model = continued.NATIVE_MODEL if continued.restores_model(release) else ()
        return legs.at_home(self._invocation, self._environ, left, model)

    def rescued(self, error: Exception) -> Leg:
        """After a fault of ours: the session on native again."""
        log(self._environ, "fault", where="session", error=repr(error))
        self.notes.append(
            f"a bug of claude-fallback, claude went on without it: {type(error).__name__}: {error}"
        )
        return self._at_home(self._left)

    def _to_gateway(self, move: Switch, left: Standing) -> Leg | None:
        now = datetime.now().astimezone()
        url, model, what = move.route.target.base_url, move.route.model, words.limit(move.limit, now)
        chosen = question.put(self._terminal, what, model, url) if move.asks else question.CONTINUE
        log(self._environ, "asked", answer=chosen) if move.asks else None
        if chosen == question.CONTINUE:
            notice = PREFIX + printable(words.switched(move.limit, model, url, now))
            self._terminal.write_line(notice)
            switch.remember(move, left.session, self._environ, self.notes)
            return legs.on_gateway(self._invocation, left, move.route, notice)
        move.route.close()
        if chosen == question.QUIT:
            self.code = 0
            self.notes.append(f"to go on later: claude-fallback --resume {left.session}")
            return None
        self._declined = move.limit
        return self._at_home(left)

    def _not_resumed(self, leg: Leg) -> Leg:
        """claude would not go on with the session, and has said why: the user gets a native one."""
        log(self._environ, "not_resumed", session=leg.session, route="gateway" if leg.route else "native")
        self._terminal.write_line(
            f"{PREFIX}claude could not resume session {leg.session}; this is a new one on native Claude."
            f" By hand: claude --resume {leg.session}"
        )
        return legs.afresh(self._invocation, self._environ, leg.cwd)
