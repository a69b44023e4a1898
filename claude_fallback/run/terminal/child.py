"""One claude on a pty of its own, started and ended."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import termios
from functools import partial

import pexpect
from ptyprocess import PtyProcess

from claude_fallback.run.terminal import leader
from claude_fallback.run.terminal.user_terminal import set_attributes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from claude_fallback.run.signals import Signals
    from claude_fallback.run.terminal.user_terminal import UserTerminal


class PtyChild:
    """A started claude. `fd` is our end of its pty, `news_fd` tells when `hear` has something to hear.

    `ended` is its exit code, 128 + n for a signal; `stopped` is true from its stop until `go_on`, `hung_up`
    once nobody has its terminal any more.
    """

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        terminal: UserTerminal,
        signals: Signals,
        cwd: str | None = None,
    ) -> None:
        """Raises OSError when it cannot be started. Size, line settings and lent files come from `terminal`;
        signals are passed on to it from here to its end."""
        self.ended: int | None = None
        self.stopped = self.hung_up = False
        self._signals, self._heard = signals, b""
        self._spawn = self._spawned(argv, env, terminal, cwd)
        self.fd: int = self._spawn.child_fd
        os.set_blocking(self.fd, False)
        os.set_inheritable(self.fd, False)
        self.pid = 0
        while not self.pid and self.ended is None:
            self.hear()
        signals.follow(self.pid)

    def _spawned(
        self, argv: Sequence[str], env: Mapping[str, str], terminal: UserTerminal, cwd: str | None
    ) -> _Spawn:
        self.news_fd, news = os.pipe()
        release, self._release_fd = os.pipe()
        prepare = partial(
            _prepare, terminal, terminal.window(), (news, release), self._signals.usual_mask, cwd
        )
        kept = [news, release, *(fd for fd in terminal.lent.values() if fd is not None)]
        wakeup = signal.set_wakeup_fd(-1)  # between fork and exec it would be another file, or none
        try:
            return _Spawn(list(argv), kept, env=dict(env), preexec_fn=prepare)
        except BaseException as error:
            os.close(self.news_fd)
            os.close(self._release_fd)
            if isinstance(error, pexpect.ExceptionPexpect):  # it looks for the program itself
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), argv[0]) from error
            raise
        finally:
            os.close(news)
            os.close(release)
            signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
            self._signals.wake()  # whatever came meanwhile

    def hear(self) -> None:
        """Read the news of the leader; blocks until there is some."""
        data = os.read(self.news_fd, 4096)
        if not data:  # somebody killed the leader: its hang-up ends claude
            self._over(128 + signal.SIGHUP)
            return
        *lines, self._heard = (self._heard + data).split(b"\n")
        for line in lines:
            event, number = line.split()
            if event == leader.STARTED:
                self.pid = int(number)
            elif event == leader.STOPPED:
                self.stopped = True
            else:
                self._over(int(number))

    def _over(self, code: int) -> None:
        self._signals.follow(0)  # its pid is never signalled once it may belong to somebody else
        if self.ended is None:
            self.ended = code

    def read(self, most: int) -> bytes:
        """What it has written, without waiting: a pty gives 4 KiB at a time."""
        try:
            return os.read(self.fd, most)
        except BlockingIOError:
            return b""
        except OSError:  # EIO: nobody has the other end
            self.hung_up = True
            return b""

    def write(self, data: bytearray) -> int:
        """How many bytes it took; all when nobody will ever read them."""
        try:
            return os.write(self.fd, data)
        except BlockingIOError:
            return 0
        except OSError:
            self.hung_up = True
            return len(data)

    def kill(self, number: int) -> None:
        if self.ended is None:
            os.kill(self.pid, number)

    def go_on(self) -> None:
        """Continue its whole job, as `fg` does."""
        self.stopped = False
        if self.ended is None:
            os.killpg(self.pid, signal.SIGCONT)

    def resize(self, window: bytes) -> None:
        """The kernel tells claude (SIGWINCH) if this is another size than before."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, window)

    def close(self) -> None:
        """After its end and its last output: our end of the pty, and the leader."""
        if self.fd < 0:
            return
        os.close(self._release_fd)
        os.close(self.news_fd)
        os.waitpid(self._spawn.pid, 0)  # before our end is closed: what claude left running is not hung up
        self._spawn.ptyproc.fileobj.close()
        self._spawn.ptyproc.closed = True  # or pexpect would wait a tenth of a second
        self.fd = -1


def _prepare(
    terminal: UserTerminal, window: bytes, pipes: tuple[int, int], mask: Iterable[int], cwd: str | None
) -> None:
    """In the new process, on its pty, before it becomes claude."""
    if cwd is not None:
        os.chdir(cwd)  # here an error is told to the parent; with ptyprocess's own it is a second us
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGWINCH, signal.SIG_DFL)  # which the next line sends
    fcntl.ioctl(1, termios.TIOCSWINSZ, window)
    set_attributes(1, terminal.attributes)
    leader.lead(*pipes)
    _lend(terminal.lent)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _lend(lent: Mapping[int, int | None]) -> None:
    for fd, own in lent.items():
        if own is None:
            os.close(fd)
        else:
            os.dup2(own, fd)


class _Pty(PtyProcess):  # type: ignore[misc]
    """The size is set before claude's first instruction; a second time, without pixels, would undo that."""

    def setwinsize(self, rows: int, cols: int) -> None:
        pass


class _Spawn(pexpect.spawn):  # type: ignore[misc]
    """pexpect's own, with an argv that is not parsed and file descriptors that are kept."""

    def __init__(self, argv: list[str], kept: list[int], **options: Any) -> None:
        self._argv, self._kept = argv, kept
        super().__init__(argv[0], ["not parsed"], timeout=None, **options)

    def _spawnpty(self, _args: list[str], **options: Any) -> PtyProcess:
        return _Pty.spawn(self._argv, pass_fds=self._kept, **options)
