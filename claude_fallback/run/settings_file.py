"""The one `--settings` file of a gateway run: written 0600, gone with its run."""

from __future__ import annotations

import glob
import os
import select
import time
from collections.abc import Mapping

import orjson

from claude_fallback import paths
from claude_fallback.errors import FallbackError
from claude_fallback.gateway.inside import runs
from claude_fallback.memory import claude_settings

PATIENCE = 2.0  # seconds for a `--settings` that is a pipe
LARGEST = 8 << 20  # bytes of one


def users_own(value: str | None) -> dict[str, object]:
    """What the user's `--settings` holds: a path or JSON. Raises FallbackError when it cannot be read."""
    if not value:
        return {}
    text = value.strip()
    if not text.startswith("{"):
        try:
            text = _contents(os.path.expanduser(value)).decode("utf-8", "surrogateescape")
        except OSError as error:
            raise FallbackError(f"cannot read --settings {value}: {error.strerror}") from error
    found = claude_settings.parsed(text.encode("utf-8", "surrogateescape"))
    if found is None:
        raise FallbackError("--settings holds no JSON object, so the gateway cannot be added to it")
    return found


def _contents(path: str) -> bytes:
    """A file, or a pipe as of `<(…)`; one that nobody writes to, or that never ends, must not hang us."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        ends_at, waiting = time.monotonic() + PATIENCE, select.poll()
        waiting.register(descriptor, select.POLLIN)
        raw = bytearray()
        while len(raw) <= LARGEST and waiting.poll(max(0.0, ends_at - time.monotonic()) * 1000):
            piece = os.read(descriptor, 1 << 16)
            if not piece:
                return bytes(raw)
            raw += piece
    finally:
        os.close(descriptor)
    raise OSError(None, "it does not end")


def write(patch: Mapping[str, object], environ: Mapping[str, str]) -> str:
    """A new file for this run; those of dead runs are swept. Raises FallbackError on a full disk."""
    folder = paths.runs_dir(environ)
    path = os.path.join(folder, f"{os.getpid()}-{os.urandom(4).hex()}.json")
    try:
        paths.make(folder)
        _sweep(folder)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(orjson.dumps(patch))
    except OSError as error:
        remove(path)
        raise FallbackError(f"cannot write {path}: {error.strerror}") from error
    except TypeError as error:  # a variable or an argument of the user's, see `childenv.variables`
        remove(path)
        raise FallbackError(
            "NO_PROXY, a model's name or --settings holds bytes that are no UTF-8; mend it to switch"
        ) from error
    return path


def remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass  # swept by the next run


def remove_own(environ: Mapping[str, str]) -> None:
    """All files of this process: the gateway's key outlives no run, whatever became of its routes."""
    folder = paths.runs_dir(environ)
    for path in glob.glob(os.path.join(glob.escape(folder), f"{os.getpid()}-*.json")):
        remove(path)


def _sweep(folder: str) -> None:
    for name in os.listdir(folder):
        pid = runs.owner(name)
        if pid is not None and not runs.is_alive(pid):
            remove(os.path.join(folder, name))
