"""The drill by itself, `python -m claude_fallback.rehearsal.background CLAUDE`: quiet, bounded, alone."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from collections.abc import Mapping
from types import FrameType

from claude_fallback import paths
from claude_fallback.memory.log import event as log
from claude_fallback.rehearsal.drill import drill
from claude_fallback.rehearsal.examined import keep, refuse_managed
from claude_fallback.rehearsal.outcome import LATE
from claude_fallback.run import newcomer

LONGEST = 90.0  # seconds for all modes, one after another on a machine that does other things
_GRACE = 20  # seconds more to end what is still running; then the kernel ends us
_NICE = 15
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(claude: str, environ: Mapping[str, str]) -> int:
    """0: a verdict was kept. 1: another one runs, or something was wrong, which the log tells."""
    os.nice(_NICE)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # the run that starts us has some blocked
    paths.make(paths.data_dir(environ))
    lock = os.open(newcomer.lock_file(environ), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 1
    os.utime(lock)
    for number in _ENDING:
        signal.signal(number, _unwind)
    signal.alarm(int(LONGEST) + _GRACE)
    try:
        refuse_managed(environ)
        done = drill(claude, environ, longest=LONGEST, at_once=1)
        late = any(outcome.fault == LATE for outcome in done.outcomes)
        if not late:  # a machine that is busy tells nothing about claude: the next hour may
            keep(done, environ, lambda _: None)
    except Exception as error:
        log(environ, "verify", claude=claude, error=str(error))
        return 1
    log(environ, "verify", claude=claude, passed=done.passed, late=late)
    return int(late)


def _unwind(_number: int, _frame: FrameType | None) -> None:
    for one in _ENDING:
        signal.signal(one, signal.SIG_IGN)
    raise SystemExit(1)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], os.environ))
