"""An end to a request whose provider says nothing. Standard library, Python 3.10: LiteLLM's, not ours.

Pings, comments and empty deltas keep claude reading, in most releases for ever (`run/patience.py`).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

GRACE = 5.0  # seconds for the work to end when it is told to; claude is answered then, whatever it does


class Silence:
    """Of one request. A word costs a look at the clock, and the timer runs out once for each `limit`."""

    def __init__(self, limit: float, now: Callable[[], float] = time.monotonic) -> None:
        """`limit`: seconds, 0: for ever. `now`: seconds that only grow."""
        self.limit = limit
        self.over = False  # it has lasted too long: the work is ended, nothing it sends goes to claude
        self._now = now
        self._since = now()  # the last word
        self._passing = self._whole = False

    def word(self) -> None:
        self._since = self._now()

    def whole(self) -> None:
        """The answer is; the work may have more to do, and nobody waits for it."""
        self._whole = True

    async def passing(self, sending: Awaitable[None]) -> None:
        """Something goes to claude. As long as claude does not take it, the silence is not the provider's."""
        begun, self._passing = self._now(), True
        try:
            await sending
        finally:
            self._passing = False
            self._since += self._now() - begun

    async def bounds(self, work: Awaitable[None]) -> bool:
        """Do `work`; its faults and its cancellation are the caller's. False: ended, it said nothing."""
        if not self.limit:
            await work
            return True
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                left = self._left()
                if left is not None and left <= 0:
                    self.over = True
                    await _cancelled(task)
                    return False
                await asyncio.wait({task}, timeout=left)
        except asyncio.CancelledError:
            await _cancelled(task)
            raise
        await task
        return True

    def _left(self) -> float | None:
        """Seconds until the next look; 0 or less: silent for too long; None: there is nothing to look for."""
        left = self._since + self.limit - self._now()
        if self._whole:
            return None
        return self.limit if self._passing else left


async def _cancelled(task: asyncio.Future[None]) -> None:
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # nobody else asks for it
    task.cancel()
    await asyncio.wait({task}, timeout=GRACE)


def has_word(lines: bytes) -> bool:
    """Whether one of these lines of a stream holds a piece of the answer: of its text, thinking or calls."""
    return any(b"content_block_" in line and _is_word(line) for line in lines.splitlines())


def _is_word(line: bytes) -> bool:
    try:
        event = json.loads(line.removeprefix(b"data:"))
        said = event.get("delta") or event.get("content_block") or {}
        return any(value for name, value in said.items() if name != "type")
    except (ValueError, AttributeError, RecursionError):
        return False
