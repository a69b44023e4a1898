"""The command: ours when it says `for ADAPTER …`, else claude's."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """The console script. Ends the process at once: nothing is left for the interpreter to tidy up."""
    argv = sys.argv[1:]
    code = _ours(argv[1:]) if is_ours(argv) else _claude(argv)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass  # closed, or nobody reads
    os._exit(code)


def is_ours(argv: list[str]) -> bool:
    return argv[:1] == ["for"] and (len(argv) == 1 or _is_adapter(argv[1]))


def _is_adapter(name: str) -> bool:
    """Each has a file of its name; importing them is not for here."""
    folder = os.path.join(os.path.dirname(__file__), "gateway", "adapters")
    return name.isalnum() and os.path.isfile(os.path.join(folder, f"{name}.py"))


def _ours(argv: list[str]) -> int:
    from claude_fallback import admin

    return admin.main(argv, os.environ)


def _claude(argv: list[str]) -> int:
    from claude_fallback.errors import FallbackError
    from claude_fallback.run import launch

    try:
        return launch.run(argv, os.environ)
    except FallbackError as error:
        from claude_fallback.output import say

        say(str(error))
        return error.exit_code
