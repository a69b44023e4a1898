"""The Agent SDKs of Anthropic, from npm and PyPI, in the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from claude_fallback.gateway.progress import Progress
from scripts import cache as place
from scripts.jobs import Job, together

_STAMP = "complete"  # written last
_REMEDY = "check the network (npm config get registry, pip config list)"


def wanted() -> tuple[str, str]:
    """What to install: npm's package, and PyPI's."""
    with open(os.path.join(place.ROOT, "scripts", "sdks.txt"), encoding="ascii") as file:
        npm, pypi = filter(None, (line.partition("#")[0].strip() for line in file))
    return npm, pypi


def typescript(cache: str) -> str:
    """The folder of the TypeScript SDK."""
    return os.path.join(_folder(cache, wanted()[0]), "node_modules", "@anthropic-ai", "claude-agent-sdk")


def python(cache: str) -> str:
    """The Python that has the Python SDK: an environment of its own, for it brings forty packages."""
    return os.path.join(_folder(cache, wanted()[1]), "bin", "python")


def install(cache: str, progress: Progress) -> None:
    """What is there is not made again. Raises ScriptError with the remedy."""
    npm, pypi = wanted()
    with place.alone(cache, progress):
        missing = [name for name in (npm, pypi) if not os.path.isfile(_file(cache, name, _STAMP))]
        for name in missing:
            shutil.rmtree(_folder(cache, name), ignore_errors=True)
            os.makedirs(_folder(cache, name))
        if pypi in missing:
            subprocess.run([sys.executable, "-m", "venv", _folder(cache, pypi)], check=True)
        commands = {npm: _npm(cache, npm), pypi: _pip(cache, pypi)}
        jobs = [Job(name, commands[name], _file(cache, name, "install.log"), _REMEDY) for name in missing]
        together("installing the Agent SDKs", jobs, progress)
        for name in missing:
            with open(_file(cache, name, _STAMP), "w", encoding="ascii") as file:
                file.write(name)
            progress.note(f"installed: {name}")


def _npm(cache: str, package: str) -> tuple[str, ...]:
    """Its claude, 245 MB, is an optional dependency."""
    quiet: Sequence[str] = ("--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts")
    return ("npm", "install", "--omit=optional", *quiet, "--prefix", _folder(cache, package), package)


def _pip(cache: str, package: str) -> tuple[str, ...]:
    """From its source: the wheels have a claude in them."""
    name = package.partition("==")[0]
    return (python(cache), "-m", "pip", "install", "--no-input", "--disable-pip-version-check",
            f"--no-binary={name}", package)  # fmt: skip


def _folder(cache: str, package: str) -> str:
    """The Python SDK's belongs to this Python."""
    of = f"-py{sys.version_info[0]}.{sys.version_info[1]}" if "==" in package else ""
    return os.path.join(cache, "sdk", package.replace("/", "-").lstrip("@") + of)


def _file(cache: str, package: str, name: str) -> str:
    return os.path.join(_folder(cache, package), name)
