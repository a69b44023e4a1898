"""The terminal, other tools of this kind, LiteLLM's environment, what dead processes left."""

from __future__ import annotations

import glob
import importlib.metadata
import os
import re
import shutil
import sys
from collections.abc import Iterator

from claude_fallback import paths
from claude_fallback.admin.checks.finding import Case, Finding, fail, ok, warn
from claude_fallback.gateway import install, record
from claude_fallback.gateway.inside import runs

START = "claude-fallback for litellm start"
MALICIOUS = ("1.82.7", "1.82.8")  # on PyPI for hours; they sent secrets away (BerriAI/litellm issue 24518)
_NAMESAKE = "claude-code-fallback"  # on PyPI: it installs the same command and the same module name
_OTHERS = ("ccr", "claude-code-router", "claude-auto-resume", "claude-auto-retry", "claude-code-proxy", "ccs",
           "cc-switch", "claude-code-fallback")  # fmt: skip
_NARROW = 60  # columns: claude's own screen needs about as many


def terminal(case: Case) -> Iterator[Finding]:
    """Only where there is one: cron has none and needs none."""
    if not os.isatty(0) or not os.isatty(2):
        yield ok("terminal", "none here; interactive sessions were not looked at")
        return
    environ, bad = case.environ, False
    if environ.get("TERM", "") in ("", "dumb"):
        bad = True
        yield warn("terminal", "TERM says that it can draw nothing", "export TERM=xterm-256color")
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    if "utf" not in locale.lower():
        bad = True
        yield warn("terminal", f"the locale ({locale or 'none'}) is not UTF-8", "export LANG=C.UTF-8")
    columns = os.get_terminal_size(2).columns
    if columns < _NARROW:
        bad = True
        yield warn("terminal", f"{columns} columns are too few for claude's screen", "make the window wider")
    if not bad:
        yield ok("terminal", f"{environ['TERM']}, {locale}, {columns} columns")


def others(case: Case) -> Iterator[Finding]:
    """Tools that rerun or reroute claude too, and the namesake."""
    path = case.environ.get("PATH", os.defpath)
    found = [where for name in _OTHERS if (where := shutil.which(name, path=path))]
    for where in found:
        yield warn("others", f"{where} may rerun or reroute claude, too", "use one of them at a time")
    clash = _version(_NAMESAKE)
    if clash:
        yield fail("others", f"the package {_NAMESAKE} {clash} is installed here: it has our command's name",
                   f"pip uninstall {_NAMESAKE}, then install claude-fallback again")  # fmt: skip
    commands = {os.path.realpath(os.path.join(folder, "claude-fallback")) for folder in path.split(os.pathsep)
                if os.access(os.path.join(folder, "claude-fallback"), os.X_OK)}  # fmt: skip
    strangers = sorted(one for one in commands if b"claude_fallback.cli" not in _head(one))
    for one in strangers:
        yield fail("others", f"{one} is another program of this name", "take it off PATH")
    if not found and not clash and not strangers:
        yield ok("others", "no other tool of this kind")


def litellm(case: Case) -> Iterator[Finding]:
    """The private one: installed from our lock, and none of the two releases that were malicious."""
    here, ours = _installed(case), _version("litellm")
    bad = next((found for found in (here, ours) if found in MALICIOUS), None)
    if bad:
        yield fail("litellm", f"LiteLLM {bad} is malicious: it sends secrets away",
                   "stop it, delete it, and change every key that this account could read")  # fmt: skip
    elif install.is_installed(case.environ):
        yield ok("litellm", f"LiteLLM {here}, as pinned")
    elif here:
        yield warn("litellm", f"LiteLLM {here} is not the pinned one", START)
    elif case.settings.endpoint:
        yield ok("litellm", "no private one; your own gateway is used")
    else:
        yield warn("litellm", "not installed yet; a run cannot wait for that", START)


def leftovers(case: Case) -> Iterator[Finding]:
    """Records of processes that are no more. Settings files of dead runs hold the gateway's key."""
    recorded = record.read(case.environ)
    dead = recorded is not None and not record.is_alive(recorded.pid, recorded.born)
    if dead:
        yield warn("leftovers", "a private LiteLLM is recorded that has ended; a run starts it again",
                   "claude-fallback for litellm restart")  # fmt: skip
    folder = paths.runs_dir(case.environ)
    files = glob.glob("*.json", root_dir=folder)
    old = [name for name in files if (pid := runs.owner(name)) is not None and not runs.is_alive(pid)]
    if old:
        yield warn("leftovers", f"{len(old)} settings files of runs that were killed, with the gateway's key",
                   f"the next run removes them, or: rm {folder}/*.json")  # fmt: skip
    elif not dead:
        yield ok("leftovers", "none")


def python(_case: Case) -> Iterator[Finding]:
    yield ok("python", f"{sys.version.split()[0]}, {sys.executable}")


def _installed(case: Case) -> str | None:
    """The release in our private environment, whoever installed it."""
    pattern = os.path.join(glob.escape(paths.litellm_env(case.environ)), "lib", "python*", "site-packages",
                           "litellm-*.dist-info")  # fmt: skip
    found = [re.search(r"litellm-([\d.]+)[^/]*\.dist-info$", path) for path in glob.glob(pattern)]
    return next((match[1] for match in found if match), None)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _head(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(4096)
    except OSError:
        return b""
