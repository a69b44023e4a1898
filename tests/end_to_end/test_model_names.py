"""On a gateway claude asks for names of the gateway only: main thread, subagents, helpers, commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from claude_fallback.memory import connection
from claude_fallback.rehearsal.answers import Text, ToolUse, turn
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.conftest import Machine

pytestmark = pytest.mark.claude

NAMES = {"opus": "big", "sonnet": "middle", "haiku": "small"}
MAIN = "main-model"
FULL = "claude-sonnet-4-5-20250929"


def connected(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], version: str, script: object = "done"
) -> tuple[Machine, StandIn]:
    machine, gateway = through_stand_in("native", script, version=version)
    gateway.models = (MAIN, *NAMES.values())
    path = machine.config_dir / "litellm_config.json"
    settings = json.loads(path.read_text())
    path.write_text(json.dumps({**settings, "preferred_model": MAIN, "model_mappings": NAMES}))
    connection.connect(machine.env, datetime.now(timezone.utc) - timedelta(minutes=1), connection.Cause(), 5)
    return machine, gateway


def write(machine: Machine, place: str, **files: str) -> None:
    """Agents or commands that ask for a model."""
    folder = machine.work / ".claude" / place
    folder.mkdir(parents=True)
    for name, model in files.items():
        text = (
            f"---\nname: {name}\ndescription: looks\nmodel: {model}\n---\nYou are an agent for Claude Code."
        )
        (folder / f"{name}.md").write_text(text)


def agents(version: str, *kinds: str, **more: Any) -> list[ToolUse]:
    tool = "Agent" if version.startswith("2.1.") else "Task"
    return [
        ToolUse(tool, {"description": "look", "prompt": f"look as {kind}", "subagent_type": kind, **more})
        for kind in kinds
    ]


def asked(gateway: StandIn) -> set[str]:
    return {received.model for received in gateway.record.messages_posts()}


@pytest.mark.parametrize("version", ["1.0.60", "1.0.100", "2.0.42", "2.1.112", "2.1.330"])
def test_subagents_and_helpers(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], version: str
) -> None:
    """Built-in and own agents, agents with an alias, and what claude asks beside the conversation."""
    tools = [
        *agents(version, "general-purpose", "mine"),
        *agents(version, "general-purpose", model="haiku"),
        ToolUse("Bash", {"command": "echo hi | cat", "description": "say hi"}),
    ]
    machine, gateway = connected(through_stand_in, version, [turn(Text("ok"), *tools), "done"])
    write(machine, "agents", mine="opus")
    done = machine.run("-p", "do it", "--allowedTools", "Task,Agent,Bash")
    assert done.stdout == b"done\n", done
    assert any(received.role == "subagent" for received in gateway.record.messages_posts())
    assert asked(gateway) <= {MAIN, *NAMES.values()}
    assert machine.native is not None and not machine.native.record.messages_posts()


@pytest.mark.parametrize(
    "name", ["opus", "sonnet", "haiku", "opusplan", "claude-opus-4-1", "claude-unheard-of"]
)
def test_model_flag(through_stand_in: Callable[..., tuple[Machine, StandIn]], name: str) -> None:
    """`--model` is mapped before claude sees it, by name, by family, else it is the main model."""
    machine, gateway = connected(through_stand_in, "2.1.330")
    assert machine.run("-p", "hi", "--model", name).stdout == b"done\n"
    family = next((word for word in NAMES if word in name), None)
    assert asked(gateway) == {NAMES[family] if family else MAIN}


def test_full_ids(through_stand_in: Callable[..., tuple[Machine, StandIn]]) -> None:
    """An agent and a command that ask for one of Anthropic's ids are answered by a model of the gateway."""
    version = "2.1.330"
    machine, gateway = connected(
        through_stand_in, version, [turn(Text("ok"), *agents(version, "full")), "done"]
    )
    write(machine, "agents", full=FULL)
    write(machine, "commands", full=FULL)
    machine.run("-p", "do it", "--allowedTools", "Task,Agent")
    machine.run("-p", "/full")
    assert asked(gateway) <= {MAIN, *NAMES.values()}
    assert any(received.role == "subagent" for received in gateway.record.messages_posts())


@pytest.mark.parametrize("name", ["opus", FULL, "gpt-9", "sonnet[1m]", "default"])
def test_another_model_inside_a_session(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], name: str
) -> None:
    """A model that a program chooses in its stream is mapped as `--model` is: by name, by family."""
    machine, gateway = connected(through_stand_in, "2.1.330")
    control = {
        "type": "control_request",
        "request_id": "r1",
        "request": {"subtype": "set_model", "model": name},
    }
    message = {"type": "user", "message": {"role": "user", "content": "hi"}}
    machine.run(
        "-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose",
        stdin=b"".join(json.dumps(event).encode() + b"\n" for event in (control, message)),
    )  # fmt: skip
    family = next((word for word in NAMES if word in name), None)
    assert asked(gateway) == {NAMES[family] if family else MAIN}
