"""One gateway after the other, with real claude: the first is limited or dead, the next one answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from claude_fallback.memory import connection
from claude_fallback.rehearsal.answers import Text, ToolUse, turn
from claude_fallback.rehearsal.refusals import error, limit
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.conftest import GATEWAY_KEY, LOGIN, NEWEST, Machine, Typist, in_an_hour, spread
from tests.end_to_end.test_switch import FORMATS, answer

pytestmark = pytest.mark.claude
AT_ONCE = {"x-should-retry": "false"}
OTHER_KEY = "sk-other-made-up-key-0123456789"
BUDGET = error(422, "budget_exceeded", "Budget has been exceeded! Current cost: 3", AT_ONCE)
CALL = turn(Text("I will."), ToolUse("Bash", {"command": "echo once >> side", "description": "mark"}))


@pytest.fixture
def two_gateways(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], anthropic: Callable[..., StandIn]
) -> Callable[..., tuple[Machine, StandIn, StandIn]]:
    """LiteLLM's endpoint, then a custom one with a key and a model of its own."""

    def build(
        script: object, first: object, then: object, **options: Any
    ) -> tuple[Machine, StandIn, StandIn]:
        machine, one = through_stand_in(script, first, **options)
        other = anthropic(then, models=("other-model",))
        machine.env["CUSTOM_API_KEY"] = OTHER_KEY
        settings = {
            "litellm_endpoint": one.url,
            "fallback_chain": ["litellm", "custom"],
            "adapters": {"custom": {"endpoint": other.url, "preferred_model": "other-model"}},
        }
        (machine.config_dir / "litellm_config.json").write_text(json.dumps(settings))
        return machine, one, other

    return build


Two = Callable[..., tuple[Machine, StandIn, StandIn]]


@pytest.mark.parametrize(("version", "form"), spread(["1.0.100", "2.0.42", NEWEST], FORMATS))
def test_a_limited_gateway_hands_on(two_gateways: Two, version: str, form: str) -> None:
    """Native limited, the tool runs on the first gateway, its budget ends, the second one answers: one whole
    output, the tool's effect once, each key at its own gateway only."""
    machine, one, other = two_gateways(
        [limit("five_hour", in_an_hour())], [CALL, BUDGET], "from the other", version=version
    )
    done = machine.run("-p", "mark it", "--allowedTools", "Bash", *FORMATS[form])
    assert "from the other" in answer(form, done.stdout), done
    assert done.returncode == 0
    assert (machine.work / "side").read_text() == "once\n"
    assert b"continuing with qwen2.5-coder through LiteLLM" in done.stderr
    assert b"continuing with other-model through your endpoint" in done.stderr
    assert one.record.secrets_seen([OTHER_KEY, LOGIN]) == set()
    assert other.record.secrets_seen([GATEWAY_KEY, LOGIN]) == set()
    assert {received.model for received in other.record.messages_posts()} == {"other-model"}
    assert machine.state["requests_handled"] == 1
    (rest,) = machine.state["gateways"].items()
    assert rest[0] == "litellm" and "Budget has been exceeded" in rest[1]["why"]


def test_the_next_run_skips_it(two_gateways: Two) -> None:
    """While the first gateway rests, runs go to the second at once, and say so in one line."""
    machine, one, other = two_gateways([limit("five_hour", in_an_hour())], BUDGET, "from the other")
    machine.run("-p", "hi")
    asked = len(one.record)
    done = machine.run("-p", "hi again")
    assert done.stdout == b"from the other\n"
    assert len(one.record) == asked
    assert done.stderr.count(b"litellm is left alone until ") == 1
    assert len(other.record.main()) == 2


def test_a_dead_gateway_is_passed_over(two_gateways: Two) -> None:
    """One that does not answer costs a line; it counts as no switch."""
    machine, _, _ = two_gateways([limit("five_hour", in_an_hour())], "never", "from the other")
    settings = json.loads((machine.config_dir / "litellm_config.json").read_text())
    (machine.config_dir / "litellm_config.json").write_text(
        json.dumps({**settings, "litellm_endpoint": "http://127.0.0.1:9", "max_switches": 1})
    )
    done = machine.run("-p", "hi")
    assert done.stdout == b"from the other\n"
    assert b"litellm is not ready: http://127.0.0.1:9 is not there" in done.stderr


def test_all_limited(two_gateways: Two) -> None:
    """Each gateway is tried once; then the last one's words and exit code stand."""
    machine, one, other = two_gateways([limit("five_hour", in_an_hour())], BUDGET, BUDGET)
    done = machine.run("-p", "hi")
    assert done.returncode == 1
    assert b"Budget has been exceeded" in done.stdout
    assert done.stdout.count(b"\n") == 1
    assert one.record.main() and other.record.main()
    assert b"that was your endpoint" in done.stderr and b"its budget for this key is used up" in done.stderr


def test_as_many_switches_as_allowed(two_gateways: Two) -> None:
    """`max-switches` 1: the first gateway is the last one."""
    machine, _, other = two_gateways([limit("five_hour", in_an_hour())], BUDGET, "from the other")
    settings = json.loads((machine.config_dir / "litellm_config.json").read_text())
    (machine.config_dir / "litellm_config.json").write_text(json.dumps({**settings, "max_switches": 1}))
    done = machine.run("-p", "hi")
    assert b"Budget has been exceeded" in done.stdout
    assert len(other.record) == 0


def test_several_messages_over_one_stdin(two_gateways: Two) -> None:
    """Three user messages through native, one gateway and the next: three answers, none twice. (Releases
    since 2.1.112 may answer messages that wait together.)"""
    machine, one, other = two_gateways(
        ["first", limit("five_hour", in_an_hour())], ["second", BUDGET], "third", version="2.0.42"
    )
    messages = [
        {"type": "user", "message": {"role": "user", "content": text}} for text in ("one", "two", "three")
    ]
    done = machine.run(
        "-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose",
        stdin=b"".join(json.dumps(message).encode() + b"\n" for message in messages),
    )  # fmt: skip
    events = [json.loads(line) for line in done.stdout.splitlines()]
    results = [event["result"] for event in events if event["type"] == "result"]
    assert results == ["first", "second", "third"], done
    assert len({event["session_id"] for event in events if "session_id" in event}) == 1
    assert one.record.main() and other.record.main()


@pytest.mark.parametrize("version", ["2.0.42", "2.1.330"])
def test_a_session_moves_along_the_chain(
    two_gateways: Two, typist: Callable[..., Typist], version: str
) -> None:
    """Native limited, the first gateway out of budget: the conversation goes on at the second one by itself,
    with one line for each move and the draft in its input. Then that one is out of budget, and the first one
    still is: both had the prompt, and claude's own message stands."""
    machine, one, other = two_gateways(
        [limit("five_hour", in_an_hour())], BUDGET, ["from the other", BUDGET], version=version
    )
    user = typist(machine)
    user.at_prompt()
    user.say("hello one")
    user.process.send("my draft")
    user.sees("from the other")
    user.draft_is("my draft")
    assert b"continuing with qwen2.5-coder through LiteLLM" in user.raw
    assert b"continuing with other-model through your endpoint" in user.raw
    assert "hello one" in other.record.main()[0].everything()
    asked = len(one.record.main())
    user.process.send("\r")
    user.until(lambda: len(other.record.main()) > 1, "asked again")
    user.until(lambda: machine.state["gateways"].get("custom"), "its rest")
    user.until(lambda: machine.state["consecutive_failures"] == 1, "the last failure")
    assert len(one.record.main()) > asked
    assert b"continuing" not in bytes(user.raw).rpartition(b"through LiteLLM")[2]
    assert one.record.secrets_seen([OTHER_KEY, LOGIN]) == set()
    assert other.record.secrets_seen([GATEWAY_KEY, LOGIN]) == set()


def asking(machine: Machine) -> None:
    """`auto-fallback ask`, and a connection that was made by hand."""
    path = machine.config_dir / "litellm_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "auto_fallback_enabled": "ask"}))
    connection.connect(machine.env, datetime.now(timezone.utc), connection.Cause(connection.MANUAL), 1.0)


@pytest.mark.parametrize(("key", "goes_on"), [("\r", True), ("2\r", False)])
def test_a_session_asks_again(
    two_gateways: Two, typist: Callable[..., Typist], key: str, goes_on: bool
) -> None:
    """`ask`: the other gateway is somebody else's bill. With 2 the session is on native."""
    machine, _, other = two_gateways("native again", BUDGET, "from the other")
    asking(machine)
    user = typist(machine)
    user.at_prompt()
    user.say("hello one")
    user.sees("continue with other-model through your endpoint", "Enter takes 1:")
    assert len(other.record) == 1  # asked for its models
    user.process.send(key)
    if goes_on:
        user.sees("from the other")
    else:
        user.at_prompt()
        user.say("hello two")
        user.sees("native again")
    assert bool(other.record.main()) is goes_on


def test_a_print_run_cannot_ask(two_gateways: Two) -> None:
    """So it stays where it is, and claude's words stand."""
    machine, one, other = two_gateways("native", BUDGET, "from the other")
    asking(machine)
    done = machine.run("-p", "hi")
    assert b"Budget has been exceeded" in done.stdout
    assert one.record.main() and not other.record.main()
    assert "litellm" in machine.state["gateways"]  # it rests
