"""The LiteLLM process: its environment, its start, its end, its last words."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping

from claude_fallback import paths
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import record
from claude_fallback.gateway.hearing import hear_all_signals
from claude_fallback.memory import ledger
from claude_fallback.memory.settings import Settings

# What LiteLLM gets to see of the user's environment, besides the variables its configuration names
KEPT = ("PATH", "LANG", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
# With the user's own configuration everything is kept but claude's credentials, and what would give LiteLLM
# another address or somebody's database
NATIVE = ("ANTHROPIC_", "CLAUDE")
MISLEADING = ("HOST", "PORT", "DATABASE_URL", "DIRECT_URL", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
OURS: Mapping[str, str] = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it fetches a price list from the internet at every start
    "NO_DOCS": "True",
    "NO_REDOC": "True",
    "NO_OPENAPI": "True",
    "DISABLE_ADMIN_UI": "True",
    "PYTHONUNBUFFERED": "1",
    "PYTHONNOUSERSITE": "1",
}
START = "claude-fallback for litellm start"
INSIDE = "claude_fallback_inside"  # the name of `inside/` in LiteLLM's process
PORT_TAKEN = "address already in use"
# Banners, log chatter and the frames of a traceback; what is left tells the cause
NOISE = re.compile(r"^\s*$|^\s{2,}|^Traceback|INFO:|LiteLLM: Proxy|^[#|█▀╗╝═║╔╚ -]+$")


class PortTakenError(FallbackError):
    """Another program had the port when LiteLLM wanted it."""


def environment(environ: Mapping[str, str], config: str, key: str, settings: Settings) -> dict[str, str]:
    """LiteLLM's environment. The key goes in here: every user of the machine can read an argv."""
    named = _named(config)
    own = os.path.dirname(config) != paths.gateway_dir(environ)
    kept = {name: value for name, value in environ.items() if name in named or _is_kept(name, own)}
    if not own:
        kept["HOME"] = os.path.join(paths.gateway_dir(environ), "home")
    return {**kept, **OURS, **_for_inside(environ, settings), "LITELLM_MASTER_KEY": key}


def _for_inside(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """What `inside/` reads."""
    return {
        "CLAUDE_FALLBACK_IDLE": f"{settings.idle_stop_hours * 3600:g}",
        "CLAUDE_FALLBACK_KEEPS": " ".join(ledger.parts(settings)),
        "CLAUDE_FALLBACK_LOG": log_file(environ),
        "CLAUDE_FALLBACK_RUNS": paths.runs_dir(environ),
        "CLAUDE_FALLBACK_SILENCE": f"{settings.gateway_timeout_minutes * 60:g}",
        "CLAUDE_FALLBACK_USAGE": paths.usage_file(environ),
    }


def log_file(environ: Mapping[str, str]) -> str:
    return os.path.join(paths.gateway_dir(environ), "litellm.log")


def _is_kept(name: str, own: bool) -> bool:
    if own:
        return not name.startswith(NATIVE) and name not in MISLEADING
    return name in KEPT or name.startswith("LC_") or name.lower() in PROXIES


def _named(config: str) -> set[str]:
    """Variables that the configuration refers to as `os.environ/NAME`."""
    with open(config, encoding="utf-8", errors="replace") as file:
        return set(re.findall(r"os\.environ/(\w+)", file.read()))


def spawn(environ: Mapping[str, str], config: str, port: int, key: str, settings: Settings) -> int:
    """Start LiteLLM detached from this terminal and this process; its pid."""
    folder = paths.gateway_dir(environ)
    paths.make(os.path.join(folder, "home"))
    _place_inside(folder)
    command = [os.path.join(os.path.realpath(paths.litellm_env(environ)), "bin", "python")]
    command += ["-m", f"{INSIDE}.serve", "--config", config, "--host", "127.0.0.1", "--port", str(port)]
    log = os.open(log_file(environ), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with open(log, "ab") as file:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(environ, config, key, settings),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=hear_all_signals,  # noqa: PLW1509 - see there
        )
    process.returncode = 0  # it outlives us on purpose: no ResourceWarning, nobody waits for it here
    return process.pid


def _place_inside(folder: str) -> None:
    """What runs inside LiteLLM, copied: its environment must hold nothing else of ours."""
    shutil.rmtree(os.path.join(folder, INSIDE), ignore_errors=True)
    shutil.copytree(
        os.path.join(os.path.dirname(__file__), "inside"),
        os.path.join(folder, INSIDE),
        ignore=shutil.ignore_patterns("__pycache__"),
    )


def end(pid: int, born: str, patience: float = 10.0) -> None:
    """TERM, wait, KILL; each only while `pid` still is the process that was `born` then."""
    for sign, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, patience)):
        if not record.is_alive(pid, born):
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        _wait_for_end(pid, born, seconds)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # it may be a child of ours: leave no zombie


def _wait_for_end(pid: int, born: str, seconds: float) -> None:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at and record.is_alive(pid, born):
        time.sleep(0.05)


def rotate(log: str) -> None:
    """Keep one older log; called before a start."""
    if os.path.exists(log):
        os.replace(log, f"{log}.1")


def has_bound(log: str, base_url: str) -> bool:
    """True once this very process has the port, by its own log; whoever answers there may be another."""
    try:
        with open(log, encoding="utf-8", errors="replace") as file:
            return f"Uvicorn running on {base_url}" in file.read()
    except OSError:
        return False


def end_of(log: str, lines: int = 4) -> FallbackError:
    """Why LiteLLM ended while starting: its last meaningful words, and what to do about known causes."""
    try:
        with open(log, encoding="utf-8", errors="replace") as file:
            said = [line.strip()[:300] for line in file if not NOISE.search(line)]
    except OSError:
        said = []
    shown = "".join(f"\n  {line}" for line in said[-lines:]) or " without a word"
    message = f"LiteLLM ended while starting:{shown}\n{_remedy(' '.join(said))}"
    return PortTakenError(message) if PORT_TAKEN in message else FallbackError(message)


def _remedy(said: str) -> str:
    if PORT_TAKEN in said:
        return f"another program took its port meanwhile; again: {START}"
    if "ModuleNotFoundError" in said or "ImportError" in said:
        return f"a module is missing: check the configuration's callbacks, then: {START}"
    return f"see all it said: claude-fallback for litellm logs; and its configuration: {START} --dry-run"
