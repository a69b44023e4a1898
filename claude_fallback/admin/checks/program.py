"""The claude that would be started, and whether `claude` leads to us."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping

from claude_fallback import paths
from claude_fallback.admin.checks.finding import Case, Finding, fail, ok, warn
from claude_fallback.memory import verdicts
from claude_fallback.run import find

UPDATE = "claude update"
DRILL = "claude-fallback for litellm test-rate-limit"
_ALIAS = re.compile(r"^\s*alias\s+claude[=\s]+(.+)$", re.MULTILINE)
_START_FILES = (".bashrc", ".bash_aliases", ".bash_profile", ".profile", ".zshrc", ".config/fish/config.fish")


def claude(case: Case) -> Iterator[Finding]:
    """Found, no way back to us, of a supported release, verified by the drill."""
    try:
        path = find.claude(case.environ, case.settings.claude_path)
    except find.ClaudeNotFoundError as error:
        yield fail("claude", str(error), "")
        return
    if find.is_ours(path):
        yield fail("claude", f"{path} leads back to claude-fallback", "export CLAUDE_FALLBACK_CLAUDE=PATH")
        return
    release = find.release(path, case.environ)
    if release is None:
        yield fail("claude", f"{path} does not tell its release", f"{path} --version")
        return
    version = ".".join(map(str, release))
    if release < find.OLDEST:
        yield fail("claude", f"{version}, {path}: too old, it is started without a fallback", UPDATE)
        return
    yield ok("claude", f"{version}, {path}")
    yield _verified(path, version, case)


def _verified(path: str, version: str, case: Case) -> Finding:
    verdict = verdicts.of(path, case.environ, version)
    if verdict is None:
        return warn("verified", f"claude {version} has not been through the drill here", DRILL)
    if not verdict.passed:
        return fail("verified", verdict.line(), DRILL)
    return ok("verified", verdict.line())


def command(case: Case) -> Iterator[Finding]:
    """`claude-fallback` is on PATH and is this one; `claude` starts it."""
    here = shutil.which("claude-fallback", path=case.environ.get("PATH", os.defpath))
    if here is None:
        yield fail("command", "claude-fallback is not on PATH, so no alias can find it",
                   "export PATH=\"$HOME/.local/bin:$PATH\" (or where it was installed)")  # fmt: skip
    else:
        yield ok("command", here)
    first = shutil.which("claude", path=case.environ.get("PATH", os.defpath))
    if first and find.is_ours(first):
        yield ok("alias", f"{first} is claude-fallback")
    else:
        yield _alias(case.environ)


def _alias(environ: Mapping[str, str]) -> Finding:
    """An alias is the shell's; here only its start-up files can be read."""
    for name in _START_FILES:
        try:
            with open(os.path.join(paths.home(environ), name), encoding="utf-8", errors="replace") as file:
                found = _ALIAS.findall(file.read(1 << 20))
        except OSError:
            continue
        if found:
            whose = found[-1].strip().strip("'\"")
            if "claude-fallback" in whose:
                return ok("alias", f"in ~/{name}")
            return warn("alias", f"~/{name} makes claude {whose}", "alias claude=claude-fallback")
    return warn("alias", "claude starts without claude-fallback: no alias was found",
                "alias claude=claude-fallback in your shell's start-up file")  # fmt: skip
