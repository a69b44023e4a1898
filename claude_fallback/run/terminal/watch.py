"""What watches over a session while its bytes flow: screen, keys, transcript, and when to look at them.

It is told after the bytes were forwarded, looks when something has happened, and sleeps when nothing does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from claude_fallback.run.terminal import draft
from claude_fallback.run.terminal.next_leg import Standing

if TYPE_CHECKING:
    from claude_fallback.run.terminal.conversation import Conversation
    from claude_fallback.run.terminal.on_gateway import OnGateway
    from claude_fallback.run.terminal.on_native import OnNative
    from claude_fallback.run.terminal.screen import Screen
    from claude_fallback.run.terminal.typed import Typed

PAUSE = 1.0  # seconds without a key: the user has stopped typing
_STEP = 0.05  # seconds between two looks whether the user still types
_FLOOD = 32 * 1024  # bytes that wait to be read: most of what a flood writes is never looked at
_LULL = 0.01  # seconds without output: a flood is over
_WHILE_FLOWING = 0.2  # seconds between two looks while claude writes
_LONGEST = 60.0  # seconds between two looks at the clock: while a laptop sleeps, `poll` counts none
_TRIES = 15  # looks for the proof of a limit that is on the screen
_AFTER = (
    0.1,
    0.5,
    2.0,
)  # seconds after the last output: a transcript is written up to 0.1 s later (2.1.330, run)


class SessionWatch:
    """Implements `relay.Observer`, and `homeward.Rest` for those who decide."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it watches, whom it tells, and a clock
        self,
        screen: Screen,
        size: Callable[[], tuple[int, int]],
        typed: Typed,
        conversation: Conversation,
        stay: OnNative | OnGateway,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._screen, self._typed, self._conversation, self._stay = screen, typed, conversation, stay
        self._size, self._last_size = size, size()
        self._behind = False
        self._clock = clock
        self._ready = False
        self._pending = self._text = ""
        self._send: Callable[[bytes], None] = lambda _: None
        self._look_at: float | None = clock()
        self._looks = 0  # since the last output
        self._output_at = clock()
        self._touched = datetime.now(timezone.utc)

    @property
    def was_ready(self) -> bool:
        """claude has drawn its prompt once."""
        self._ready = self._ready or self._screen.is_ready()
        return self._ready

    @property
    def accepted(self) -> list[str]:
        return self._conversation.accepted

    def shown_draft(self) -> str | None:
        """What the input box shows now, all output read."""
        while not self._screen.catch_up():
            pass
        return self._screen.draft()

    def standing(self) -> Standing | None:
        """None: the session's id is not known, so nobody could resume it."""
        talk, turns = self._conversation, self._conversation.turns
        if talk.session is None or turns is None:
            return None
        mode = self._screen.permission_mode() or turns.permission_mode
        return Standing(talk.session, talk.cwd, mode, turns.tools_used)

    def put_in(self, text: str, send: Callable[[bytes], None]) -> None:
        """Type `text` into claude's input, at once or as soon as it has one."""
        self._pending = self._text = text
        self._send = send
        self._type_pending()

    def _type_pending(self) -> None:
        if self._pending and self.was_ready:
            self._send(draft.keys_for(self._pending, pastes=self._screen.pastes))
            self._pending = ""

    @property
    def has_landed(self) -> bool:
        """What was put in is there to be seen, or waits for an input that is not there yet."""
        return not self._text or bool(self._pending) or draft.has_landed(self._text, self._screen.draft())

    def output(self, data: bytes) -> None:
        size = self._size()
        if size != self._last_size:
            self._last_size = size
            self._screen.resize(*size)
        self._screen.output(data)
        self._behind = True
        self._output_at = now = self._clock()
        self._looks = 0
        if self._look_at is None or self._look_at > now + _WHILE_FLOWING:
            self._look_at = now + _AFTER[0]
        if self._conversation.status != "idle":  # an idle claude may still blink
            self._touched = datetime.now(timezone.utc)

    def keys(self, data: bytes) -> None:
        self._typed.input(data, self._clock(), in_box=not self._ready or self._screen.is_at_prompt())
        self._touched = datetime.now(timezone.utc)

    def due(self) -> float | None:
        now = self._clock()
        if self._behind:
            return 0 if self._screen.waiting < _FLOOD else max(0.0, self._output_at + _LULL - now)
        waits = [] if self._look_at is None else [self._look_at - now]
        if self._stay.eager:
            waits.append(_STEP)
        when = self._stay.due(self, datetime.now(timezone.utc))
        if when is not None:
            left = (when - datetime.now(timezone.utc)).total_seconds()
            waits.append(min(max(left, _WHILE_FLOWING), _LONGEST))
        return max(0.0, min(waits)) if waits else None

    def tick(self) -> None:
        self._behind = not self._screen.catch_up()
        now = self._clock()
        self._type_pending()
        late = self._look_at is not None and now >= self._look_at
        when = self._stay.due(self, datetime.now(timezone.utc))
        if late or self._stay.eager or (when is not None and when <= datetime.now(timezone.utc)):
            self.look()

    def look(self) -> None:
        """At the transcript, and what follows from it."""
        if not self._behind:
            self._typed.shown(self._screen.draft(), self._clock())
        self._conversation.refresh(self._typed.so_far().submitted)
        turns = self._conversation.turns
        self._stay.look(turns, self)
        self._looks += 1
        if self._looks < len(_AFTER):
            self._look_at = self._output_at + _AFTER[self._looks]
        else:
            unproven = self._looks < _TRIES and not (turns and turns.error) and self._screen.limit_words()
            self._look_at = self._clock() + _WHILE_FLOWING if unproven else None

    @property
    def since(self) -> datetime:
        turns = self._conversation.turns
        return max(self._touched, turns.last_at) if turns and turns.last_at else self._touched

    @property
    def typing(self) -> bool:
        return self._typed.is_typing(self._clock(), PAUSE)

    @property
    def at_prompt(self) -> bool:
        """Never where the transcript was not found: nobody could go on with that session elsewhere."""
        talk = self._conversation
        known = talk.turns or talk.status is not None or not self._typed.so_far().submitted
        idle = talk.status in (None, "idle") and talk.rests
        return bool(known) and idle and self._screen.is_at_prompt() and not self._screen.is_busy()

    @property
    def is_busy(self) -> bool:
        """A turn is running."""
        return self._screen.is_busy()

    @property
    def limit_is_near(self) -> bool:
        return self._screen.limit_is_near()

    @property
    def draft_empty(self) -> bool:
        return self._screen.draft() == ""
