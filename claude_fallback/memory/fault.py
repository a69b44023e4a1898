"""A fault of ours: a report that can be pasted, a line in the log, and the words for the user."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping

from claude_fallback import __version__, paths

MOST = 20  # reports are kept; a fault in a cron job must not fill the disk


def kept(environ: Mapping[str, str], where: str, error: Exception) -> str:
    """What to tell the user of `error`: `ValueError: words; please report it with PATH`. Never raises."""
    what = type(error).__name__
    try:
        from claude_fallback.memory.log import event as log

        what = words(error, environ)
        log(environ, "fault", where=where, error=what)
        path = write(environ, report(error, environ))
    except Exception:  # a full disk, a broken installation: the run is worth more
        return what
    return f"{what}; please report it with {path}"


def words(error: Exception, environ: Mapping[str, str]) -> str:
    """Its name and its words, redacted, on one line."""
    from claude_fallback.memory.redact import one_line, without_values

    return one_line(without_values(f"{type(error).__name__}: {error}", environ))


def report(error: Exception, environ: Mapping[str, str]) -> str:
    """All that a bug report needs, redacted: no prompt, no environment, no keys."""
    import platform
    import traceback

    from claude_fallback.memory.redact import redact, without_values

    trace = redact(without_values("".join(traceback.format_exception(error)), environ))
    return (
        f"claude-fallback {__version__}, python {platform.python_version()}, {platform.platform()}\n\n{trace}"
    )


def write(environ: Mapping[str, str], text: str) -> str:
    """The path of a new 0600 file; the oldest ones go. Raises OSError."""
    from datetime import datetime, timezone

    folder = paths.data_dir(environ)
    paths.make(folder)
    before = sorted(glob.glob(os.path.join(glob.escape(folder), "crash-*.log")))
    for old in before[: max(0, len(before) + 1 - MOST)]:
        os.unlink(old)
    moment = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%fZ")
    path = os.path.join(folder, f"crash-{moment}-{os.getpid()}.log")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text.encode("utf-8", "replace"))
    return path
