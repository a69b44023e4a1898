"""From one claude to the next: what the user types in between waits, and is in the new one's input."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from claude_fallback.run.terminal.keyboard import is_report
from claude_fallback.run.terminal.sequences import Sequences

if TYPE_CHECKING:
    from collections.abc import Callable

    from claude_fallback.run.terminal.watch import SessionWatch


class Starting:
    """Observes a claude that has not drawn its prompt yet. Keys are held; what the terminal itself answers to
    claude's questions is not."""

    def __init__(self, watch: SessionWatch, send: Callable[[bytes], None], seconds: float) -> None:
        self._watch, self._send = watch, send
        self._sequences = Sequences(typed=True)
        self._deadline = time.monotonic() + seconds

    def output(self, data: bytes) -> None:
        self._watch.output(data)

    def keys(self, data: bytes) -> None:
        answers = b"".join(part for part in self._sequences.parts(data) if is_report(part))
        if answers:
            self._send(answers)

    def due(self) -> float | None:
        left = max(0.0, self._deadline - time.monotonic())
        watch = self._watch.due()
        return left if watch is None else min(left, watch)

    def tick(self) -> None:
        self._watch.tick()

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._deadline
