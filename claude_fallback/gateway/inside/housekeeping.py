"""What the private LiteLLM does for itself, so that we need no daemon.

It turns its log over, and it ends when nobody uses it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Mapping

from . import runs
from .activity import Activity

LARGEST_LOG = 10_000_000  # bytes; then it becomes `.1`, and the one before that is gone
EVERY = 30.0  # seconds


def begin(activity: Activity, environ: Mapping[str, str]) -> None:
    """Look after this process, in a thread that ends with it. `CLAUDE_FALLBACK_IDLE`: seconds, 0: never."""
    idle = float(environ.get("CLAUDE_FALLBACK_IDLE") or 0)
    log, folder = environ.get("CLAUDE_FALLBACK_LOG", ""), environ.get("CLAUDE_FALLBACK_RUNS", "")
    every = min(EVERY, idle) if idle else EVERY
    pause = threading.Event()

    def keep() -> None:
        while not pause.wait(every):
            turn_over(log)
            if idle and is_unused(activity.idle(), idle, folder):
                leave(idle)

    threading.Thread(target=keep, name="housekeeping", daemon=True).start()


def is_unused(seconds: float, limit: float, folder: str) -> bool:
    """Idle for longer than `limit`, and no claude runs on the gateway: a session may sit there over night."""
    return seconds >= limit and not any_run(folder)


def any_run(folder: str, is_alive: Callable[[int], bool] = runs.is_alive) -> bool:
    """Whether a run's settings file in `folder` belongs to a live process."""
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    return any(pid is not None and is_alive(pid) for pid in map(runs.owner, names))


def leave(idle: float) -> None:
    """As `stop` would end it; uvicorn finishes what is open."""
    print(f"claude-fallback: nobody used this LiteLLM for {idle / 3600:.2g} h; it ends", flush=True)  # noqa: T201
    os.kill(os.getpid(), signal.SIGTERM)


def turn_over(log: str, largest: int = LARGEST_LOG, outputs: tuple[int, ...] = (1, 2)) -> None:
    """Begin a new file when `log` is large. The old one is moved, the descriptors follow: no line is lost."""
    with contextlib.suppress(OSError):
        if not log or os.path.getsize(log) < largest:
            return
        os.replace(log, f"{log}.1")
        new = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for descriptor in outputs:
            os.dup2(new, descriptor)
        os.close(new)
