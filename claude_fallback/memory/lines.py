"""Files of JSON lines that many processes append to: 0600, bounded, and readable whatever is in them."""

from __future__ import annotations

import errno
import fcntl
import os
import stat

from claude_fallback import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 20_000_000  # bytes read of one file; ours are turned over long before


def append(path: str, line: bytes, largest: int) -> None:
    """Add one line in one write. At `largest` bytes the file becomes `.1`, and the one before that is gone.

    Raises OSError.
    """
    paths.make(os.path.dirname(path))
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        written = os.write(descriptor, line)
        if written < len(line):  # the disk is full; a piece of a line would spoil the next one
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        if os.fstat(descriptor).st_size > largest:
            _turn_over(path, descriptor)
    finally:
        os.close(descriptor)


def _turn_over(path: str, descriptor: int) -> None:
    """Whoever has the lock of this very file moves it, once: a second move would lose the older lines."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return  # another writer is at it
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return  # another writer has just moved it, and nobody has begun the next one
    if os.path.samestat(os.fstat(descriptor), there):
        os.replace(path, f"{path}.1")


def read(path: str) -> Iterator[bytes]:
    """The lines of both files, older ones first. What cannot be read is passed over, a FIFO included."""
    for one in (f"{path}.1", path):
        try:
            descriptor = os.open(one, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                with open(descriptor, "rb", closefd=False) as file:
                    yield from file.read(_MOST).splitlines()
        finally:
            os.close(descriptor)
