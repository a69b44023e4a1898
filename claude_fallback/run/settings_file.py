"""The one `--settings` file of a gateway run: written 0600, gone with its run."""

from __future__ import annotations

import glob
import os
import select
import time
from collections.abc import Iterator, Mapping

import orjson

from claude_fallback import paths
from claude_fallback.errors import FallbackError
from claude_fallback.gateway.inside import runs

PATIENCE = 2.0  # seconds for a `--settings` that is a pipe
LARGEST = 8 << 20  # bytes of one
_MANAGED = ("/etc/claude-code", "/Library/Application Support/ClaudeCode")


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
    found = _parsed(text.encode("utf-8", "surrogateescape"))
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
        os.makedirs(folder, mode=0o700, exist_ok=True)
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


def unbeatable(
    environ: Mapping[str, str], knows_settings_flag: bool
) -> Iterator[tuple[str, dict[str, object]]]:
    """(path, content) of settings that beat ours: managed ones; all files where there is no `--settings`."""
    places = [os.path.join(paths.config_dir(environ), "remote-settings.json")]  # an organisation's, cached
    for folder in _MANAGED:
        drop_ins = glob.glob(os.path.join(glob.escape(folder), "managed-settings.d", "*.json"))
        places += [os.path.join(folder, "managed-settings.json"), *sorted(drop_ins)]
    yield from _contents_of(places if knows_settings_flag else [*places, *_users_places(environ)])


def named(environ: Mapping[str, str]) -> set[str]:
    """The variables that the user's and the project's own settings files set."""
    envs = (content.get("env") for _, content in _contents_of(_users_places(environ)))
    return {name for env in envs if isinstance(env, dict) for name in env}


def _users_places(environ: Mapping[str, str]) -> list[str]:
    project = os.path.join(os.getcwd(), ".claude")
    return [
        os.path.join(paths.config_dir(environ), "settings.json"),
        os.path.join(project, "settings.json"),
        os.path.join(project, "settings.local.json"),
    ]


def _contents_of(places: list[str]) -> Iterator[tuple[str, dict[str, object]]]:
    for place in places:
        try:
            with open(place, "rb") as file:
                content = _parsed(file.read())
        except OSError:
            continue
        if content:
            yield place, content


def _parsed(raw: bytes) -> dict[str, object] | None:
    try:
        found = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _sweep(folder: str) -> None:
    for name in os.listdir(folder):
        pid = runs.owner(name)
        if pid is not None and not runs.is_alive(pid):
            remove(os.path.join(folder, name))
