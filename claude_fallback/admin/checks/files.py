"""Our own files: readable, writable, nobody else's, not torn, not locked for ever; room on the disk."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from datetime import timedelta

import orjson
from filelock import FileLock, Timeout

from claude_fallback import paths
from claude_fallback.admin.checks.finding import Case, Finding, fail, ok, warn
from claude_fallback.gateway import record
from claude_fallback.memory.moments import parsed

_LEAST = 50_000_000  # bytes: state, logs, what is kept of a run's input
_AHEAD = timedelta(minutes=5)
_LOCKED = 1.0  # seconds; a write takes milliseconds


def ours(case: Case) -> Iterator[Finding]:
    """Owner, mode, content."""
    environ, bad = case.environ, False
    places = (paths.state_file(environ), paths.config_file(environ), record.record_file(environ),
              paths.log_file(environ))  # fmt: skip
    for path in places:
        for finding in _file(path, is_json=path.endswith(".json")):
            bad = True
            yield finding
    for folder in (paths.config_dir(environ), paths.data_dir(environ)):
        there = _nearest(folder)
        if not os.access(there, os.W_OK | os.X_OK):
            bad = True
            yield fail("files", f"{there} cannot be written to", f"chown -R $USER {there}")
    if not bad:
        yield ok("files", f"in {paths.config_dir(environ)} and {paths.data_dir(environ)}: all well")


def _file(path: str, is_json: bool) -> Iterator[Finding]:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    except OSError as error:
        yield fail("files", f"{path}: {error.strerror}", "")
        return
    if not stat.S_ISREG(os.stat(path).st_mode if stat.S_ISLNK(found.st_mode) else found.st_mode):
        yield fail("files", f"{path} is no file", f"move it away: mv {path} {path}.old")
    elif found.st_uid != os.geteuid():
        yield fail("files", f"{path} belongs to another user ({found.st_uid})", f"sudo chown $USER {path}")
    elif not os.access(path, os.R_OK | os.W_OK):
        yield fail("files", f"{path} cannot be read and written", f"chmod 600 {path}")
    else:
        if not stat.S_ISLNK(found.st_mode) and found.st_mode & 0o077:
            yield warn("files", f"{path} can be read by others", f"chmod 600 {path}")
        if is_json and _object(path) is None:
            said = f"{path} is no valid JSON; the next run moves it aside and takes the defaults"
            yield warn("files", said, f"mend it, or: rm {path}")


def state(case: Case) -> dict[str, object]:
    """The state as it lies there: a check moves nothing aside and ends no connection."""
    return _object(paths.state_file(case.environ)) or {}


def _object(path: str) -> dict[str, object] | None:
    try:
        with open(path, "rb") as file:
            found = orjson.loads(file.read().removeprefix(b"\xef\xbb\xbf"))
    except (OSError, orjson.JSONDecodeError):
        return None
    return found if isinstance(found, dict) else None


def locks(case: Case) -> Iterator[Finding]:
    """A lock is the kernel's and dies with its holder: one that stays has a holder that hangs."""
    held = [lock for path in (paths.state_file(case.environ), paths.config_file(case.environ))
            if os.path.exists(lock := f"{path}.lock") and not _free(lock)]  # fmt: skip
    for lock in held:
        yield fail("locks", f"{lock} is held for more than {_LOCKED:g} s", f"see who holds it: fuser {lock}")
    if not held:
        yield ok("locks", "free")


def _free(lock: str) -> bool:
    try:
        with FileLock(lock, timeout=_LOCKED):
            return True
    except (Timeout, OSError):
        return False


def disk(case: Case) -> Iterator[Finding]:
    folders = {_nearest(paths.config_dir(case.environ)), _nearest(paths.data_dir(case.environ)),
               case.environ.get("TMPDIR") or tempfile.gettempdir()}  # fmt: skip
    full = [(folder, free) for folder in sorted(folders) if (free := _room(folder)) < _LEAST]
    for folder, free in full:
        yield fail("disk", f"{folder} has {free / 1e6:.0f} MB left", "make room there")
    if not full:
        yield ok("disk", f"{min(map(_room, folders)) / 1e9:.1f} GB left")


def times(case: Case) -> Iterator[Finding]:
    """A state from the future: the clock was wrong once, or is now."""
    for name in ("connection_time", "last_request_time", "last_error_time"):
        at = parsed(state(case).get(name))
        if at and at > case.now + _AHEAD:
            yield warn("clock", f"{name} in the state is {at - case.now} ahead of this machine's clock",
                       "set the clock, or: claude-fallback for litellm disconnect")  # fmt: skip


def _nearest(folder: str) -> str:
    """The folder, or the first above it that is there: what would be made lies in it."""
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder


def _room(folder: str) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0
