"""The one place where an exception becomes an exit code: 1 or 2 expected, 130 Ctrl-C, 3 a bug of ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

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
    from claude_fallback.memory import fault

    text, what = fault.report(error, environ), fault.words(error, environ)
    try:
        path = fault.write(environ, text)
    except OSError:
        say(f"this is a bug of claude-fallback: {what}")
        sys.stderr.write(text)
        return BUG
    say(f"this is a bug of claude-fallback: {what}; please report it with {path}")
    return BUG
