"""The gateway made ready in the background, while claude still owns the screen: nothing is printed here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from claude_fallback.errors import FallbackError

if TYPE_CHECKING:
    from claude_fallback.memory.store import Tell
    from claude_fallback.run.gateway_route import GatewayRoute


class Preparation:
    """`route` or `why_not` is there once `over`; then `wake` has been called, from the thread."""

    def __init__(self, prepare: Callable[[Tell], GatewayRoute], wake: Callable[[], None]) -> None:
        self.route: GatewayRoute | None = None
        self.why_not = ""
        self.said: list[str] = []  # on the way
        self.over = False
        self._abandoned = False
        self._lock = threading.Lock()
        self._prepare, self._wake = prepare, wake
        threading.Thread(target=self._run, daemon=True).start()

    def abandon(self) -> None:
        """Nobody wants it any more; what it has made is removed, now or when it is made."""
        with self._lock:
            self._abandoned = True
            if self.route is not None:
                self.route.close()
                self.route = None

    def _run(self) -> None:
        route, why_not = None, ""
        try:
            route = self._prepare(self.said.append)
        except FallbackError as error:
            why_not = str(error)
        except Exception as error:  # our fault never costs a session
            why_not = f"a bug of claude-fallback: {type(error).__name__}"
        with self._lock:
            if self._abandoned and route is not None:
                route.close()
                route = None
            self.route, self.why_not, self.over = route, why_not, True
        self._wake()
