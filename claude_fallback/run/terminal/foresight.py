"""The private LiteLLM, started when claude warns that its limit is near: the switch need not wait for it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from claude_fallback.gateway.ahead import start_soon
from claude_fallback.run.terminal.on_native import in_background

if TYPE_CHECKING:
    from claude_fallback.run.terminal.homeward import Rest


class Foresight:
    """One for all legs of a session: it starts once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._begun = False

    def look(self, rest: Rest) -> None:
        if self._begun or not rest.limit_is_near:
            return
        self._begun = True
        pid = start_soon(self._environ)
        if pid:
            in_background(lambda: _reap(pid))


def _reap(pid: int) -> None:
    """It ends when LiteLLM runs, and a session may last for days."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
