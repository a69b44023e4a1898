"""Bytes kept for a second reading: in memory up to a bound, then in an unlinked 0600 temporary file, up to
another."""

from __future__ import annotations

import os

MEMORY_LIMIT = 8 << 20
DISK_LIMIT = 64 << 20  # the temporary folder is often in memory, too
_CHUNK = 1 << 16


class Spool:
    """Append, then read from any offset. Beyond `most`, or on a full disk, it stops keeping (`lost`), which
    ends no run."""

    def __init__(self, limit: int = MEMORY_LIMIT, most: int = DISK_LIMIT) -> None:
        self._limit, self._most = limit, most
        self._memory = bytearray()
        self._fd = -1
        self.size = 0
        self.lost = False

    def append(self, data: bytes) -> None:
        if self.lost or not data:
            return
        if self._fd < 0 and self.size + len(data) <= self._limit:
            self._memory += data
            self.size += len(data)
            return
        if self.size + len(data) > self._most:
            self.lost = True
            return
        try:
            if self._fd < 0:
                self._to_disk()
            _write_fully(self._fd, data)
            self.size += len(data)
        except OSError:
            self.lost = True  # what came before can still be read

    def read(self, offset: int, count: int = _CHUNK) -> bytes:
        """At most `count` bytes from `offset`; empty at the end."""
        if self._fd >= 0:
            return os.pread(self._fd, max(0, min(count, self.size - offset)), offset)
        return bytes(self._memory[offset : offset + count])

    def bytes(self) -> bytes:
        return self.read(0, self.size)

    def close(self) -> None:
        self._memory = bytearray()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _to_disk(self) -> None:
        import tempfile

        fd, path = tempfile.mkstemp(prefix="claude-fallback-")  # 0600
        os.unlink(path)  # nothing is left behind, however we end
        try:
            _write_fully(fd, self._memory)
        except OSError:
            os.close(fd)
            raise
        self._fd, self._memory = fd, bytearray()


def _write_fully(fd: int, data: bytes | bytearray) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
