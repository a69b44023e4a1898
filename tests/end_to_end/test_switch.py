"""A limited print run is answered through a real LiteLLM, by a real claude."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from claude_fallback.rehearsal.answers import Text, ToolUse, turn
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.script import by_model
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.conftest import RELEASES, Machine, in_an_hour, spread

pytestmark = pytest.mark.claude

FORMATS = {
    "text": [],
    "json": ["--output-format", "json"],
    "json-verbose": ["--output-format", "json", "--verbose"],
    "stream": ["--output-format", "stream-json", "--verbose"],
}


def answer(form: str, stdout: bytes) -> str:
    """The final answer of a run, and a check that its output is one coherent whole."""
    if form == "text":
        return stdout.decode()
    events = [json.loads(line) for line in stdout.splitlines()] if form == "stream" else json.loads(stdout)
    if form == "json":
        events = [events]
    results = [event for event in events if event["type"] == "result"]
    inits = [event for event in events if event["type"] == "system" and event["subtype"] == "init"]
    assert len(results) == 1 and events[-1] is results[0]
    assert len(inits) == (0 if form == "json" else 1)
    assert results[0]["is_error"] is False
    assert not any((event.get("message") or {}).get("model") == "<synthetic>" for event in events)
    return str(results[0]["result"])


@pytest.mark.parametrize(("version", "form"), spread(RELEASES, FORMATS))
def test_first_request(through_litellm: Callable[..., Machine], version: str, form: str) -> None:
    """A limit on the first request: the answer is the gateway's, one whole output, exit 0, one connection."""
    machine = through_litellm([limit("five_hour", in_an_hour())], version)
    done = machine.run("-p", "say hello", *FORMATS[form])
    assert "answered by the embedded model" in answer(form, done.stdout), done
    assert done.returncode == 0
    assert done.stderr.count(b"claude-fallback: ") == 1
    assert b"continuing with qwen2.5-coder through LiteLLM" in done.stderr
    assert machine.state["connected"] is True
    assert machine.state["requests_handled"] == 1


@pytest.mark.parametrize(("version", "form"), spread(RELEASES, FORMATS))
def test_after_a_tool(through_litellm: Callable[..., Machine], version: str, form: str) -> None:
    """A limit after a tool ran: the session is resumed, and the tool's effect happens once."""
    call = turn(Text("I will."), ToolUse("Bash", {"command": "echo once >> side", "description": "mark"}))
    machine = through_litellm([call, limit("five_hour", in_an_hour())], version)
    done = machine.run("-p", "mark it", "--allowedTools", "Bash", *FORMATS[form])
    assert "answered by the embedded model" in answer(form, done.stdout), done
    assert done.returncode == 0
    assert (machine.work / "side").read_text() == "once\n"


def sessions_of(rows: list[dict[str, Any]]) -> set[str]:
    return {row["sessionId"] for row in rows if "sessionId" in row}


def test_one_models_own_limit(through_stand_in: Callable[..., tuple[Machine, StandIn]]) -> None:
    """While Opus is used up, runs of Opus and runs that name no model start on the gateway; those that name
    Sonnet stay native."""
    opus = limit("seven_day_opus", in_an_hour() + 100_000, overage_status=None)
    machine, gateway = through_stand_in(by_model({"opus": opus}, "native"))
    assert b"from the gateway" in machine.run("-p", "one", "--model", "opus").stdout
    assert machine.state["limit_window"] == "seven_day_opus"
    asked = len(gateway.record.main())
    done = machine.run("-p", "two", "--model", "sonnet")
    assert (done.stdout, done.stderr, len(gateway.record.main())) == (b"native\n", b"", asked)
    for more in (["--model", "opus"], []):
        assert b"from the gateway" in machine.run("-p", "three", *more).stdout
