"""The loop between the user's terminal and claude's: every byte, both ways, as it is.

Forward first, observe second. One `poll` for keys, screen, pty, signals and the leader's news; without an
appointment of the observer's it sleeps until something happens.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time

from claude_fallback.run.terminal.modes import Modes
from claude_fallback.run.terminal.observer import Careful, Patience

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from claude_fallback.run.signals import Signals
    from claude_fallback.run.terminal.child import PtyChild
    from claude_fallback.run.terminal.observer import Observer
    from claude_fallback.run.terminal.user_terminal import UserTerminal

CHUNK = 1 << 16  # bytes: of one read, and in hand each way before no more is read
_PIECE = 4096  # bytes: a pty gives no more at once, and room for more costs 10 µs where the piece is kept
_HELD = 1 << 24  # bytes of keys kept for a later claude; more of them wait in the terminal
# Chunks that may be in the pty when claude ends. What comes after them is not claude's: a process that it
# left behind may write for ever.
_LEFT_OVER = 16
_ENDING = (signal.SIGHUP, signal.SIGTERM)


class Relay:
    """One for all children of a run. `modes` is what they left on; `held` are keys that none was sent."""

    def __init__(self, terminal: UserTerminal, signals: Signals, environ: Mapping[str, str]) -> None:
        self.held = bytearray()
        self.patience = 10.0  # seconds that claude has for its end after a signal or a hang-up; it needs 0.6
        self.modes = Modes()
        self._terminal, self._signals, self._environ = terminal, signals, environ
        self._to_child = bytearray()
        self._poll = select.poll()
        self._awaited: tuple[int, ...] = ()
        self._gone = False  # the user's terminal
        self._deadline: float | None = None

    def wake(self) -> None:
        """From any thread: ask `until` and `due` now."""
        self._signals.wake()

    def send(self, data: bytes) -> None:
        """Bytes of ours for claude, in order with the user's."""
        self._to_child += data

    def hold(self) -> None:
        """What was typed until now is held. It is asked for first: not every terminal is non-blocking."""
        fd, waiting = self._terminal.keys_fd, select.poll()
        if fd < 0:
            return
        waiting.register(fd, select.POLLIN)
        with contextlib.suppress(OSError):
            while waiting.poll(0) and (data := os.read(fd, CHUNK)):
                self.held += data

    def let_go(self) -> bytes:
        """What was held, to claude now."""
        held = bytes(self.held)
        self.held.clear()
        self.send(held)
        return held

    @property
    def is_ending(self) -> bool:
        """A signal or a closed terminal ends the run, not this claude alone."""
        return self._gone or self._signals.received in _ENDING

    def run(
        self, child: PtyChild, observer: Observer, until: Callable[[], bool], hold_keys: bool = False
    ) -> None:
        """Until claude has ended and its last output is written, or `until` says so, which is asked after
        everything that happens. With `hold_keys` keys go to `held`, not to claude; the observer sees both."""
        careful = Careful(observer, until, self._environ, ends=hold_keys)
        while child.ended is None and not careful.until():
            self._step(child, careful, hold_keys)
        if child.ended is not None:
            self._finish(child, careful)

    def end(self, child: PtyChild) -> None:
        """End claude, whose keys are held meanwhile: TERM, and KILL when it does not listen.

        SIGTERM is its own way out: exit 143 within 0.2 s, transcript complete, SessionEnd hooks run.
        """
        for number, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 30.0)):
            child.kill(number)
            patience = Patience(seconds)
            self.run(child, patience, patience.is_over, hold_keys=True)
            if child.ended is not None:
                return

    def _step(self, child: PtyChild, observer: Careful, hold: bool) -> None:
        self._await(child, hold)
        ready = dict(self._poll.poll(self._timeout(child, observer)))
        if not ready:
            observer.tick()
            return
        if self._signals.wake_fd in ready:
            self._look_around(child)
        if child.news_fd in ready:
            child.hear()
        if child.stopped:
            self._stop(child, observer)
        if self._terminal.screen_fd in ready:
            self._show(child)
        happened = ready.get(child.fd, 0)
        if happened & ~select.POLLOUT:
            self._read_output(child, observer)
        if happened & select.POLLOUT:
            self._type(child)
        if self._terminal.keys_fd in ready:
            self._read_keys(child, observer, hold)

    def _await(self, child: PtyChild, hold: bool) -> None:
        """Poll for what can be dealt with now: with a full hand no more is read."""
        room = len(self.held) < _HELD if hold else len(self._to_child) < CHUNK
        shown = not self._terminal.waiting
        pty = (select.POLLIN if shown else 0) | (select.POLLOUT if self._to_child else 0)
        screen = 0 if shown else select.POLLOUT
        keys = select.POLLIN if room and not self._gone and self._terminal.keys_fd >= 0 else 0
        wanted = (child.fd, 0 if child.hung_up else pty, screen, keys)
        if wanted == self._awaited:
            return
        self._awaited = wanted
        self._poll = select.poll()
        for fd, events in (
            (self._signals.wake_fd, select.POLLIN),
            (child.news_fd, select.POLLIN),
            (child.fd, wanted[1]),
            (self._terminal.screen_fd, screen),
            (self._terminal.keys_fd, keys),
        ):
            if events:
                self._poll.register(fd, events)

    def _timeout(self, child: PtyChild, observer: Careful) -> float | None:
        """Milliseconds."""
        due = observer.due()
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                child.kill(signal.SIGKILL)
                self._deadline += 1.0
            due = left if due is None else min(left, due)
        return None if due is None else max(0.0, due * 1000)

    def _look_around(self, child: PtyChild) -> None:
        signals = self._signals
        signals.clear()
        if signals.resized:
            signals.resized = False
            child.resize(self._terminal.window())
        if signals.continued:
            self._go_on(child)
        if signals.received in _ENDING:
            self._expect_the_end()

    def _expect_the_end(self) -> None:
        if self._deadline is None:
            self._deadline = time.monotonic() + self.patience

    def _stop(self, child: PtyChild, observer: Careful) -> None:
        """claude has stopped itself (Ctrl-Z): so do we, with the terminal as the shell wants it."""
        self._read_output(child, observer)
        self._terminal.flush()
        self._terminal.make_usual()
        self._signals.stop()
        self._go_on(child)

    def _go_on(self, child: PtyChild) -> None:
        self._signals.continued = False
        self._terminal.make_raw()
        child.resize(self._terminal.window())
        child.go_on()

    def _read_output(self, child: PtyChild, observer: Careful) -> bool:
        """Piece by piece to the user: the kernel fetches the next one meanwhile, which doubles the speed."""
        pieces, size = [], 0
        while size < CHUNK and (piece := child.read(_PIECE)):
            pieces.append(piece)
            size += len(piece)
            self._show(child, piece)
        if not pieces:
            return False
        data = b"".join(pieces)
        self.modes.see(data)
        observer.output(data)
        return True

    def _show(self, child: PtyChild, more: bytes = b"") -> None:
        if self._gone:
            return
        try:
            self._terminal.show(more)
        except OSError:
            self._lose_terminal(child)

    def _type(self, child: PtyChild) -> None:
        del self._to_child[: child.write(self._to_child)]

    def _read_keys(self, child: PtyChild, observer: Careful, hold: bool) -> None:
        try:
            data = os.read(self._terminal.keys_fd, CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose_terminal(child)
            return
        if hold:
            self.held += data
        else:
            self._to_child += data
            self._type(child)
        observer.keys(data)

    def _lose_terminal(self, child: PtyChild) -> None:
        """The user's terminal is closed, and claude's is, then: nobody reads or types any more."""
        if not self._gone and not self._signals.received:
            child.kill(signal.SIGHUP)
        self._gone = True
        self._terminal.waiting.clear()
        self._expect_the_end()

    def _finish(self, child: PtyChild, observer: Careful) -> None:
        for _ in range(_LEFT_OVER):
            self._terminal.flush()
            if not self._read_output(child, observer):
                break
        self._to_child.clear()  # typed too late; the observer has seen it
        self._awaited = ()  # the next child may have the same fds
        child.close()
