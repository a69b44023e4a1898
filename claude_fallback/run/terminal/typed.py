"""What the user has typed since the last prompt that claude accepted."""

from __future__ import annotations

from dataclasses import dataclass

from claude_fallback.run.terminal.keyboard import Key, Keyboard, Kind


@dataclass(frozen=True)
class TypedSoFar:
    """`submitted`: ended by Enter, in order. `draft`: the rest. Not `sure`: only the screen can tell it."""

    submitted: tuple[str, ...] = ()
    draft: str = ""
    sure: bool = True
    pastes: tuple[str, ...] = ()


_MOST = 8 * 1024 * 1024  # characters of pastes that are remembered


class Typed:
    """Follows the keyboard. It forwards nothing and never raises."""

    def __init__(self) -> None:
        self._keyboard = Keyboard()
        self._submitted: list[str] = []
        self._pastes: list[str] = []
        self._draft = ""
        self._at = 0  # where the next character goes
        self._sure = True
        self.last_key_at: float | None = None

    def input(self, data: bytes, now: float) -> None:
        """What the terminal sent (now: seconds, monotonic)."""
        for key in self._keyboard.keys(data, now):
            if key.kind is not Kind.REPORT:
                self.last_key_at = now
                self._take(key)

    def is_typing(self, now: float, pause: float) -> bool:
        """A key was pressed less than `pause` seconds ago; mouse, focus and answers are no keys."""
        for key in self._keyboard.settle(now):
            self._take(key)
        return self.last_key_at is not None and now - self.last_key_at < pause

    def so_far(self) -> TypedSoFar:
        return TypedSoFar(tuple(self._submitted), self._draft, self._sure, tuple(self._pastes))

    def accepted(self) -> None:
        """claude has taken a prompt: what was submitted up to now is its business."""
        self._submitted.clear()

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
        elif key.kind is Kind.BACKSPACE and self._at:
            self._draft = self._draft[: self._at - 1] + self._draft[self._at :]
            self._at -= 1
        elif key.kind in (Kind.LEFT, Kind.RIGHT):
            self._at = min(max(self._at + (1 if key.kind is Kind.RIGHT else -1), 0), len(self._draft))
        elif key.kind is Kind.INTERRUPT:
            self._clear()
        elif key.kind in (Kind.EDIT, Kind.ESCAPE):
            self._sure = False

    def _insert(self, text: str) -> None:
        self._draft = self._draft[: self._at] + text + self._draft[self._at :]
        self._at += len(text)

    def _enter(self) -> None:
        if self._draft[: self._at].endswith("\\"):
            self._draft = self._draft[: self._at - 1] + "\n" + self._draft[self._at :]
        elif self._draft.strip() or not self._sure:
            self._submitted.append(self._draft)
            self._clear()

    def _clear(self) -> None:
        self._draft, self._at, self._sure = "", 0, True

    def _remember(self, paste: str) -> None:
        self._pastes.append(paste)
        while sum(map(len, self._pastes)) > _MOST and len(self._pastes) > 1:
            self._pastes.pop(0)
