"""The one place where an exception becomes an exit code: 1 or 2 expected, 130 Ctrl-C, 3 a bug of ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

from claude_fallback import __version__, paths
from claude_fallback.errors import FallbackError
from claude_fallback.output import say

BUG = 3
INTERRUPTED = 130
NO_READER = 141  # as a shell reports SIGPIPE


def guard(main: Callable[[], int], environ: Mapping[str, str]) -> int:
    """What `main` returns; for what it raises, one line on stderr and the code that belongs to it."""
    try:
        return main()
    except FallbackError as error:
        say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        return NO_READER
    except Exception as error:
        return _report(error, environ)


def _forget_stdout() -> None:
    """The interpreter flushes stdout once more at its end, and would complain about the missing reader."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def _report(error: Exception, environ: Mapping[str, str]) -> int:
    """Leave all that a bug report needs, ready to be pasted: no prompt, no environment, no keys."""
    import platform
    import traceback

    from claude_fallback.memory.redact import one_line, redact

    trace = redact("".join(traceback.format_exception(error)))
    system = f"python {platform.python_version()}, {platform.platform()}"
    text = f"claude-fallback {__version__}, {system}\n\n{trace}"
    what = one_line(f"{type(error).__name__}: {error}")
    try:
        path = _write(environ, text.encode("utf-8", "replace"))
    except OSError:
        say(f"this is a bug of claude-fallback: {what}")
        sys.stderr.write(text)
        return BUG
    say(f"this is a bug of claude-fallback: {what}; please report it with {path}")
    return BUG


def _write(environ: Mapping[str, str], text: bytes) -> str:
    from datetime import datetime, timezone

    folder = paths.data_dir(environ)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    moment = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    path = os.path.join(folder, f"crash-{moment}-{os.getpid()}.log")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
    return path
