"""One interactive session, from its first claude to its last: legs on native and on the gateway in turn."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING

from claude_fallback.memory import fault
from claude_fallback.memory.log import event as log
from claude_fallback.output import PREFIX, printable
from claude_fallback.run import continued, find, words
from claude_fallback.run.terminal import draft, question
from claude_fallback.run.terminal import next_leg as legs
from claude_fallback.run.terminal.conversation import Conversation
from claude_fallback.run.terminal.departure import Switch, Way
from claude_fallback.run.terminal.foresight import Foresight
from claude_fallback.run.terminal.handover import Starting
from claude_fallback.run.terminal.next_leg import Standing
from claude_fallback.run.terminal.on_native import OnNative, in_background
from claude_fallback.run.terminal.screen import Screen
from claude_fallback.run.terminal.typed import Typed
from claude_fallback.run.terminal.watch import SessionWatch

if TYPE_CHECKING:
    from collections.abc import Collection

    from claude_fallback.gateway.chain import Link
    from claude_fallback.limits.limit import Limit
    from claude_fallback.memory.settings import Settings
    from claude_fallback.memory.store import Tell
    from claude_fallback.run.gateway_route import GatewayRoute
    from claude_fallback.run.terminal.child import PtyChild
    from claude_fallback.run.terminal.leg import Command, Leg
    from claude_fallback.run.terminal.on_gateway import GoHome, OnGateway
    from claude_fallback.run.terminal.relay import Relay
    from claude_fallback.run.terminal.turns import Turns
    from claude_fallback.run.terminal.user_terminal import UserTerminal

# In it a model of Anthropic's judges each tool call. Behind any other address that check fails, and a dialog
# waits for a key (2.1.331, run): on the gateway claude asks the user instead.
_NATIVE_MODE = "auto"
# Seconds that keys are held at most: until a resumed claude has drawn its prompt, and shows the draft in it
_PATIENCE, _SHOWN_WITHIN = 10.0, 5.0


class Session:
    """What lives longer than a leg."""

    def __init__(self, command: Command, terminal: UserTerminal, relay: Relay, notes: list[str]) -> None:
        """`notes` are said once no claude has the screen any more."""
        self.code = 1
        self.notes = notes
        self._command, self._environ = command, command.environ
        self._terminal, self._relay = terminal, relay
        self._typed = Typed()
        self._foresight = Foresight(self._environ)
        self._carried = ""  # the draft for the next leg
        self._declined: Limit | None = None  # the user chose to wait for it
        self._left: Standing | None = None
        self._model: str | None = None  # of claude's, that native last answered with
        self._way: Way | None = None  # of the prompt that the next leg begins with
        self._mode_at_home: str | None = None  # a permission mode that no gateway can serve

    def play(self, leg: Leg, child: PtyChild, began: float) -> Leg | None:
        """Relay a started leg until it ends or is to be left. The leg that follows; None: it was the last."""
        conversation = self._conversation(leg, began)
        conversation.follow(child.pid)
        stay = self._stay(leg, conversation)
        screen = Screen(*self._terminal.size())
        watch = SessionWatch(screen, self._terminal.size, self._typed, conversation, stay)
        if leg.follows:
            self._hand_over(child, watch, goes_on=leg.route is not None)
        self._relay.run(child, watch, lambda: stay.move is not None)
        stay.leave()
        self.notes += stay.notes
        if child.ended is not None:
            self.code = child.ended
            return self._not_resumed(leg) if self._was_refused(leg, child, watch) else None
        return self._leave(stay.move, child, watch) if stay.move else None

    def _conversation(self, leg: Leg, began: float) -> Conversation:
        since, where = datetime.fromtimestamp(began, timezone.utc), leg.cwd or os.getcwd()
        is_new = not (leg.follows or self._command.invocation.continues)
        return Conversation(self._environ, where, since, leg.session, leg.prompt, is_new=is_new)

    def _was_refused(self, leg: Leg, child: PtyChild, watch: SessionWatch) -> bool:
        resumed = leg.follows and leg.session
        return bool(resumed and child.ended and not watch.was_ready and not self._relay.is_ending)

    def _stay(self, leg: Leg, talk: Conversation) -> OnNative | OnGateway:
        def prepare(settings: Settings, turns: Turns, tried: Collection[Link], tell: Tell) -> GatewayRoute:
            from claude_fallback.run.terminal import switch  # most sessions never need it, or a gateway

            if leg.route is None:
                self._model = turns.model or self._model
            stopped = switch.Stopped(talk.session, self._model, "".join(turns.accepted[-1:]))
            return switch.prepare(self._command, stopped, settings, tried, tell)

        if leg.route is None:
            return OnNative(self._environ, prepare, self._relay.wake, self._declined, self._foresight.look)
        from claude_fallback.run.terminal.on_gateway import OnGateway

        if not leg.follows:
            from claude_fallback.run.terminal import switch

            in_background(partial(switch.note, leg.route, self._environ, self.notes, switched=False))
        link = leg.route.target.link
        way, self._way = self._way or Way((link,)), None
        return OnGateway(self._environ, leg.route.target, prepare, self._relay.wake, way)

    def _hand_over(self, child: PtyChild, watch: SessionWatch, *, goes_on: bool) -> None:
        """The draft, and what was typed since, into the new input; what is typed meanwhile comes later.
        `goes_on`: a turn does, by itself."""
        self._hold(child, watch, lambda: watch.was_ready, _PATIENCE)
        unwanted = self._carry_held()
        text, self._carried = self._carried, ""
        self._typed.input(draft.keys_for(text, pastes=True), 0.0)
        watch.put_in(text, self._relay.send)
        self._hold(child, watch, lambda: watch.has_landed, _SHOWN_WITHIN)
        if unwanted and goes_on:
            self._hold(child, watch, lambda: watch.is_busy, _SHOWN_WITHIN)
            self._relay.send(b"\x1b")
        watch.keys(self._relay.let_go())

    def _hold(self, child: PtyChild, watch: SessionWatch, until: Callable[[], bool], seconds: float) -> None:
        starting = Starting(watch, self._relay.send, seconds)
        self._relay.run(child, starting, lambda: starting.is_over or until(), hold_keys=True)

    def _carry_held(self) -> bool:
        """What was typed between two claudes is draft. Whether it says, too, that the turn is not wanted."""
        between = Typed()
        between.input(bytes(self._relay.held), 0.0)
        self._relay.held.clear()
        between.is_typing(_PATIENCE, 0.0)  # an ESC that nothing follows was the Esc key
        self._carried += draft.carried((), between.so_far(), None)
        return between.interrupts

    def _leave(self, move: Switch | GoHome, child: PtyChild, watch: SessionWatch) -> Leg | None:
        self._left = left = watch.standing()
        self._carried = draft.carried(watch.accepted, self._typed.so_far(), watch.shown_draft())
        self._typed = Typed()
        self._relay.end(child)
        self._terminal.restore(self._relay.modes)
        if self._relay.is_ending:
            self.code = child.ended or 0
            return None
        if isinstance(move, Switch) and left:  # a limit is proven by a transcript: there is one
            return self._to_gateway(move, left)
        self._tell(words.home())
        log(self._environ, "home", session=left.session if left else None)
        return self._at_home(left)

    def _tell(self, line: str) -> str:
        notice = PREFIX + printable(line)
        self._terminal.write_line(notice)
        return notice

    def _at_home(self, left: Standing | None) -> Leg:
        if left is None:  # nothing was ever said in it
            return legs.afresh(self._command, None)
        if self._mode_at_home and left.permission_mode in (None, "default"):
            left = replace(left, permission_mode=self._mode_at_home)
        self._mode_at_home = None
        release = find.release(self._command.claude, self._environ)
        model = continued.NATIVE_MODEL if continued.restores_model(release) else ()
        return legs.at_home(self._command, left, model)

    def rescued(self, error: Exception) -> Leg:
        """After a fault of ours: the session on native again."""
        said = fault.kept(self._environ, "session", error)
        self.notes.append(f"a bug of claude-fallback, claude went on without it: {said}")
        return self._at_home(self._left)

    def _to_gateway(self, move: Switch, left: Standing) -> Leg | None:
        now = datetime.now().astimezone()
        model = move.route.model
        chosen = question.CONTINUE
        if move.asks:
            by_hand = f"to go on later: claude-fallback --resume {left.session}"
            self.notes.append(by_hand)  # now: Ctrl-C ends us at once
            limit = words.limit(move.limit, now)
            chosen = question.put(self._terminal, limit, model, move.route.target, self._relay.hold)
            self._carry_held()  # an Esc from before the answer is no word against it
            if chosen != question.QUIT:
                self.notes.remove(by_hand)
            log(self._environ, "asked", answer=chosen)
        if chosen == question.CONTINUE:
            if left.permission_mode == _NATIVE_MODE:
                self._mode_at_home, left = _NATIVE_MODE, replace(left, permission_mode="default")
            from claude_fallback.run.terminal import switch

            for line in move.said:
                self._tell(line)
            notice = self._tell(words.switched(move.limit, model, move.route.target, now, move.before))
            self._way = move.way.on(move.route.target.link)
            # A lock may take its time; the user waits for claude
            in_background(partial(switch.remember, move, left.session, self._environ, self.notes))
            return legs.on_gateway(self._command, left, move.route, notice)
        move.route.close()
        if chosen == question.QUIT:
            self.code = 0
            return None
        self._declined = move.limit
        return self._at_home(left)

    def _not_resumed(self, leg: Leg) -> Leg:
        """claude would not go on with the session, and has said why: the user gets a native one."""
        log(self._environ, "not_resumed", session=leg.session, route="gateway" if leg.route else "native")
        self._tell(
            f"claude could not resume session {leg.session}; this is a new one on native Claude."
            f" By hand: claude --resume {leg.session}"
        )
        self._carried, self._typed = draft.carried((), self._typed.so_far(), None), Typed()
        return legs.afresh(self._command, leg.cwd)
