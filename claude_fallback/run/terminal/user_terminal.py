"""The user's own terminal: raw while claude has it, and afterwards as it was."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import struct
import termios
import time

from claude_fallback.run.stdin import occupy_standard_fds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from claude_fallback.run.terminal.modes import Modes

_GONE = (errno.EIO, errno.ENXIO, errno.EBADF)  # what a terminal says after its hang-up
_PATIENCE = 2.0  # seconds that a terminal which takes no bytes (Ctrl-S) may keep us from ending


class UserTerminal:
    """Make one before anything else is opened. `keys_fd` (-1: none) is read, `screen_fd` written.

    Both are open file descriptions of our own, so that their being non-blocking is nobody else's. Where stdin
    or stderr is no terminal it is claude's as it is, in `lent`; keys then come from the controlling terminal,
    as they do for claude without us.
    """

    def __init__(self) -> None:
        closed = [fd for fd in (0, 2) if not _is_open(fd)]
        occupy_standard_fds()
        self.lent: dict[int, int | None] = {  # standard fd -> a duplicate above 2; None: closed
            fd: None if fd in closed else os.dup(fd) for fd in (0, 2) if fd in closed or not os.isatty(fd)
        }
        self.screen_fd = _own(1, os.O_WRONLY)
        self.keys_fd = _own(0, os.O_RDONLY) if 0 not in self.lent else _controlling()
        self._control_fd = self.keys_fd if self.keys_fd >= 0 else self.screen_fd
        self.attributes = termios.tcgetattr(self._control_fd)
        self._window = struct.pack("HHHH", 24, 80, 0, 0)
        self.waiting = bytearray()  # shown, and not taken yet

    @contextlib.contextmanager
    def raw(self) -> Iterator[None]:
        """Every key is a byte; in the end, however it comes, the line discipline is as it was."""
        self.attributes = termios.tcgetattr(self._control_fd)
        self.make_raw()
        try:
            yield
        finally:
            self.make_usual()

    def make_raw(self) -> None:
        """As cfmakeraw(3). In the background this stops us (SIGTTOU) until `fg`, as it would claude."""
        set_attributes(self._control_fd, _raw(self.attributes))

    def make_usual(self) -> None:
        # TCSANOW: a terminal that is stopped (Ctrl-S) would let nobody drain it
        set_attributes(self._control_fd, self.attributes)

    def window(self) -> bytes:
        """The size as the kernel keeps it, with the pixels that images need: a struct winsize. The last one
        that there was, when the terminal is gone."""
        with contextlib.suppress(OSError):
            self._window = fcntl.ioctl(self.screen_fd, termios.TIOCGWINSZ, bytes(len(self._window)))
        return self._window

    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = struct.unpack_from("HH", self.window())
        return rows, columns

    def restore(self, modes: Modes) -> None:
        """Undo what is switched on, nothing else."""
        self.write(modes.undo())
        modes.forget()

    def write_line(self, text: str) -> None:
        """A line of ours, between two children: the terminal is raw then."""
        self.write(f"{text}\r\n".encode())

    def show(self, more: bytes = b"") -> None:
        """What waits, and `more` behind it, as far as it is taken at once. OSError: the terminal is gone."""
        if self.waiting:
            self.waiting += more
            del self.waiting[: self._take(self.waiting)]
        else:
            self.waiting += more[self._take(more) :]

    def _take(self, data: bytes | bytearray) -> int:
        try:
            return os.write(self.screen_fd, data)
        except BlockingIOError:
            return 0

    def flush(self) -> None:
        """What waits, as `write` writes it."""
        self.write(self.waiting)
        self.waiting.clear()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """All of it, unless the terminal is gone or takes nothing for two seconds."""
        left, deadline = memoryview(data), time.monotonic() + _PATIENCE
        poll = select.poll()
        poll.register(self.screen_fd, select.POLLOUT)
        while left and poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            try:
                left = left[os.write(self.screen_fd, left) :]
                deadline = time.monotonic() + _PATIENCE
            except BlockingIOError:
                pass
            except OSError:
                return


def set_attributes(fd: int, attributes: list[Any]) -> None:
    """At once; nothing when the terminal is gone."""
    while True:
        try:
            termios.tcsetattr(fd, termios.TCSANOW, attributes)
            return
        except termios.error as error:
            if error.args[0] in _GONE:
                return
            if error.args[0] != errno.EINTR:  # we were stopped in here (in the background), and continued
                raise


def _raw(usual: list[Any]) -> list[Any]:
    iflag, oflag, cflag, lflag, ispeed, ospeed, characters = usual
    iflag &= ~(
        termios.IGNBRK | termios.BRKINT | termios.PARMRK | termios.ISTRIP | termios.INLCR | termios.IGNCR
        | termios.ICRNL | termios.IXON
    )  # fmt: skip
    oflag &= ~termios.OPOST
    cflag = cflag & ~(termios.CSIZE | termios.PARENB) | termios.CS8
    lflag &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
    characters = characters[:]
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    return [iflag, oflag, cflag, lflag, ispeed, ospeed, characters]


def _own(fd: int, access: int) -> int:
    """An open file description of our own of the terminal on `fd`. Where it may not be opened (after `su`)
    and is not the controlling one, the same description, which stays blocking: it is shared with others."""
    flags = access | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    with contextlib.suppress(OSError):
        return os.open(os.ttyname(fd), flags)
    with contextlib.suppress(OSError):
        if os.tcgetpgrp(fd):  # fails unless it is the controlling terminal
            return os.open("/dev/tty", flags)
    return os.dup(fd)


def _controlling() -> int:
    try:
        return os.open("/dev/tty", os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return -1


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
