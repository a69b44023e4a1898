"""A look at the state that costs no import: most runs find no connection, and claude shall start at once."""

import os
from collections.abc import Mapping

from claude_fallback import paths


def may_be_connected(environ: Mapping[str, str]) -> bool:
    """False when the state file surely holds no connection; True: ask `connection.look`."""
    try:
        descriptor = os.open(paths.state_file(environ), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        with open(descriptor, "rb", closefd=False) as file:
            _, *after = (file.read() or b"").split(b'"connected"')  # None: a FIFO that somebody writes to
    except OSError:  # a folder in its place
        return False
    finally:
        os.close(descriptor)
    return any(rest.lstrip(b" \t\r\n:").startswith(b"true") for rest in after)
