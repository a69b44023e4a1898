"""The private LiteLLM: on 127.0.0.1 only, with a key of its own for every start, nobody's child.

This file decides when to start and stop; `process.py` does it, `record.py` remembers it.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from claude_fallback import paths
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import hosted, process, record, service_config
from claude_fallback.gateway import install as installing
from claude_fallback.gateway.folder import usable
from claude_fallback.gateway.http import get
from claude_fallback.gateway.locking import alone
from claude_fallback.gateway.progress import QUIET, Progress
from claude_fallback.gateway.record import Running, running
from claude_fallback.memory.settings import Settings

__all__ = ["Running", "running", "start", "stop"]

PORT = 41100  # tried first, so that the address stays the same from start to start
LONGEST_START = 180.0  # seconds; 5 to 8 when the disk is warm, a minute after a cold boot on a slow one
START = "claude-fallback for litellm start"


def start(
    environ: Mapping[str, str],
    settings: Settings,
    progress: Progress = QUIET,
    *,
    install: bool = True,
    port: int = PORT,
) -> Running:
    """The private LiteLLM, started unless it runs. Of several at once one starts it, the others use it.

    With `install` a missing environment is made first (about 40 s). A `port` that is taken, or 0: a free one.
    FallbackError says what to do next.
    """
    found = running(environ)
    if found:
        return found
    folder = paths.gateway_dir(environ)
    with usable(folder), alone(os.path.join(folder, "start"), "is starting LiteLLM", progress):
        found = running(environ) or _adopted(environ, progress)
        if found:
            return found
        if not install and not installing.is_installed(environ):
            raise FallbackError(f"LiteLLM is not installed yet; install and start it: {START}")
        config, stand_ins = _config(environ, settings, folder)
        installing.install(environ, progress)
        for name, model in stand_ins.items():
            progress.note(f"{name} is not here; {model} answers in its place")
        if settings.use_anthropic_key and environ.get(hosted.ANTHROPIC.variable):
            progress.note("ANTHROPIC_API_KEY is used as well: pay as you go, billed by Anthropic")
        spawned = partial(_spawned, environ, config, stand_ins, settings)
        begin = partial(_brought_up, environ, spawned, progress)
        try:
            return begin(port)
        except process.PortTakenError:  # by another program, in the seconds that LiteLLM spent on imports
            return begin(0)


def stop(environ: Mapping[str, str], progress: Progress = QUIET) -> bool:
    """End the private LiteLLM; False when none was running. Signals only the process we recorded."""
    recorded = record.read(environ)
    if recorded is None:
        return False
    alive = record.is_alive(recorded.pid, recorded.born)
    if alive:
        progress.step("stopping LiteLLM")
        process.end(recorded.pid, recorded.born)
        progress.end()
    if record.read(environ) == recorded:  # not one that was started meanwhile
        record.forget(environ)
    return alive


def check_config(environ: Mapping[str, str], settings: Settings) -> None:
    """Raises FallbackError where `start` would for want of a readable configuration or of any model."""
    if not service_config.own_config(settings, environ):
        service_config.generate(settings, service_config.find_backends(environ, settings))


def _config(environ: Mapping[str, str], settings: Settings, folder: str) -> tuple[str, dict[str, str]]:
    """The path of the configuration to start with, and its stand-ins; one of ours is written anew."""
    own = service_config.own_config(settings, environ)
    if own:
        return own, {}
    backends = service_config.find_backends(environ, settings)
    content = service_config.encode(service_config.generate(settings, backends))
    path = os.path.join(folder, "config.yaml")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    return path, service_config.substitutes(settings, backends)


def _adopted(environ: Mapping[str, str], progress: Progress) -> Running | None:
    """One whose starter was killed while it came up: wait for it instead of starting a second."""
    recorded = record.read(environ)
    if recorded is None:
        return None
    if not record.is_alive(recorded.pid, recorded.born):
        record.forget(environ)
        return None
    return _awaited(environ, recorded, progress)


def _spawned(
    environ: Mapping[str, str], config: str, stand_ins: Mapping[str, str], settings: Settings, port: int
) -> Running:
    port = port if port and _is_free(port) else _free_port()
    key = f"sk-cf-{secrets.token_urlsafe(32)}"
    process.rotate(process.log_file(environ))
    pid = process.spawn(environ, config, port, key, settings)
    return Running(f"http://127.0.0.1:{port}", key, pid, record.birth(pid), config, False, stand_ins)


def _brought_up(
    environ: Mapping[str, str], spawned: Callable[[int], Running], progress: Progress, port: int
) -> Running:
    """Recorded at once, so that a killed start is found again; taken along by Ctrl-C and by every failure."""
    starting = spawned(port)
    try:
        record.write(environ, starting)
        return _awaited(environ, starting, progress)
    except BaseException:
        process.end(starting.pid, starting.born)
        record.forget(environ)
        raise


def _awaited(environ: Mapping[str, str], starting: Running, progress: Progress) -> Running:
    """`starting` once it answers, and it is not another program on its port that does."""
    ends_at = time.monotonic() + LONGEST_START
    while time.monotonic() < ends_at:
        progress.step("starting LiteLLM")
        if not record.is_alive(starting.pid, starting.born):
            raise process.end_of(process.log_file(environ))
        if process.has_bound(process.log_file(environ), starting.base_url) and _answers(starting.base_url):
            ready = replace(starting, ready=True)
            record.write(environ, ready)
            progress.end()
            return ready
        time.sleep(0.1)
    raise FallbackError(
        f"LiteLLM did not answer within {LONGEST_START:.0f} s; look at: claude-fallback for litellm logs"
    )


def _answers(base_url: str) -> bool:
    try:
        return get(f"{base_url}/health/liveliness", {}, time.monotonic() + 1.0).status == 200
    except (OSError, ValueError):
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
