"""Which claude plays in the demo: the user's own, or one from npm."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from typing import NoReturn

from claude_fallback.errors import FallbackError
from claude_fallback.run import find
from scripts import cache
from scripts.jobs import ScriptError
from scripts.setup import become, releases, set_up


def main(argv: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    if len(argv) > 1 or (argv and not re.fullmatch(r"\d+\.\d+\.\d+", argv[0])):
        raise ScriptError(f"what is {' '.join(argv)}? usage: scripts/demo [VERSION]")
    own = None if argv else installed(environ)
    wanted = argv[0] if argv else releases()[-1]
    programs = set_up(environ, [] if own else [wanted])
    claude = [own[0]] if own else cache.claude_argv(cache.folder(environ), wanted)
    name = f"claude {own[1]}, as installed here" if own else f"claude {wanted}, from npm"
    assert claude, "the set-up installed it"
    become(programs, "scripts.stage", environ, name, claude[-1])


def installed(environ: Mapping[str, str]) -> tuple[str, str] | None:
    """(path, version) of the claude on PATH; None when there is none, or none that we support."""
    with tempfile.TemporaryDirectory() as home:  # it is asked for its version, and shall write nothing
        clean = {"PATH": environ.get("PATH", os.defpath), "HOME": home, "DISABLE_AUTOUPDATER": "1"}
        try:
            path = find.claude(clean)
        except FallbackError:
            return None
        release = find.release(path, clean)
    if release is None or release < find.OLDEST:
        return None
    return path, ".".join(map(str, release))
