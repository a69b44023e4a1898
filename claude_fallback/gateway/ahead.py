"""The private LiteLLM, started before it is needed: a switch need not wait the 5 to 8 s of its start."""

from __future__ import annotations

import os
import sys

from claude_fallback import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def start_soon(environ: Mapping[str, str]) -> int:
    """Begin in the background, in silence, and return at once. The pid of who does it; 0: nothing is begun.

    Never raises. For when claude warns that the limit is near; it may turn out that it was not. Callers ask
    once a run. A process of its own decides the rest: nothing is imported here, and a run never waits.
    """
    if not os.path.lexists(paths.litellm_env(environ)):
        return 0
    nowhere = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    try:
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", __name__],
            dict(environ),
            file_actions=nowhere,
            setsid=True,  # Ctrl-C in the run is not meant for it
            setsigmask=(),
        )
    except (OSError, ValueError, NotImplementedError):
        return 0


def main(environ: Mapping[str, str]) -> None:
    """Start it, if runs would use it, a limit would switch them, and it is installed."""
    from claude_fallback.errors import FallbackError
    from claude_fallback.gateway import service
    from claude_fallback.gateway.target import uses_private
    from claude_fallback.memory import fault, settings
    from claude_fallback.memory.log import event as log

    wanted = settings.load(environ, lambda _: None)
    if not (wanted.auto_fallback and wanted.on_rate_limit and uses_private(wanted, environ)):
        return
    try:
        log(environ, "started_ahead", gateway=service.start(environ, wanted, install=False).base_url)
    except FallbackError as error:  # nobody waits for it; the switch itself will say what is wrong
        log(environ, "not_started_ahead", error=str(error))
    except Exception as error:
        fault.kept(environ, "ahead", error)


if __name__ == "__main__":
    main(os.environ)
