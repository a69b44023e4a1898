"""What `scripts/test` runs once everything is there."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NoReturn

from claude_fallback.gateway.progress import Progress
from scripts import cache, sdks
from scripts.cache import ROOT
from scripts.jobs import ScriptError, attended
from scripts.setup import execute, releases, set_up

COVERAGE_FLOOR = 90  # percent of lines and branches; raise it when the tests do better, never lower it
_CHECKS: tuple[tuple[str, ...], ...] = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",))
# Three on two cores: now and then one of them waits for a time to pass.
_PYTEST = ("python", "-m", "pytest", "--numprocesses=3", "--dist=worksteal")


def main(argv: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Without arguments all checks; with arguments pytest alone, on what they say."""
    programs = set_up(environ, releases())
    sdks.install(cache.folder(environ), Progress())
    env = _environment(programs, environ)
    for check in () if argv else _CHECKS:
        if _run(check, programs, env):
            raise ScriptError(" ".join(check))
    measured = () if argv else ("--cov", "--cov-report=term", f"--cov-fail-under={COVERAGE_FLOOR}")
    command = [*_PYTEST, *measured, *argv]
    _tell(command)
    execute([os.path.join(programs, command[0]), *command[1:]], env)


def _environment(programs: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The tools' caches lie in ours: the checkout may be read-only, or last have been tested by root."""
    folder = cache.folder(environ)
    kept = cache.of_checkout(folder)
    return {
        **environ,
        "PATH": f"{programs}{os.pathsep}{environ.get('PATH', os.defpath)}",
        cache.VARIABLE: folder,
        "RUFF_CACHE_DIR": os.path.join(kept, "ruff"),
        "MYPY_CACHE_DIR": os.path.join(kept, "mypy"),
        "COVERAGE_FILE": os.path.join(kept, "coverage"),
        "HYPOTHESIS_STORAGE_DIRECTORY": os.path.join(kept, "hypothesis"),
        "PYTEST_ADDOPTS": f"-o cache_dir={os.path.join(kept, 'pytest')} {environ.get('PYTEST_ADDOPTS', '')}",
    }


def _run(command: Sequence[str], programs: str, env: Mapping[str, str]) -> int:
    """In the checkout, whatever the caller's folder. The exit code."""
    _tell(command)
    return attended([os.path.join(programs, command[0]), *command[1:]], env, ROOT)


def _tell(command: Sequence[str]) -> None:
    print(f"$ {' '.join(command)}", flush=True)
