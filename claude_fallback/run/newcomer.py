"""A claude that has not been through the drill yet: put through it in the background, once a run is over."""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

VERIFY = "CLAUDE_FALLBACK_VERIFY"
_AGAIN = 3600.0  # seconds before a drill that left no verdict is tried once more


def look(claude: str, environ: Mapping[str, str]) -> None:
    """Start the drill for `claude` unless it has a verdict. Never waits for it, never raises.

    Not in CI, where every machine is new; and off by CLAUDE_FALLBACK_VERIFY=off or `verify-new-releases off`.
    """
    if environ.get(VERIFY, "").lower() == "off" or environ.get("CI"):
        return
    try:
        if _is_due(claude, environ):
            _start(claude, environ)
    except Exception as error:  # the run is over, and its exit code stands
        from claude_fallback.memory import fault

        fault.kept(environ, "verify", error)


def lock_file(environ: Mapping[str, str]) -> str:
    """Held by a drill in the background, of which there is one at a time; its time is the last try's."""
    from claude_fallback import paths

    return os.path.join(paths.data_dir(environ), "verify.lock")


def _is_due(claude: str, environ: Mapping[str, str]) -> bool:
    from claude_fallback.memory import verdicts

    if verdicts.of(claude, environ) is not None or _tried(environ):
        return False
    from claude_fallback.memory import settings
    from claude_fallback.run import find

    release = find.release(claude, environ)
    return release is not None and release >= find.OLDEST and settings.load(environ).verify_new_releases


def _tried(environ: Mapping[str, str]) -> bool:
    try:
        return 0 <= time.time() - os.stat(lock_file(environ)).st_mtime < _AGAIN
    except OSError:
        return False


def _start(claude: str, environ: Mapping[str, str]) -> None:
    """A process of its own, in a session of its own, with nothing of the run's: no terminal, no pipe."""
    import subprocess

    subprocess.Popen(
        [sys.executable, "-m", "claude_fallback.rehearsal.background", claude],
        cwd="/",
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ).returncode = 0  # it outlives us on purpose: no ResourceWarning, nobody waits for it here
