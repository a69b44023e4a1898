"""Signals that end a run, passed on to the child; and the news that the child has ended, as a readable fd.

A thread waits for them (`sigwaitinfo` tells who sent a signal, a handler does not), so nothing interrupts the
relay. What the terminal sends, it sends to the whole foreground group: the child has that one already, unless
it has a terminal of its own (`own_terminal`). Then a few more signals matter, which only wake the relay.
"""

from __future__ import annotations

import _thread
import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import FrameType

    from claude_fallback.run.pipes import Child

_PASSED_ON = frozenset(
    (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
)
# Blocked in the thread: after a stop it could take the SIGCONT, and `stop` would be over before its handler.
_FOR_MAIN = frozenset((signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH))


class Signals:
    """Make one before the first child. `received` is the last signal meant to end the run, else 0; `resized`
    and `continued` are for the relay of a terminal to see and to set back. `halted`: the child is.

    `before_exit` is called when a signal ends us while there is no child.
    """

    def __init__(self, own_terminal: bool = False) -> None:
        self.received = 0
        self.resized = self.continued = self.halted = False
        self.before_exit: Callable[[], None] = lambda: None
        self._own_terminal = own_terminal
        self._child = 0
        self._choosing = _thread.allocate_lock()  # whom a signal is for; to the end, when it ends us
        self.wake_fd, self._tell_fd = os.pipe()
        os.set_blocking(self.wake_fd, False)
        os.set_blocking(self._tell_fd, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # else macOS throws it away unseen
        # nohup ignores a hang-up, a shell's `&` keys: so do we
        ignored = {number for number in _PASSED_ON if signal.getsignal(number) == signal.SIG_IGN}
        self._watched = _PASSED_ON - ignored | {signal.SIGCHLD}
        self.usual_mask = signal.pthread_sigmask(signal.SIG_BLOCK, self._watched | _FOR_MAIN)
        _thread.start_new_thread(self._watch, ())
        if own_terminal:
            self._hear_the_terminal()
        signal.pthread_sigmask(signal.SIG_SETMASK, self.usual_mask | self._watched)

    def _hear_the_terminal(self) -> None:
        """By handlers: after a stop, `continued` is set before the next line of ours."""
        signal.set_wakeup_fd(self._tell_fd, warn_on_full_buffer=False)
        signal.signal(signal.SIGWINCH, self._note)
        signal.signal(signal.SIGCONT, self._note)
        if signal.getsignal(signal.SIGTSTP) != signal.SIG_IGN:
            signal.signal(signal.SIGTSTP, self._note)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGWINCH:
            self.resized = True
        elif number == signal.SIGCONT:
            self.continued = True
        elif self._child:  # stops, and then so do we
            os.kill(self._child, number)

    def stop(self) -> bool:
        """Stop our whole group, as claude stops its own, until the shell lets us go on.

        False: the kernel would not; the terminal's first program has no shell that could continue it.
        """
        self.continued = False
        usual = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, usual)
        return self.continued

    def wake(self) -> None:
        """Let the relay look around; any thread may."""
        try:
            os.write(self._tell_fd, b"!")
        except BlockingIOError:
            pass  # full: it is awake already

    def unblock(self) -> None:
        """What is started until `block` and lives on (LiteLLM, pip) must not inherit our mask: it could not
        be stopped. Not while there is a child: a signal would end us, and leave it behind."""
        if not self._child:
            signal.pthread_sigmask(signal.SIG_SETMASK, self.usual_mask)

    def block(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, self._watched)

    def follow(self, child: int) -> None:
        """Pass signals on to `child`; 0: to nobody, a signal then ends us at once."""
        with self._choosing:
            self._child = child

    def started(self, start: Callable[[], Child]) -> Child:
        """The child that `start` makes, followed from its first moment: a signal that comes meanwhile waits
        for it, or we would end and leave it behind."""
        with self._choosing:
            child = start()
            self._child = child.pid
        return child

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
            self.wake()

    def _pass_on(self, number: int, by_terminal: bool) -> None:
        with self._choosing:
            if self._child:
                if self._own_terminal or not by_terminal:
                    self._send(number)
                return
            try:
                self.before_exit()
            finally:
                os._exit(128 + number)

    def _send(self, number: int) -> None:
        try:
            os.kill(self._child, number)
            if self.halted:
                os.kill(self._child, signal.SIGCONT)  # it hears the other one only then
        except OSError:
            pass  # it has just ended, or is another user's (a claude behind sudo)


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
