"""What the user has typed into a session."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from claude_fallback.run.terminal.keyboard import Key, Keyboard, Kind


@dataclass(frozen=True)
class TypedSoFar:
    """`submitted`: ended by Enter, in order. `draft`: the rest. Not `sure`: only the screen can tell it."""

    submitted: tuple[str, ...] = ()
    draft: str = ""
    sure: bool = True
    pastes: tuple[str, ...] = ()  # the last ones, whole: the screen shows only `[Pasted text #1 +3 lines]`


_MOST = 8 * 1024 * 1024  # characters of pastes that are remembered
_KEPT = 64  # submitted texts; claude has long taken those before
_SETTLED = 0.3  # seconds after the last key when the box shows what it did


class Typed:
    """Follows the keyboard beside the relay; it forwards nothing and never raises. Times: seconds, monotonic.

    Text, pastes, line breaks, Backspace and single steps are followed exactly. Any other key (history,
    completion, Esc, Ctrl-C, word and line edits) does what the release wants: then `shown` settles it.
    """

    def __init__(self) -> None:
        self._keyboard = Keyboard()
        self._submitted: deque[str] = deque(maxlen=_KEPT)
        self._pastes: list[str] = []
        self._draft = ""
        self._at = 0  # where the next character goes
        self._sure = self._in_box = True
        self.last_key_at: float | None = None
        self.interrupts = False
        """Esc or Ctrl-C was pressed."""

    def input(self, data: bytes, now: float, *, in_box: bool = True) -> None:
        """What the terminal sent. Not `in_box`: a dialog has the keys, they are no part of a draft."""
        self._in_box = in_box
        self._press(self._keyboard.keys(data, now), now)
        if self._keyboard.in_paste:
            self.last_key_at = now

    def shown(self, draft: str | None, now: float) -> None:
        """What the box shows, when all output has been read: it settles what the keys left open."""
        quiet = self.last_key_at is None or now - self.last_key_at >= _SETTLED
        if draft is not None and quiet and not self._sure:
            self._draft, self._at, self._sure = draft, len(draft), True

    def is_typing(self, now: float, pause: float) -> bool:
        """A key was pressed less than `pause` seconds ago; mouse, focus and answers are no keys."""
        self._press(self._keyboard.settle(now), now)
        return self.last_key_at is not None and now - self.last_key_at < pause

    def so_far(self) -> TypedSoFar:
        return TypedSoFar(tuple(self._submitted), self._draft, self._sure, tuple(self._pastes))

    def _press(self, keys: list[Key], now: float) -> None:
        for key in keys:
            if key.kind is not Kind.REPORT:
                self.last_key_at = now
                if self._in_box:
                    self._take(key)

    def _take(self, key: Key) -> None:
        if key.kind is Kind.TEXT:
            self._insert(key.text)
        elif key.kind is Kind.PASTE:
            self._remember(key.text)
            self._insert(key.text)
        elif key.kind is Kind.NEWLINE:
            self._insert("\n")
        elif key.kind is Kind.ENTER:
            self._enter()
        elif key.kind is Kind.BACKSPACE:
            self._draft = self._draft[: max(self._at - 1, 0)] + self._draft[self._at :]
            self._at = max(self._at - 1, 0)
        elif key.kind in (Kind.LEFT, Kind.RIGHT):
            self._at = min(max(self._at + (1 if key.kind is Kind.RIGHT else -1), 0), len(self._draft))
        elif key.kind in (Kind.EDIT, Kind.ESCAPE, Kind.INTERRUPT):
            self._sure = False
            self.interrupts = self.interrupts or key.kind is not Kind.EDIT

    def _insert(self, text: str) -> None:
        self._draft = self._draft[: self._at] + text + self._draft[self._at :]
        self._at += len(text)

    def _enter(self) -> None:
        if self._draft[: self._at].endswith("\\"):
            self._draft = self._draft[: self._at - 1] + "\n" + self._draft[self._at :]
        elif self._draft.strip():
            self._submitted.append(self._draft)
            self._clear()

    def _clear(self) -> None:
        self._draft, self._at, self._sure = "", 0, True

    def _remember(self, paste: str) -> None:
        self._pastes.append(paste)
        while sum(map(len, self._pastes)) > _MOST and len(self._pastes) > 1:
            self._pastes.pop(0)
