"""What a native claude needs to go on with a session in which a gateway's model has answered.

Releases from 2.1.197 on resume a session with the model it had, whatever its name. 2.1.330 then asks
Anthropic for the gateway's model and gets a 404; 2.1.197 says that it cannot be restored and takes the
default. Both take `--model default`; 1.0.60 takes "default" for a model's name and restores none.
"""

from __future__ import annotations

import glob
import os
import re

from claude_fallback import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from claude_fallback.run.invocation import Invocation

RESTORES_MODEL = (2, 1, 113)  # 2.1.112 does not yet, 2.1.197 does
NATIVE_MODEL = ("--model", "default")
_LAST = 1 << 18  # bytes of a transcript that are looked at
_ANSWER = re.compile(rb'"type":"assistant"')
_MODEL = re.compile(rb'"model":"([^"<]+)"')


def restores_model(release: tuple[int, ...] | None) -> bool:
    return release is None or release >= RESTORES_MODEL


def options(
    invocation: Invocation, environ: Mapping[str, str], release: tuple[int, ...] | None
) -> tuple[str, ...]:
    """What to put before the user's argv: nothing, unless it goes on with such a session."""
    if not invocation.continues or invocation.has("--model") or not restores_model(release):
        return ()
    path = _transcript(invocation, environ)
    model = _last_model(path) if path else None
    return NATIVE_MODEL if model and not model.startswith(b"claude") else ()


def _transcript(invocation: Invocation, environ: Mapping[str, str]) -> str | None:
    projects = os.path.join(glob.escape(paths.config_dir(environ)), "projects")
    named = invocation.value("--resume")
    if named:
        found = glob.glob(os.path.join(projects, "*", f"{glob.escape(os.path.basename(named))}.jsonl"))
    else:
        found = glob.glob(os.path.join(projects, _here(), "*.jsonl")) if invocation.has("--continue") else []
    return max(found, key=_changed, default=None)


def _here() -> str:
    try:
        return re.sub("[^A-Za-z0-9]", "-", os.getcwd())
    except OSError:
        return "-"  # it was removed under us: claude says so


def _last_model(path: str) -> bytes | None:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LAST))
            lines = (file.read() or b"").splitlines()
    except OSError:
        return None
    models = (_MODEL.search(line) for line in reversed(lines) if _ANSWER.search(line))
    return next((found[1] for found in models if found), None)


def _changed(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0
