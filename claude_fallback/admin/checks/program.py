"""The claude that would be started, and whether `claude` leads to us."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

from claude_fallback.admin.checks import alias
from claude_fallback.admin.checks.finding import Case, Finding, fail, ok, warn
from claude_fallback.memory import verdicts
from claude_fallback.run import find

UPDATE = "claude update"
DRILL = "claude-fallback for litellm test-rate-limit"


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
    yield alias.leads_to_us(case.environ)
