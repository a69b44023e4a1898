"""The private LiteLLM's pid, address and key, as written at its start.

One 0600 file, so that a key never belongs to another port. A record counts only while the very process it
names lives: the pid alone may by now be a stranger's, who must neither be signalled nor be shown the key.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import orjson

from claude_fallback import paths


@dataclass(frozen=True)
class Running:
    """A private LiteLLM that answers requests."""

    base_url: str
    key: str
    pid: int
    born: str  # see `birth`
    config: str  # the configuration file it was started with
    ready: bool = True  # False while it is starting
    stand_ins: Mapping[str, str] = field(default_factory=dict)  # wished names -> the models that answer

    def __repr__(self) -> str:  # a traceback or a log never shows the key
        return f"Running({self.base_url}, pid {self.pid})"


def record_file(environ: Mapping[str, str]) -> str:
    return os.path.join(paths.gateway_dir(environ), "service.json")


def read(environ: Mapping[str, str]) -> Running | None:
    """What was recorded at the last start, whether that process lives or not; None: nothing readable."""
    try:
        with open(record_file(environ), "rb") as file:
            found = Running(**orjson.loads(file.read()))
    except (OSError, TypeError, orjson.JSONDecodeError):
        return None
    words = (found.base_url, found.key, found.born, found.config)
    known = all(isinstance(one, str) for one in words) and isinstance(found.stand_ins, dict)
    return found if known and isinstance(found.pid, int) else None


def running(environ: Mapping[str, str]) -> Running | None:
    """The private LiteLLM that runs now, None when there is none; a stale record is left alone."""
    recorded = read(environ)
    if recorded is None or not recorded.ready:
        return None
    return recorded if is_alive(recorded.pid, recorded.born) else None


def write(environ: Mapping[str, str], running: Running) -> None:
    path = record_file(environ)
    draft = f"{path}.{os.getpid()}"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(orjson.dumps(asdict(running)))
    os.replace(draft, path)


def forget(environ: Mapping[str, str]) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(record_file(environ))


def is_alive(pid: int, born: str) -> bool:
    """True while the process that was born as `born` has this pid."""
    return bool(born) and birth(pid) == born


def birth(pid: int) -> str:
    """What tells a process from every later one with its pid; empty when it is gone.

    Linux: boot id and start time in ticks since boot, field 22 of /proc/<pid>/stat (proc(5)).
    Elsewhere `ps -o lstart`.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()  # the name before may hold spaces and brackets
        return "" if fields[0] in (b"Z", b"X") else f"{_boot()}/{fields[19].decode()}"
    except (OSError, IndexError):
        return "" if os.path.exists("/proc/self/stat") else _birth_by_ps(pid)


def _boot() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        return ""


def _birth_by_ps(pid: int) -> str:
    try:
        asked = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False, timeout=5
        )
        return asked.stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
