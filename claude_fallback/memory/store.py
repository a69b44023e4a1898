"""The only file that locks and writes JSON.

A write is: lock, reread, change, temporary file in the same folder, fsync, replace, fsync of the folder. So a
reader needs no lock, and a crash at any point leaves the old file or the new one. The lock is the kernel's
(`<file>.lock`, flock): it dies with its holder. It is held for one write, never while anything else happens.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import TypeVar

from claude_fallback import paths
from claude_fallback.errors import FallbackError
from claude_fallback.output import say

Document = dict[str, object]
Tell = Callable[[str], None]
T = TypeVar("T")

SCHEMA = 1
_TRIES, _PAUSE = 50, 0.02  # seconds
PATIENCE = 10.0  # seconds; two hundred writers released at once need about three on two cores


class NotRecordedError(FallbackError):
    """Nothing was written; the old file is as it was."""


def read(path: str, tell: Tell = say) -> Document:
    """The document, or an empty one when there is none. Never raises; what is wrong is told in one line."""
    try:
        return _parse(_load(path))
    except OSError as error:
        tell(f"cannot read {path} ({error.strerror}); going on with defaults")
    except ValueError:
        return _read_again_locked(path, tell)
    return {}


def peek(path: str) -> Document:
    """A file that is not ours, as it stands: never locked, never mended. Raises OSError or ValueError."""
    return _parse(_load(path))


def update(
    path: str, change: Callable[[Document], T], timeout: float = PATIENCE, tell: Tell = say
) -> T | None:
    """`record` for callers whose run matters more than its record: told in one line, None returned."""
    try:
        return record(path, change, timeout, tell)
    except NotRecordedError as error:
        tell(str(error))
        return None


def record(path: str, change: Callable[[Document], T], timeout: float = PATIENCE, tell: Tell = say) -> T:
    """Apply `change` to the newest document and keep the result.

    `change` alters the document it is given and must be quick: the lock is held. Raises NotRecordedError when
    the lock was not had within `timeout` seconds, or the file cannot be read or written.
    """
    target = os.path.realpath(path)  # a linked file stays a link; its target is what changes
    try:
        with _lock(target, timeout):
            return _change_locked(target, change, tell)
    except OSError as error:
        reason = _reason(error, timeout)
    except (
        NotImplementedError,
        TypeError,
    ) as error:  # no flock on this file system; a value JSON cannot hold
        reason = str(error)
    raise NotRecordedError(f"{path} was not written: {reason}")


def _change_locked(target: str, change: Callable[[Document], T], tell: Tell) -> T:
    import orjson

    raw, document = _load_or_set_aside(target, tell)
    result = change(document)
    document.setdefault("schema_version", SCHEMA)
    payload = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if payload != raw:
        _replace(target, payload)
    return result


def _reason(error: OSError, timeout: float) -> str:
    if isinstance(error, TimeoutError):
        return f"its lock was not free within {timeout:g} s"
    return error.strerror or str(error)


def _read_again_locked(path: str, tell: Tell) -> Document:
    """Somebody may have mended the file since: only what is corrupt under the lock is moved aside."""
    target = os.path.realpath(path)
    try:
        with _lock(target, PATIENCE):
            return _load_or_set_aside(target, tell)[1]
    except (OSError, NotImplementedError) as error:
        tell(f"{path} is not valid JSON and cannot be moved aside ({error}); going on with defaults")
        return {}


def _load_or_set_aside(target: str, tell: Tell) -> tuple[bytes, Document]:
    raw = _load(target)
    try:
        return raw, _parse(raw)
    except ValueError:
        aside = f"{target}.corrupt-{datetime.now(timezone.utc):%Y%m%dT%H%M%S.%fZ}"
        os.replace(target, aside)
        tell(f"{target} was not valid JSON: moved to {aside}, defaults are used")
        return b"", {}


def _load(path: str) -> bytes:
    """The bytes of a regular file; of none, nothing.

    On NFS another machine may replace the file between our open and our read (seen with two clients of NFS
    4.2): the one that we have is stale then, and the new one is there.
    """
    for _ in range(_TRIES):
        try:
            return _load_once(path)
        except OSError as error:
            if error.errno != errno.ESTALE:
                raise
        os.listdir(os.path.dirname(path))  # makes the client ask for the folder anew
        time.sleep(_PAUSE)
    return _load_once(path)


def _load_once(path: str) -> bytes:
    """O_NONBLOCK: a FIFO in its place must not hang a run."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return b""
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(None, "not a regular file")
        with open(descriptor, "rb", closefd=False) as file:
            # A file of zero bytes is what a tool leaves that truncates first: it is corrupt, not absent.
            return file.read() or b" "
    finally:
        os.close(descriptor)


def _parse(raw: bytes) -> Document:
    """Raises ValueError for anything but one JSON object."""
    if not raw:
        return {}
    import orjson

    document = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))  # editors on Windows write the mark
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    return document


@contextlib.contextmanager
def _lock(target: str, timeout: float) -> Iterator[None]:
    from filelock import FileLock

    paths.make(os.path.dirname(target))
    with FileLock(f"{target}.lock", timeout=timeout, mode=0o600).acquire(poll_interval=0.01):
        yield


def _replace(target: str, payload: bytes) -> None:
    """Only the holder of the lock has a temporary file, so every other one is a dead writer's."""
    folder, name = os.path.split(target)
    prefix = f".{name}.tmp-"
    _sweep(folder, prefix)
    temporary = os.path.join(folder, f"{prefix}{os.getpid()}")
    try:
        _write_synced(temporary, payload)
        os.replace(temporary, target)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    with contextlib.suppress(OSError):  # some file systems have no fsync of a folder
        _sync_folder(folder)


def _sweep(folder: str, prefix: str) -> None:
    for name in os.listdir(folder):
        if name.startswith(prefix):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, name))


def _write_synced(path: str, payload: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(payload)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
