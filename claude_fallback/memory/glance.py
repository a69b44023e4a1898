"""A look at our files that costs no import: most runs find nothing there, and claude shall start at once."""

import os
from collections.abc import Mapping

from claude_fallback import paths


def may_be_connected(environ: Mapping[str, str]) -> bool:
    """False when the state file surely holds no connection; True: ask `connection.look`."""
    _, *after = _bytes(paths.state_file(environ)).split(b'"connected"')
    return any(rest.lstrip(b" \t\r\n:").startswith(b"true") for rest in after)


def may_name_claude(environ: Mapping[str, str]) -> bool:
    """False when the settings surely have no `claude-path`; True: ask `settings.load`."""
    return b'"claude_path"' in _bytes(paths.config_file(environ))


def _bytes(path: str) -> bytes:
    """The file, or nothing; O_NONBLOCK: a FIFO in its place must not hang a run."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        with open(descriptor, "rb", closefd=False) as file:
            return file.read() or b""  # None: a FIFO that somebody writes to
    except OSError:  # a folder in its place
        return b""
    finally:
        os.close(descriptor)
