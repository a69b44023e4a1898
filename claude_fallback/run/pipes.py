"""One claude behind pipes: started, relayed, waited for. stdout passes a watch; stderr is the user's own."""

from __future__ import annotations

import errno
import os
import select
import signal
import stat
import time

from claude_fallback.errors import FallbackError
from claude_fallback.run.stdin import CHUNK, Feed, Stdin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from claude_fallback.run.signals import Signals

# Chunks that may be in a pipe when claude ends. What comes after them is not claude's: a process that it left
# behind may write for ever.
_LEFT_OVER = 16
_NOBODY_READS = (errno.EPIPE, errno.ECONNRESET)
_ATOMIC = 4096  # a pipe that polls writable takes this much without blocking (PIPE_BUF on Linux)


class Child:
    """A started claude. `stdout` is our end of its pipe, `stdin` too, or -1 when it has the user's own."""

    def __init__(
        self,
        command: list[str],
        env: Mapping[str, str],
        stdin: Stdin,
        give_stdin: bool,
        mask: Collection[int] = (),
    ):
        """`mask`: the signals blocked for it. Raises OSError when it cannot be started."""
        self.ended: int | None = None  # the exit code, 128 + n for a signal
        self.stdout, out = os.pipe()
        os.set_blocking(self.stdout, False)
        actions: list[tuple[int, ...]] = [(os.POSIX_SPAWN_DUP2, out, 1)]
        if mixes_stderr():
            actions.append((os.POSIX_SPAWN_DUP2, out, 2))  # `2>&1`: one pipe keeps their order
        self.stdin, theirs = _stdin_actions(stdin, give_stdin, actions)
        try:
            self.pid = os.posix_spawn(
                command[0], command, dict(env), file_actions=actions, setsigmask=mask,
                setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),
            )  # fmt: skip
        except BaseException:
            os.close(self.stdout)
            if self.stdin >= 0:
                os.close(self.stdin)
            raise
        finally:
            os.close(out)
            if theirs >= 0:
                os.close(theirs)

    def reap(self, signals: Signals, block: bool = False) -> bool:
        """Whether it has ended; its pid is never signalled once it may belong to somebody else."""
        if self.ended is not None:
            return True
        flags = os.WEXITED | os.WNOWAIT | (0 if block else os.WNOHANG)
        if os.waitid(os.P_PID, self.pid, flags) is None:
            return False
        signals.follow(0)
        status = os.waitpid(self.pid, 0)[1]
        code = os.waitstatus_to_exitcode(status)
        self.ended = code if code >= 0 else 128 - code
        return True

    def halt(self, signals: Signals) -> None:
        """Until `go_on` or `end` it does nothing: no next turn begins while the last one is being judged."""
        if not self.reap(signals):
            signals.halted = True
            os.kill(self.pid, signal.SIGSTOP)

    def go_on(self, signals: Signals) -> None:
        signals.halted = False
        if not self.reap(signals):
            os.kill(self.pid, signal.SIGCONT)

    def end(self, signals: Signals) -> None:
        """TERM, and KILL when it does not listen; nothing when it has ended by itself."""
        signals.halted = False
        for number, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 30.0)):
            if self.reap(signals):
                return
            os.kill(self.pid, number)
            os.kill(self.pid, signal.SIGCONT)  # it may be halted
            deadline = time.monotonic() + patience
            while not self.reap(signals) and (left := deadline - time.monotonic()) > 0:
                select.select([signals.wake_fd], [], [], left)
                signals.clear()


class Relay:
    """Moves bytes between the user and one child: forward first, whatever the watch makes of them."""

    def __init__(
        self, child: Child, feed: Feed | None, see: Callable[[bytes], bytes], signals: Signals,
        tick: float | None = None,
    ) -> None:  # fmt: skip
        """`tick`: seconds after which `run` looks around when nothing happens."""
        self._child, self._feed, self._see, self._signals = child, feed, see, signals
        self._tick = tick
        self._to_user = memoryview(b"")
        self._unwritten: OSError | None = None
        self._whole_writes = not stat.S_ISFIFO(_mode(1)) and not stat.S_ISSOCK(_mode(1))

    @property
    def holds(self) -> bool:
        """The user's side does not take what is there."""
        return bool(self._to_user)

    def run(self, until: Callable[[], bool]) -> None:
        """Until the child has ended and its output is passed on, or `until` says stop."""
        while not self._child.reap(self._signals) and not until():
            self._step(self._tick)
        self._flush()
        for _ in range(_LEFT_OVER):
            if until() or not self._read():
                break
            self._flush()
        if self._unwritten:
            raise _no_room(self._unwritten)

    def _flush(self) -> None:
        while self._to_user:
            poll = select.poll()
            poll.register(1, select.POLLOUT)
            poll.poll()
            self._write()

    def _step(self, timeout: float | None) -> None:
        poll, feed, child = select.poll(), self._feed, self._child
        poll.register(self._signals.wake_fd, select.POLLIN)
        if self._to_user:
            poll.register(1, select.POLLOUT)
        elif child.stdout >= 0:
            poll.register(child.stdout, select.POLLIN)
        if feed and feed.wants_read:
            poll.register(0, select.POLLIN)
        if feed and feed.wants_write:
            poll.register(feed.fd, select.POLLOUT)
        ready = {fd for fd, _ in poll.poll(None if timeout is None else timeout * 1000)}
        if self._signals.wake_fd in ready:
            self._signals.clear()
        if 1 in ready and self._to_user:
            self._write()
        elif child.stdout in ready:
            self._read()
        if feed and (0 in ready or feed.fd in ready):
            feed.step()

    def _read(self) -> bool:
        """One chunk of the child's output; False when there is none (now, or ever)."""
        if self._child.stdout < 0:
            return False
        try:
            data = os.read(self._child.stdout, CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self.close_stdout()
            return False
        self._to_user = memoryview(self._see(data))
        return True

    def _write(self) -> None:
        piece = self._to_user if self._whole_writes else self._to_user[:_ATOMIC]
        try:
            self._to_user = self._to_user[os.write(1, piece) :]
        except BlockingIOError:
            return
        except OSError as error:  # claude finds out by its next word, as without us
            self._unwritten = None if error.errno in _NOBODY_READS else error
            self._to_user = memoryview(b"")
            self.close_stdout()

    def close_stdout(self) -> None:
        if self._child.stdout >= 0:
            os.close(self._child.stdout)
            self._child.stdout = -1


def write_all(data: bytes) -> bool:
    """Held-back bytes to the user's stdout; False when the reader has left.

    Raises FallbackError when they cannot be written, on a full disk say: nobody may take the rest for all.
    """
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(1, view) :]
        except BlockingIOError:
            select.select([], [1], [])
        except OSError as error:
            if error.errno in _NOBODY_READS:
                return False
            raise _no_room(error) from error
    return True


def _no_room(error: OSError) -> FallbackError:
    return FallbackError(f"cannot write all of claude's output: {error.strerror}; free some room, then again")


def _stdin_actions(stdin: Stdin, give: bool, actions: list[tuple[int, ...]]) -> tuple[int, int]:
    """(our end, the child's end) of the child's stdin; -1 where it has the user's own, nothing, or none."""
    if stdin.closed:
        actions.append((os.POSIX_SPAWN_CLOSE, 0))
        return -1, -1
    if not give:
        actions.append((os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0))  # type: ignore[arg-type]
        return -1, -1
    if not stdin.piped:
        return -1, -1
    theirs, ours = os.pipe()
    actions.append((os.POSIX_SPAWN_DUP2, theirs, 0))
    return ours, theirs


def _mode(fd: int) -> int:
    try:
        return os.fstat(fd).st_mode
    except OSError:
        return 0


def mixes_stderr() -> bool:
    """stderr goes where stdout goes (`2>&1`), and not to a terminal, whose colours it would lose."""
    return _same_file(1, 2) and not os.isatty(2)


def _same_file(one: int, other: int) -> bool:
    try:
        return os.path.sameopenfile(one, other)
    except OSError:
        return False
