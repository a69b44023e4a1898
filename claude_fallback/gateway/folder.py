"""A folder of ours, and what to say when the disk does not play along."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from claude_fallback import paths
from claude_fallback.errors import FallbackError


@contextmanager
def usable(folder: str) -> Iterator[None]:
    """Make `folder` (0700) for the block; a full, read-only or forbidden place becomes a FallbackError."""
    try:
        paths.make(folder)
        yield
    except OSError as error:
        what = f"{error.filename or folder}: {error.strerror or error}"
        raise FallbackError(f"{what}; choose another place: export CLAUDE_FALLBACK_DATA=FOLDER") from None
