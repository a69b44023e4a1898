"""Settings files of runs on the gateway: `PID-….json`, each gone with its run unless that was killed."""

from __future__ import annotations

import os


def owner(name: str) -> int | None:
    """The process that a file of this name belongs to; None: it is no run's."""
    pid = name.partition("-")[0]
    return int(pid) if pid.isdecimal() and len(pid) < 10 else None


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True
