"""Who looks on while bytes go to and fro."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    class Observer(Protocol):
        def output(self, data: bytes) -> None:
            """What claude wrote, after it went to the user."""

        def keys(self, data: bytes) -> None:
            """What the user typed, after it went to claude (or was held)."""

        def due(self) -> float | None:
            """Seconds until `tick`; 0: as soon as nothing else is to do; None: never."""

        def tick(self) -> None: ...


class Nobody:
    """Sees nothing."""

    def output(self, data: bytes) -> None:
        pass

    def keys(self, data: bytes) -> None:
        pass

    def due(self) -> float | None:
        return None

    def tick(self) -> None:
        pass


class Patience(Nobody):
    """Waits for a number of seconds."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds

    def due(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def is_over(self) -> bool:
        return time.monotonic() >= self._deadline


class Careful:
    """Another observer and its `until`; when one of them fails, the session goes on unobserved.

    Where keys are held it is over then (`ends`): nobody else would let them go."""

    def __init__(
        self, observer: Observer, until: Callable[[], bool], environ: Mapping[str, str], ends: bool = False
    ) -> None:
        self._observer, self._until, self._environ, self._ends = observer, until, environ, ends

    def output(self, data: bytes) -> None:
        try:
            self._observer.output(data)
        except Exception as error:
            self._leave(error)

    def keys(self, data: bytes) -> None:
        try:
            self._observer.keys(data)
        except Exception as error:
            self._leave(error)

    def tick(self) -> None:
        try:
            self._observer.tick()
        except Exception as error:
            self._leave(error)

    def due(self) -> float | None:
        try:
            return self._observer.due()
        except Exception as error:
            self._leave(error)
            return None

    def until(self) -> bool:
        try:
            return self._until()
        except Exception as error:
            self._leave(error)
            return self._ends

    def _leave(self, error: Exception) -> None:
        self._observer, self._until = Nobody(), lambda: self._ends
        from claude_fallback.memory import fault

        fault.kept(self._environ, "observer", error)
