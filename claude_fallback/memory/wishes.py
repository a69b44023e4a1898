"""What this shell and this project say about switching, over what the settings say."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from claude_fallback import paths
from claude_fallback.memory import store
from claude_fallback.memory.values import fallback_mode

VARIABLE = "CLAUDE_FALLBACK"
PROJECT_FILE = os.path.join(".claude", "litellm_config.json")
PROJECT_KEY = "auto_fallback_enabled"
_SAID: Mapping[str, bool | str] = {"on": True, "ask": "ask"}  # off is for launch.py: nothing of ours then
_CAUTION = {False: 2, "ask": 1, True: 0}


def auto_fallback(settled: bool | str, environ: Mapping[str, str], tell: store.Tell) -> bool | str:
    """True, False or "ask". The variable `CLAUDE_FALLBACK` (on, ask) beats all; a project may only be more
    careful than its user: a checkout from somewhere must not be able to send work to a gateway.
    """
    said = environ.get(VARIABLE, "").lower()
    if said in _SAID:
        return _SAID[said]
    wishes = [settled]
    for path in _project_files(environ):
        try:
            wishes.append(fallback_mode(store.peek(path).get(PROJECT_KEY, True)))
        except (OSError, ValueError) as error:
            tell(f"{path} cannot be understood ({error}): staying with claude in this folder; mend it")
            wishes.append(False)
    return max(wishes, key=_CAUTION.__getitem__)


def _project_files(environ: Mapping[str, str]) -> Iterator[str]:
    """`.claude/litellm_config.json` here and in each folder above, up to the home; the user's own is none."""
    home, users = os.path.realpath(paths.home(environ)), os.path.realpath(paths.config_file(environ))
    try:
        folder = os.getcwd()
    except OSError:
        return  # it was removed under us
    while folder != home:
        path = os.path.join(folder, PROJECT_FILE)
        if os.path.isfile(path) and os.path.realpath(path) != users:
            yield path
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent
