"""The examples of docs/agent-sdk.md, run as they stand, with a limit in the way."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from scripts import sdks
from scripts.cache import VARIABLE
from tests.docs import reading
from tests.end_to_end.agent_sdk.conftest import OURS, command, run
from tests.end_to_end.conftest import Machine, in_an_hour
from tests.end_to_end.conftest import machine as machine  # noqa: PLC0414
from tests.end_to_end.conftest import through_stand_in as through_stand_in  # noqa: PLC0414

pytestmark = pytest.mark.claude
PAGE = "docs/agent-sdk.md"
Build = Callable[..., tuple[Machine, StandIn]]


def test_python(through_stand_in: Build) -> None:
    """The Python example prints both answers."""
    (example,) = reading.blocks(PAGE, "python")
    machine, _ = through_stand_in(["native", limit("five_hour", in_an_hour())], "from the gateway")
    script = machine.work / "example.py"
    script.write_text(example)
    argv, added = command("python", str(script))
    added["PATH"] = f"{Path(OURS).parent}:{machine.env['PATH']}"
    assert run(argv, machine.env, machine.work, added).stdout == "native\nfrom the gateway\n"


def test_typescript(through_stand_in: Build) -> None:
    """The TypeScript example prints the gateway's answer."""
    (example,) = reading.blocks(PAGE, "js")
    machine, _ = through_stand_in([limit("five_hour", in_an_hour())], "from the gateway")
    modules = Path(sdks.typescript(os.environ.get(VARIABLE, ""))).parents[1]
    (machine.work / "node_modules").symlink_to(modules)
    script = machine.work / "example.mjs"
    script.write_text(example)
    installed = Path(machine.env["HOME"], ".local", "bin", "claude-fallback")
    installed.parent.mkdir(parents=True)
    installed.symlink_to(OURS)
    argv, added = command("typescript", str(script))
    assert run(argv, machine.env, machine.work, added).stdout == "from the gateway\n"


def test_versions() -> None:
    """The page names the versions that are tested."""
    npm, pypi = sdks.wanted()
    page = reading.text(PAGE)
    assert f"tested with {npm.rpartition('@')[2]})" in page
    assert f"tested with {pypi.rpartition('==')[2]})" in page
