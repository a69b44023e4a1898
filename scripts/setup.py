"""Filling the cache: a Python environment, releases of claude, LiteLLM. What is there is not made again."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from claude_fallback.gateway.progress import Progress
from scripts import cache as place
from scripts.cache import ROOT, claude_argv
from scripts.jobs import Job, ScriptError, attended, together

PACKAGE = "@anthropic-ai/claude-code"
_STAMP = "complete"  # written last, names the checkout: no stamp, no environment
_DEPENDENCIES = """
import sys
try:
    import tomllib
except ImportError:  # Python 3.10
    from pip._vendor import tomli as tomllib
print(*tomllib.load(open(sys.argv[1], "rb"))["dependency-groups"]["dev"], sep="\\n")
"""


def releases() -> list[str]:
    """The releases of claude that the tests use, oldest first."""
    with open(os.path.join(ROOT, "scripts", "releases.txt"), encoding="ascii") as file:
        words = [line.partition("#")[0].strip() for line in file]
    return [word for word in words if word]


def set_up(environ: Mapping[str, str], versions: Sequence[str]) -> str:
    """Everything, with these releases of claude. Returns the folder of the environment's programs.

    Raises ScriptError with the remedy.
    """
    cache, progress = place.folder(environ), Progress()
    with place.alone(cache, progress):
        programs = _environment(cache, progress)
        _claudes(cache, versions, progress)
    _litellm(cache, programs, environ)
    return programs


def become(programs: str, module: str, environ: Mapping[str, str], *argv: str) -> NoReturn:
    """Run a module of ours in the environment, in this process's place."""
    env = {**environ, place.VARIABLE: place.folder(environ)}
    execute([os.path.join(programs, "python"), "-m", module, *argv], env)


def execute(command: Sequence[str], env: Mapping[str, str]) -> NoReturn:
    """Become the command, in the checkout and without stdin: signals are then its own business."""
    os.chdir(ROOT)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdout.flush()
    os.execve(command[0], list(command), env)


def _environment(cache: str, progress: Progress) -> str:
    folder = place.of_checkout(cache)
    env, stamp = os.path.join(folder, "env"), os.path.join(folder, _STAMP)
    programs = os.path.join(env, "bin")
    if os.path.isfile(stamp):
        return programs
    _sweep(cache)
    os.makedirs(folder, exist_ok=True)
    log = os.path.join(folder, "install.log")
    _make_venv(env, log, progress)
    python = os.path.join(programs, "python")
    command = (python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--retries=2",
               "--editable", ROOT, *_dependencies(python))  # fmt: skip
    job = Job("the development environment", command, log, "check the network (pip config list)")
    together("installing the development environment", [job], progress)
    with open(stamp, "w", encoding="utf-8") as file:
        file.write(ROOT)
    progress.note("the development environment is installed")
    return programs


def _make_venv(env: str, log: str, progress: Progress) -> None:
    job = Job("the development environment", (sys.executable, "-m", "venv", "--clear", env), log)
    try:
        together("making the development environment", [job], progress)
    except ScriptError as error:
        if "ensurepip" not in str(error) and "No module named venv" not in str(error):
            raise
        sudo = "" if os.geteuid() == 0 else "sudo "
        raise ScriptError(f"this Python lacks venv; mend it: {sudo}apt-get install python3-venv") from error


def _dependencies(python: str) -> list[str]:
    """The `dev` group; a pip older than 25.1 cannot read it itself."""
    command = [python, "-c", _DEPENDENCIES, os.path.join(ROOT, "pyproject.toml")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def _sweep(cache: str) -> None:
    """Remove what belongs to this checkout's past, to checkouts that are gone, and half-made environments."""
    for folder in glob.glob(os.path.join(glob.escape(cache), "checkout-*")):
        try:
            with open(os.path.join(folder, _STAMP), encoding="utf-8") as file:
                checkout = file.read()
        except OSError:
            checkout = ROOT
        if checkout == ROOT or not os.path.isdir(checkout):
            shutil.rmtree(folder, ignore_errors=True)


def _claudes(cache: str, versions: Sequence[str], progress: Progress) -> None:
    """Each release by npm into a draft, which gets its name when it is complete."""
    missing = [version for version in versions if claude_argv(cache, version) is None]
    _need_node()
    if not missing:
        return
    drafts = os.path.join(cache, "claude", "drafts")
    shutil.rmtree(drafts, ignore_errors=True)
    os.makedirs(drafts)
    try:
        jobs = [_npm(version, os.path.join(drafts, version)) for version in missing]
        together("installing releases of claude", jobs, progress)
        for version in missing:
            _take(cache, version, os.path.join(drafts, version))
    finally:
        shutil.rmtree(drafts, ignore_errors=True)
    progress.note(f"installed: claude {', '.join(missing)}")


def _npm(version: str, draft: str) -> Job:
    command = ("npm", "install", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund",
               "--loglevel=error", "--fetch-retry-mintimeout=1000", "--prefix", draft,
               f"{PACKAGE}@{version}")  # fmt: skip
    return Job(f"claude {version}", command, f"{draft}.log", "check the network (npm config get registry)")


def _take(cache: str, version: str, draft: str) -> None:
    goal = os.path.join(cache, "claude", version)
    shutil.rmtree(goal, ignore_errors=True)
    os.replace(draft, goal)
    if claude_argv(cache, version) is None:
        raise ScriptError(
            f"npm has no program of claude {version} for this platform; its files are in {goal}"
        )


def _need_node() -> None:
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise ScriptError(f"{program} is not on PATH; install Node.js 18 or newer, with npm")


def _litellm(cache: str, programs: str, environ: Mapping[str, str]) -> None:
    """By the product itself, into the cache; it shows its progress, and says what went wrong."""
    command = [os.path.join(programs, "python"), "-m", "scripts.litellm"]
    there = {**environ, "CLAUDE_FALLBACK_DATA": cache}
    if attended(command, there, ROOT):
        raise ScriptError("LiteLLM could not be installed")
