"""Programs that we start hear signals, whatever we have blocked to wait for it ourselves (`run/signals`)."""

from __future__ import annotations

import signal


def hear_all_signals() -> None:
    """In a new process, before it becomes the program, which could not be stopped otherwise. One system call:
    a session starts programs from a thread."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
