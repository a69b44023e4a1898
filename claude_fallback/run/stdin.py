"""The user's stdin: handed to claude as it is where it can be read twice, else passed on and kept."""

from __future__ import annotations

import os
import stat

from claude_fallback.run.spool import Spool

CHUNK = 1 << 16

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def occupy_standard_fds() -> None:
    """A pipe of ours must never get the number of a standard fd that is closed; the child finds it closed."""
    while True:
        fd = os.open(os.devnull, os.O_RDWR)
        if fd > 2:
            os.close(fd)
            return


class Stdin:
    """What fd 0 is. `piped`: it goes through us; else the child gets the same fd (or finds it closed)."""

    def __init__(self, streams: bool) -> None:
        """`streams`: the input is stream-json, of which a later leg gets only what is unanswered."""
        self.closed = False
        self._start: int | None = None
        self.ended = False
        self.kept = Spool()
        try:
            mode = os.fstat(0).st_mode
        except OSError:
            self.closed, self.piped = True, False
            return
        self.piped = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or (streams and stat.S_ISREG(mode))
        if stat.S_ISREG(mode) and not self.piped:
            self._start = os.lseek(0, 0, os.SEEK_CUR)

    def rewind(self) -> None:
        """Before a replay: a file is read from where it stood."""
        if self._start is not None:
            os.lseek(0, self._start, os.SEEK_SET)

    def read(self, cursor: int) -> tuple[bytes, int]:
        """The next bytes for a leg that has had `cursor` bytes, and its new cursor: what was kept, then new.

        Blocks when nothing is kept and nothing has come. Raises OSError when what was kept is lost.
        """
        if cursor < self.kept.size:
            if self.kept.lost:
                raise OSError("there was no room to keep this input")
            data = self.kept.read(cursor, CHUNK)
            return data, cursor + len(data)
        data = os.read(0, CHUNK)
        if not data:
            self.ended = True
        self.kept.append(data)
        if self.kept.lost:
            self.kept.close()  # half an input is of no use, the room is
        return data, self.kept.size

    def waits(self, cursor: int) -> bool:
        """Nothing is kept for this leg: poll fd 0."""
        return cursor >= self.kept.size


class Part:
    """What of stdin a leg gets: `before` first, then all from the byte `cursor` on, as `change` has it."""

    __slots__ = ("before", "change", "cursor")

    def __init__(
        self, cursor: int = 0, before: bytes = b"", change: Callable[[bytes], bytes] | None = None
    ) -> None:
        """`change` gets the bytes in pieces, and at the end an empty one: then it gives what it still has."""
        self.cursor, self.before, self.change = cursor, before, change


class Feed:
    """Passes stdin on to one child: never more in hand than one chunk, so memory stays flat."""

    def __init__(self, stdin: Stdin, fd: int, part: Part | None = None) -> None:
        os.set_blocking(fd, False)
        self._stdin = stdin
        self.fd = fd
        self._cursor = part.cursor if part else 0
        self._pending = memoryview(part.before if part else b"")
        self._change = part.change if part else None
        self._close_at_end()

    @property
    def wants_write(self) -> bool:
        return self.fd >= 0 and (bool(self._pending) or not self._stdin.waits(self._cursor))

    @property
    def wants_read(self) -> bool:
        return self.fd >= 0 and not self.wants_write and not self._stdin.ended

    def step(self) -> None:
        """Move one chunk: from fd 0 when it is readable, to the child when it is writable."""
        try:
            if not self._pending:
                data, self._cursor = self._stdin.read(self._cursor)
                self._pending = memoryview(self._change(data) if self._change and data else data)
            if self._pending:
                self._pending = self._pending[os.write(self.fd, self._pending) :]
        except BlockingIOError:
            return
        except OSError:  # the child reads no more (EPIPE), or fd 0 cannot be read
            self.close()
            return
        self._close_at_end()

    def _close_at_end(self) -> None:
        if self._pending or not self._stdin.ended or not self._stdin.waits(self._cursor):
            return
        self._pending = memoryview(self._change(b"") if self._change else b"")
        if not self._pending:
            self.close()

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
