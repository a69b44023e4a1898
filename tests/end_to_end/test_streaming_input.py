"""`--input-format stream-json`: several turns over one stdin, one of them stopped by a limit."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from claude_fallback.rehearsal.answers import Text, ToolUse, turn
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.conftest import NEWEST, Machine, in_an_hour

pytestmark = pytest.mark.claude

Build = Callable[..., tuple[Machine, StandIn]]
FLAGS = ["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]
VERSIONS = ["1.0.60", "1.0.128", "2.0.42", "2.1.112", NEWEST]


def message(text: str) -> bytes:
    content = [{"type": "text", "text": text}]
    return json.dumps({"type": "user", "message": {"role": "user", "content": content}}).encode() + b"\n"


def events(stdout: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stdout.splitlines()]


@pytest.mark.parametrize("version", VERSIONS)
def test_one_message(through_stand_in: Build, version: str) -> None:
    """One message, limited at once: one init, one result, the prompt in the gateway's request once."""
    machine, gateway = through_stand_in([limit("five_hour", in_an_hour())], version=version)
    done = machine.run(*FLAGS, stdin=message("the streamed prompt"))
    found = events(done.stdout)
    assert [event["result"] for event in found if event["type"] == "result"] == ["from the gateway"], done
    assert json.dumps(gateway.record.main()[-1].body["messages"]).count("the streamed prompt") == 1
    assert done.returncode == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_the_tool_ran(through_stand_in: Build, version: str) -> None:
    """Limited after a tool: the tool's effect happens once."""
    call = turn(Text("ok"), ToolUse("Bash", {"command": "echo once >> side", "description": "mark"}))
    machine, _ = through_stand_in([call, limit("five_hour", in_an_hour())], version=version)
    done = machine.run(*FLAGS, "--allowedTools", "Bash", stdin=message("mark it"))
    assert [event["result"] for event in events(done.stdout) if event["type"] == "result"] == [
        "from the gateway"
    ]
    assert (machine.work / "side").read_text() == "once\n"


@pytest.mark.parametrize("version", [NEWEST])
def test_the_third_of_five(through_stand_in: Build, version: str) -> None:
    """A limit in the third of five turns of a live conversation ends with five answers."""
    import subprocess
    import sys

    script = ["answer 1", "answer 2", limit("five_hour", in_an_hour())]
    machine, _ = through_stand_in(script, ["answer 3", "answer 4", "answer 5"], version=version)
    command = [sys.executable, "-m", "claude_fallback", *FLAGS]
    with subprocess.Popen(
        command, env=machine.env, cwd=machine.work, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout
        answers = []
        for number in range(1, 6):
            process.stdin.write(message(f"question {number}"))
            process.stdin.flush()
            for line in process.stdout:
                event = json.loads(line)
                if event["type"] == "result":
                    answers.append(event["result"])
                    break
        process.stdin.close()
        assert process.wait(60) == 0
    assert answers == [f"answer {number}" for number in range(1, 6)]
