"""One process at a time, and the others say what they wait for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from claude_fallback.errors import FallbackError
from claude_fallback.gateway.progress import Progress

LONGEST_WAIT = 1800.0  # seconds; an installation over a slow line


@contextmanager
def alone(path: str, doing: str, progress: Progress, longest: float = LONGEST_WAIT) -> Iterator[None]:
    """Hold `path`.lock for the block. The kernel frees it when its holder dies, so it is never stale."""
    from filelock import FileLock, Timeout

    lock = FileLock(f"{path}.lock", mode=0o600)
    waited = 0.0
    while True:
        try:
            lock.acquire(timeout=0.5 if waited else 0)
            break
        except Timeout:
            waited += 0.5
            progress.step(f"another claude-fallback {doing}; waiting for it")
        if waited > longest:
            raise FallbackError(f"another claude-fallback {doing} and does not end; try again later")
    try:
        yield
    finally:
        lock.release()
