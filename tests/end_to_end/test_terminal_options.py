"""What the user had set for a session holds on the gateway, and at home again."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from claude_fallback.rehearsal.record import Received
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.script import until
from claude_fallback.rehearsal.server import StandIn

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Machine, Typist

pytestmark = pytest.mark.claude

# A server with one tool that takes no arguments
MCP = """
import json, sys
ANSWERS = {
    "initialize": {"capabilities": {"tools": {}}, "serverInfo": {"name": "tiny", "version": "1"}},
    "tools/list": {"tools": [{"name": "now", "description": "time", "inputSchema": {"type": "object"}}]},
}
for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        answer = dict(ANSWERS.get(asked["method"], {}))
        if asked["method"] == "initialize":
            answer["protocolVersion"] = asked["params"]["protocolVersion"]
        print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": answer}), flush=True)
"""


def options(folder: Path) -> list[str]:
    """One of each kind; paths and JSON with spaces."""
    (folder / "a library").mkdir()
    (folder / "server.py").write_text(MCP)
    servers = {"tiny": {"command": sys.executable, "args": [str(folder / "server.py")]}}
    (folder / "servers.json").write_text(json.dumps({"mcpServers": servers}))
    (folder / "settings.json").write_text(
        json.dumps({"env": {"FROM_SETTINGS": "1"}, "includeCoAuthoredBy": False})
    )
    return [
        "--add-dir", str(folder / "a library"), "--append-system-prompt", "Say MANGO at the end.",
        "--settings", str(folder / "settings.json"), "--permission-mode", "plan",
        "--mcp-config", str(folder / "servers.json"), "--disallowedTools", "WebSearch",
    ]  # fmt: skip


def set_of(received: Received, folder: Path) -> dict[str, bool]:
    """What of it a request shows."""
    whole = json.dumps(received.body)
    tools = [tool.get("name") for tool in received.body.get("tools", [])]
    return {
        "system prompt": "Say MANGO at the end." in whole,
        "directory": str(folder / "a library") in whole,
        "mcp": "mcp__tiny__now" in tools or "mcp__tiny__now" in whole,
        "plan": "Plan mode is active" in whole or "plan mode" in whole.lower(),
        "disallowed": "WebSearch" not in tools,
    }


@pytest.mark.parametrize(("version", "goes_home"), [("2.0.42", False), ("2.1.112", False), ("2.1.330", True)])
def test_options(
    through_stand_in: Callable[..., tuple[Machine, StandIn]],
    typist: Callable[..., Typist],
    tmp_path: Path,
    version: str,
    goes_home: bool,
) -> None:
    """Directories, system prompt, MCP servers, tools, settings and plan mode: what a native request shows of
    them, one to the gateway shows, and one after the way home."""
    reset = time.time() + (30 if goes_home else 3600)
    machine, gateway = through_stand_in(
        until(reset, ["first answer", limit("five_hour", reset)], "native again"), version=version
    )
    path = machine.config_dir / "litellm_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "return_idle_minutes": 0.01}))
    user = typist(machine, *options(tmp_path), trusted=[tmp_path / "a library"])
    user.at_prompt()
    user.say("hello one")
    user.sees("first answer")
    user.say("hello two")
    user.sees("from the gateway")
    user.say("hello again")  # claude waits for no MCP server: the first request may go without its tools
    user.until(lambda: len(gateway.record.main()) > 1, "the second request")
    native = machine.native
    assert native
    before, there = native.record.main()[1], gateway.record.main()[1]
    assert all(set_of(before, tmp_path).values()), set_of(before, tmp_path)
    assert set_of(there, tmp_path) == set_of(before, tmp_path)
    user.at_prompt()
    assert user.mode() == "plan"
    if not goes_home:
        return
    user.written("back to native Claude")
    user.at_prompt()
    assert user.mode() == "plan"
    user.say("hello three")
    user.sees("native again")
    user.say("hello four")
    user.until(lambda: len(native.record.main()) > 3, "the second request")
    home = native.record.main()[-1]
    assert set_of(home, tmp_path) == set_of(before, tmp_path)


def git(folder: Path, *argv: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-C", str(folder), *argv],
        check=True, capture_output=True, env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
    )  # fmt: skip


def test_worktree(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist]
) -> None:
    """A session in a worktree that claude made for it goes on there, and makes no second one."""
    machine, gateway = through_stand_in([*["first answer"], limit("five_hour", time.time() + 3600)])
    git(machine.work, "init", "-q")
    git(machine.work, "commit", "-q", "--allow-empty", "-m", "first")
    user = typist(machine, "--worktree", "side")
    user.at_prompt()
    user.say("hello one")
    user.sees("first answer")
    user.say("hello two")
    user.sees("from the gateway")
    made = [path.name for path in (machine.work / ".claude" / "worktrees").iterdir()]
    assert made == ["side"]
    received: Any = gateway.record.main()[0]
    assert str(machine.work / ".claude" / "worktrees" / "side") in received.everything() + json.dumps(
        received.body
    )
