"""Signals that end a run, passed on to the child; and the news that the child has ended, as a readable fd.

A thread waits for them (`sigwaitinfo` tells who sent a signal, a handler does not), so nothing interrupts the
relay. What the terminal sends, it sends to the whole foreground group: the child has that one already.
"""

from __future__ import annotations

import _thread
import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_PASSED_ON = frozenset(
    (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
)


class Signals:
    """Make one before the first child. `received` is the last signal meant to end the run, else 0."""

    def __init__(self) -> None:
        self.received = 0
        self._child = 0
        self.wake_fd, self._tell_fd = os.pipe()
        os.set_blocking(self.wake_fd, False)
        os.set_blocking(self._tell_fd, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # else macOS throws it away unseen
        # nohup ignores a hang-up, a shell's `&` keys: so do we
        ignored = {number for number in _PASSED_ON if signal.getsignal(number) == signal.SIG_IGN}
        self._watched = _PASSED_ON - ignored | {signal.SIGCHLD}
        self.usual_mask = signal.pthread_sigmask(signal.SIG_BLOCK, self._watched)
        _thread.start_new_thread(self._watch, ())

    def unblock(self) -> None:
        """What is started until `block` and lives on (LiteLLM, pip) must not inherit our mask: it could not
        be stopped."""
        signal.pthread_sigmask(signal.SIG_SETMASK, self.usual_mask)

    def block(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, self._watched)

    def follow(self, child: int) -> None:
        """Pass signals on to `child`; 0: to nobody, a signal then ends us at once."""
        self._child = child
        if child and self.received:
            os.kill(child, self.received)  # it came while the child was being started

    def clear(self) -> None:
        """Empty the fd after it woke somebody."""
        try:
            os.read(self.wake_fd, 4096)
        except BlockingIOError:
            pass

    def _watch(self) -> None:
        while True:
            number, by_terminal = _next(self._watched)
            if number != signal.SIGCHLD:
                self.received = number
                self._pass_on(number, by_terminal)
            try:
                os.write(self._tell_fd, b"!")
            except BlockingIOError:
                pass  # full: it is awake already

    def _pass_on(self, number: int, by_terminal: bool) -> None:
        if not self._child:
            os._exit(128 + number)
        if not by_terminal:
            try:
                os.kill(self._child, number)
            except ProcessLookupError:
                pass


def _next(watched: Collection[int]) -> tuple[int, bool]:
    """The next signal, and whether the kernel sent it to our whole group (a key, a hang-up)."""
    if hasattr(signal, "sigwaitinfo"):
        found = signal.sigwaitinfo(watched)
        return found.si_signo, found.si_code > 0
    number = signal.sigwait(watched)  # macOS
    return number, number in (signal.SIGINT, signal.SIGQUIT) and _in_foreground()


def _in_foreground() -> bool:
    for fd in (0, 1, 2):
        try:
            return os.tcgetpgrp(fd) == os.getpgrp()
        except OSError:
            continue
    return False
