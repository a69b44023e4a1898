"""The process that leads claude's session, so that claude is on its pty what it is in a shell: a job.

Claude must not lead the session itself. At Ctrl-Z it stops with SIGSTOP to itself (1.0.60 to 2.1.112) or with
SIGTSTP to its group (2.1.330), and the kernel drops a SIGTSTP for a group whose parents are all outside the
session: claude would sit behind its own "suspended" for ever. And when a leader ends, the kernel hangs up the
foreground group: what claude leaves running on purpose would die with it.
"""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

STARTED, STOPPED, ENDED = b"started", b"stopped", b"ended"
_TERMINAL = 1  # the pty, whatever claude's stdin and stderr will be
_FILES = 1 << 20


def lead(news: int, release: int) -> None:
    """Fork. Returns in claude's process, the foreground job of the terminal on fd 1; the leader stays here.

    It writes a line to `news` for claude's pid, each stop (the signal) and the end (the exit code, 128 + n
    for a signal). Claude is reaped, and its pid free, once the other end of `release` is closed. When the
    relay is gone the kernel hangs up the pty: that ends the leader, and then claude.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTTOU, signal.SIGTSTP))
    claude = os.fork()
    if claude == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(_TERMINAL, os.getpgrp())
        return
    try:
        _tell_of(claude, news, release)
    finally:
        os._exit(0)


def _tell_of(claude: int, news: int, release: int) -> NoReturn:
    low, high = sorted((news, release))
    for first, last in ((3, low), (low + 1, high), (high + 1, _FILES)):
        os.closerange(first, last)
    for number in (signal.SIGCONT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGHUP,))
    _tell(news, STARTED, claude)
    while True:
        found = os.waitid(os.P_PID, claude, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
        if found is None:
            continue
        if found.si_code == os.CLD_STOPPED:
            os.waitid(os.P_PID, claude, os.WSTOPPED | os.WNOHANG)
            _tell(news, STOPPED, found.si_status)
            continue
        _tell(news, ENDED, found.si_status if found.si_code == os.CLD_EXITED else 128 + found.si_status)
        os.read(release, 1)
        os.waitpid(claude, 0)
        os.tcsetpgrp(_TERMINAL, os.getpgrp())  # the hang-up at our end is for nobody else
        os._exit(0)


def _tell(news: int, event: bytes, number: int) -> None:
    os.write(news, b"%s %d\n" % (event, number))
