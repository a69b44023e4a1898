"""Running venv and pip: their progress made visible, their failures made into one sentence."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from glob import glob
from typing import IO

from claude_fallback.errors import FallbackError
from claude_fallback.gateway.progress import Progress

AGAIN = "claude-fallback for litellm start"
# The user's own pip set-up holds (index, proxy, certificates); no provider key is shown to what pip may run.
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "NETRC", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
KEPT_PREFIXES = ("LC_", "PIP_", "XDG_")
MISPLACING = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_HASHES", "PIP_NO_DEPS")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

FAILURES = (
    (
        "No space left on device|Disk quota exceeded",
        "the disk is full; make room or choose another place with `export CLAUDE_FALLBACK_DATA=FOLDER`, then",
    ),
    (
        "DO NOT MATCH THE HASHES",
        "a package is not the one that was pinned, so nothing was installed; try another index, then",
    ),
    (
        "Failed to establish|NewConnectionError|ConnectTimeout|Read timed out|Name or service|name resolution"
        "|ProxyError|SSLError|No matching distribution|Could not find a version|HTTP error 40",
        "the package index could not be used; check the network (pip config list), then",
    ),
)


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What venv and pip get to see of the user's environment."""
    return {
        name: value
        for name, value in environ.items()
        if name not in MISPLACING
        and (name in KEPT or name.startswith(KEPT_PREFIXES) or name.lower() in PROXIES)
    }


def make_environment(python: str, folder: str, environ: Mapping[str, str], progress: Progress) -> None:
    """`python -m venv folder`."""
    progress.step("making an environment for LiteLLM")
    command = [python, "-m", "venv", folder]
    made = subprocess.run(command, env=environment(environ), capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return
    said = made.stdout + made.stderr
    if "ensurepip" in said or "No module named venv" in said:
        remedy = "this Python has no venv module; on Debian and Ubuntu: sudo apt install python3-venv; then"
        raise FallbackError(f"{remedy}: {AGAIN}")
    raise FallbackError(explain(said, f"{' '.join(command)} failed"))


def install_locked(
    folder: str, lock: str, environ: Mapping[str, str], progress: Progress, *, log: str
) -> None:
    """pip install what `lock` names into the environment `folder`, every file checked against its hash."""
    command = [os.path.join(folder, "bin", "python"), "-m", "pip", "install", "--no-user", "--no-input"]
    command += [
        "--disable-pip-version-check",
        "--progress-bar=off",
        "--no-deps",
        "--require-hashes",
        "-r",
        lock,
    ]
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        process = subprocess.Popen(
            command,
            env=environment(environ),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        try:
            with open(log) as said:
                _follow(process, said, folder, _count(lock), progress)
        finally:
            _end(process)
    progress.end()
    if process.returncode != 0:
        with open(log) as said:
            raise FallbackError(explain(said.read(), f"pip ended with {process.returncode} (see {log})"))


def _count(lock: str) -> int:
    with open(lock) as file:
        return sum(1 for line in file if re.match(r"[a-z0-9]", line, re.IGNORECASE))


def _follow(
    process: subprocess.Popen[bytes], said: IO[str], folder: str, total: int, progress: Progress
) -> None:
    """Show how far pip is until it ends: packages found while it downloads, then packages put in place."""
    found, placing = 0, False
    while True:
        ended = _waited(process, 0.3)
        for line in said:
            found += line.startswith("Collecting ")
            total -= line.startswith("Ignoring ")  # its marker is for another system
            placing = placing or line.startswith("Installing collected")
        if placing:
            placed = len(glob(os.path.join(folder, "lib", "python3*", "site-packages", "*.dist-info")))
            progress.step("installing LiteLLM", min(placed, total), total)
        else:
            progress.step("downloading LiteLLM", found, total)
        if ended:
            return


def _waited(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """After Ctrl-C nothing may go on writing into a folder that is being removed."""
    if process.poll() is None:
        process.terminate()
        if not _waited(process, 5):
            process.kill()
            process.wait()


def explain(said: str, otherwise: str) -> str:
    """One sentence for what venv or pip said; `otherwise` when the cause is not a known one."""
    for pattern, remedy in FAILURES:
        if re.search(pattern, said):
            return f"LiteLLM was not installed: {remedy}: {AGAIN}{_last_error(said)}"
    return f"LiteLLM was not installed: {otherwise}; try again: {AGAIN}{_last_error(said)}"


def _last_error(said: str) -> str:
    errors = list(_errors(said))
    return f"\n  pip said: {errors[-1][:300]}" if errors else ""


def _errors(said: str) -> Iterator[str]:
    for line in said.splitlines():
        if line.startswith(("ERROR: ", "Error: ")):
            yield line.partition(" ")[2].strip()
