"""LiteLLM in an environment of its own: pinned, hashed, made on first need.

It is kept out of our own environment on purpose: it brings 140 packages, and two of its releases on PyPI were
malicious (BerriAI/litellm issue 24518). `litellm.lock` names every file by its hash; `scripts/lock-litellm`
remakes it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from claude_fallback import paths
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import pip
from claude_fallback.gateway.folder import usable
from claude_fallback.gateway.locking import alone
from claude_fallback.gateway.progress import QUIET, Progress

LOCK = os.path.join(os.path.dirname(__file__), "litellm.lock")
STAMP = "installed-lock"  # written last, in the environment: no stamp, no environment
NEEDED_BYTES = 1_200_000_000  # measured: 742 MB installed, the rest for what pip unpacks meanwhile
NEWEST_PYTHON = (3, 14)  # LiteLLM 1.106.2 says: >=3.10, <3.15


def is_installed(environ: Mapping[str, str], lock: str = LOCK) -> bool:
    """True when the environment was finished from this very lock and its Python still exists."""
    env = paths.litellm_env(environ)
    try:
        with open(os.path.join(env, STAMP)) as file:
            stamp = file.read()
    except OSError:
        return False
    return stamp == _stamp(lock) and os.access(os.path.join(env, "bin", "python"), os.X_OK)


def install(environ: Mapping[str, str], progress: Progress = QUIET, lock: str = LOCK) -> None:
    """Make the environment unless it is there. One process builds, others wait for it.

    It is built under a name of its own (environments cannot be moved) and becomes real by one rename of a
    symlink: an interrupted build is never used. Raises FallbackError with the remedy.
    """
    if is_installed(environ, lock):
        return
    data = paths.data_dir(environ)
    with usable(data), alone(os.path.join(data, "litellm.install"), "is installing LiteLLM", progress):
        if is_installed(environ, lock):
            return
        _sweep(environ)
        _check_room(data)
        with _build_folder(data) as folder:
            pip.make_environment(_python(), folder, environ, progress)
            pip.install_locked(folder, lock, environ, progress, log=os.path.join(data, "install.log"))
            with open(os.path.join(folder, STAMP), "w") as file:
                file.write(_stamp(lock))
            _point_at(folder, paths.litellm_env(environ))
        _sweep(environ)
    progress.note("LiteLLM is installed")


def _stamp(lock: str) -> str:
    with open(lock, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _python() -> str:
    """Ours, unless LiteLLM does not know it yet."""
    if sys.version_info[:2] <= NEWEST_PYTHON:
        return sys.executable
    for minor in range(NEWEST_PYTHON[1], 9, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    raise FallbackError(
        f"LiteLLM does not run on Python {sys.version_info[0]}.{sys.version_info[1]} yet;"
        " install Python 3.13 beside it, then: claude-fallback for litellm start"
    )


def _check_room(folder: str) -> None:
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise FallbackError(
            f"LiteLLM needs {NEEDED_BYTES / 1e9:.1f} GB, {folder} has {free / 1e9:.1f} GB left;"
            " make room or choose another place: export CLAUDE_FALLBACK_DATA=FOLDER"
        )


@contextmanager
def _build_folder(data: str) -> Iterator[str]:
    """A new folder that vanishes again unless the block ends well; Ctrl-C included."""
    folder = tempfile.mkdtemp(prefix="litellm-", dir=data)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _point_at(folder: str, link: str) -> None:
    if os.path.isdir(link) and not os.path.islink(link):
        shutil.rmtree(link)
    draft = f"{folder}.link"
    os.symlink(os.path.basename(folder), draft)
    os.replace(draft, link)


def _sweep(environ: Mapping[str, str]) -> None:
    """Remove what killed installations and older locks left behind."""
    data = paths.data_dir(environ)
    used = os.path.realpath(paths.litellm_env(environ))
    for name in os.listdir(data):
        path = os.path.join(data, name)
        if not name.startswith("litellm-") or os.path.realpath(path) == used:
            continue
        if os.path.islink(path):
            os.unlink(path)
        else:
            shutil.rmtree(path, ignore_errors=True)
