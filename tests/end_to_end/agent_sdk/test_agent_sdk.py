"""Our command as the executable of the Agent SDKs: Python's `cli_path`, TypeScript's
`pathToClaudeCodeExecutable`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from claude_fallback.rehearsal.answers import Text, ToolUse, turn
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.agent_sdk.conftest import Told
from tests.end_to_end.conftest import NEWEST, Machine, in_an_hour

pytestmark = pytest.mark.claude

Build = Callable[..., tuple[Machine, StandIn]]
Drive = Callable[..., Told]
LANGUAGES = ["python", "typescript"]
OLDEST = "2.0.42"  # the SDKs ask for 2.0.0 or newer
ADD = turn(Text("ok"), ToolUse("mcp__sums__add", {"a": 1, "b": 2}))
BASH = turn(Text("then"), ToolUse("Bash", {"command": "echo once >> side", "description": "mark"}))


@pytest.mark.parametrize(
    ("language", "version"), [("python", OLDEST), ("python", NEWEST), ("typescript", NEWEST)]
)
def test_the_third_of_five(through_stand_in: Build, drive: Drive, language: str, version: str) -> None:
    """A limit in the third of five turns: five answers, one session; each turn has one init, one result."""
    native = ["answer 1", "answer 2", limit("five_hour", in_an_hour())]
    machine, _ = through_stand_in(native, ["answer 3", "answer 4", "answer 5"], version=version)
    told = drive(machine, language, "five")
    assert told.answers == [f"answer {number}" for number in range(1, 6)]
    assert [line["kind"] for line in told.lines] == ["init", "assistant", "result"] * 5
    assert len(told.sessions) == 1
    assert not any(line["error"] for line in told.of("result"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("program", ["with_tools", "one_shot"])
def test_callbacks(through_stand_in: Build, drive: Drive, language: str, program: str) -> None:
    """Hooks, permissions and the program's own MCP server work on both sides of the switch, once each."""
    between = ["native"] if program == "with_tools" else []
    native = [ADD, *between, limit("five_hour", in_an_hour())]
    machine, _ = through_stand_in(native, [BASH, ADD, "done"])
    told = drive(machine, language, program)
    tools = ["mcp__sums__add", "Bash", "mcp__sums__add"]
    assert [line["tool"] for line in told.of("hook")] == tools
    assert [line["tool"] for line in told.of("permission")] == tools
    assert [line["sum"] for line in told.of("tool")] == [3, 3]
    assert told.answers == [*between, "done"]
    assert (machine.work / "side").read_text() == "once\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_interrupt(through_stand_in: Build, drive: Drive, language: str) -> None:
    """An interrupt reaches the claude that carries the turn on; the conversation goes on after it."""
    slow = turn(Text("slow"), ToolUse("Bash", {"command": "tail -f /dev/null", "description": "wait"}))
    machine, _ = through_stand_in([limit("five_hour", in_an_hour())], [slow, "second answer"])
    told = drive(machine, language, "interrupted")
    assert told.of("interrupted")
    assert [line["error"] for line in told.of("result")] == [True, False]


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_model(through_stand_in: Build, drive: Drive, language: str) -> None:
    """A model that the program chooses after the switch is asked of the gateway by the gateway's name."""
    native = ["first answer", limit("five_hour", in_an_hour())]
    machine, gateway = through_stand_in(native, ["second answer", "third answer"])
    mapped = machine.run("for", "litellm", "config", "set", "add-model-mapping", "opus:llama3.1-8b")
    assert mapped.returncode == 0
    assert drive(machine, language, "settings").answers == ["first answer", "second answer", "third answer"]
    assert [one.model for one in gateway.record.main()] == ["qwen2.5-coder", "llama3.1-8b"]


def test_connected_from_the_start(through_stand_in: Build, drive: Drive) -> None:
    """A program that starts while a connection holds is on the gateway, whatever model it chooses later."""
    machine, gateway = through_stand_in("native", ["first", "second", "third"])
    assert machine.run("for", "litellm", "connect").returncode == 0
    assert drive(machine, "python", "settings").answers == ["first", "second", "third"]
    assert [one.model for one in gateway.record.main()] == ["qwen2.5-coder", "qwen2.5-coder", "llama3.1-8b"]
    assert machine.native is not None
    assert len(machine.native.record.main()) == 0


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_messages_that_wait(through_stand_in: Build, drive: Drive, version: str) -> None:
    """Five messages at once, the second turn limited: the gateway gets each of the questions once."""
    native = ["answer 1", limit("five_hour", in_an_hour())]
    machine, gateway = through_stand_in(native, ["more", "more", "more", "more"], version=version)
    told = drive(machine, "python", "at_once")
    assert told.answers[0] == "answer 1"
    assert set(told.answers[1:]) == {"more"}
    sent = str(gateway.record.main()[-1].body["messages"])
    assert [sent.count(f"question {number}") for number in range(1, 6)] == [1] * 5


def test_a_session_that_is_not_kept(through_stand_in: Build, drive: Drive) -> None:
    """Its earlier turns would have to be asked again: it stays with claude, whose words arrive."""
    machine, gateway = through_stand_in(["answer 1", "answer 2", limit("five_hour", in_an_hour())])
    told = drive(machine, "python", "unkept")
    assert told.answers[:2] == ["answer 1", "answer 2"]
    assert all(line["error"] for line in told.of("result")[2:])
    assert len(told.answers) == 5
    assert "staying with claude: this run keeps no session" in told.stderr
    assert len(gateway.record.main()) == 0


def test_through_litellm(through_litellm: Callable[..., Machine], drive: Drive) -> None:
    """The same through a real LiteLLM: five answers."""
    machine = through_litellm(["answer 1", "answer 2", limit("five_hour", in_an_hour())])
    told = drive(machine, "python", "five")
    assert told.answers[:2] == ["answer 1", "answer 2"]
    assert len(told.answers) == 5
    assert not any(line["error"] for line in told.of("result"))
