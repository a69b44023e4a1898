"""Whether LiteLLM is in use. The middleware tells, the housekeeping asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Activity:
    """Requests for answers, from the first byte to the last; questions about health do not count."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open = 0
        self._last = clock()

    def begin(self) -> None:
        """The start is over; however long it took, nobody could have asked before."""
        self._last = self._clock()

    @contextmanager
    def request(self) -> Iterator[None]:
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
            self._last = self._clock()

    def idle(self) -> float:
        """Seconds since the last answer ended, or since the start was over; 0 while one is being given."""
        return 0.0 if self._open else self._clock() - self._last
