"""How a script ends: one line for an expected failure, everything put away on Ctrl-C and TERM."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from scripts.jobs import ScriptError


def run(main: Callable[[], int]) -> NoReturn:
    """`main` returns an exit code, or has the process become another program."""
    if sys.version_info < (3, 10):  # noqa: UP036 - this is where an older one is told
        sys.exit(f"claude-fallback needs Python 3.10 or newer, this is {sys.version.split()[0]}")
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # a shell's background jobs, and all they start, ignore it
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        code = main()
    except ScriptError as error:
        print(f"failed: {error}", file=sys.stderr)
        code = 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        code = 130
    sys.exit(code)


def no_arguments(usage: str | None) -> None:
    """For a script that takes none: its usage is shown when asked for, and instead of a misunderstanding."""
    if len(sys.argv) > 1:
        asked = sys.argv[1:] in (["-h"], ["--help"])
        print((usage or "").strip(), file=sys.stdout if asked else sys.stderr)
        sys.exit(0 if asked else 2)


def _leave(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what is open is being put away
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)
