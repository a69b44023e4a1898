"""The cache folder: what the tests, the demo and the benchmark need, made once and kept.

`claude/<version>`: releases of claude. `checkout-<hash>/env`: a Python environment with one checkout and its
development dependencies. `litellm`: a private LiteLLM. Standard library only: this runs before anything is
installed.
"""

from __future__ import annotations

import fcntl
import glob
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from claude_fallback.gateway.progress import Progress
from scripts.jobs import ScriptError

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VARIABLE = "CLAUDE_FALLBACK_TEST_CACHE"


def folder(environ: Mapping[str, str]) -> str:
    """`$CLAUDE_FALLBACK_TEST_CACHE`, or a folder in the user's cache."""
    caches = environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.abspath(environ.get(VARIABLE) or os.path.join(caches, "claude-fallback", "test"))


def of_checkout(cache: str) -> str:
    """What belongs to this checkout and this Python; another pyproject.toml gets another folder."""
    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:
        seed = file.read() + os.fsencode(f"{ROOT}\0{os.path.realpath(sys.executable)}\0{sys.version}")
    return os.path.join(cache, f"checkout-{hashlib.sha256(seed).hexdigest()[:12]}")


def claude_argv(cache: str, version: str) -> list[str] | None:
    """The argv that starts this release of claude, None when it is not in the cache."""
    package = os.path.join(cache, "claude", version, "node_modules", "@anthropic-ai")
    script = os.path.join(package, "claude-code", "cli.js")
    if os.path.isfile(script):
        return ["node", script]
    # since 2.1.113 a program in a package for its platform; npm may have put a longer-named musl twin there
    programs = glob.glob(os.path.join(glob.escape(package), "claude-code-*", "claude"))
    return sorted(programs, key=len)[:1] or None


@contextmanager
def alone(cache: str, progress: Progress) -> Iterator[None]:
    """Two set-ups at once would build into each other's folders."""
    try:
        os.makedirs(cache, exist_ok=True)
        descriptor = os.open(os.path.join(cache, "set-up.lock"), os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ScriptError(
            f"the cache folder {cache} cannot be used ({error.strerror});"
            f" choose another: export {VARIABLE}=FOLDER"
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.note("waiting for another set-up in the same cache")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
