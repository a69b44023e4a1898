"""After a switched run the session that the user knows holds the whole conversation."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable

import pytest

from claude_fallback.rehearsal.answers import Text, ToolUse, turn
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.conftest import NEWEST, RELEASES, Machine, in_an_hour, spread

pytestmark = pytest.mark.claude

Build = Callable[..., tuple[Machine, StandIn]]
NEW_ID_ON_RESUME = ("1.0.60", "1.0.100")
BASH = turn(Text("I will."), ToolUse("Bash", {"command": "echo once >> side", "description": "mark"}))


def asked(gateway: StandIn) -> str:
    """The conversation as the gateway's last main request had it."""
    return json.dumps(gateway.record.main()[-1].body["messages"])


@pytest.mark.parametrize("version", RELEASES)
def test_a_fresh_run_is_replayed(through_stand_in: Build, version: str) -> None:
    """Nothing was done and nobody knows the session: the same prompt, once, in a session of its own."""
    machine, gateway = through_stand_in([limit("five_hour", in_an_hour())], version=version)
    done = machine.run("-p", "the only prompt", "--output-format", "json")
    assert asked(gateway).count("the only prompt") == 1
    assert "usage limit" not in asked(gateway)
    session = json.loads(done.stdout)["session_id"]
    gateway.play(["and more"])
    more = machine.run("-p", "--resume", session, "what now")
    assert b"and more" in more.stdout
    assert "the only prompt" in asked(gateway) and "from the gateway" in asked(gateway)


@pytest.mark.parametrize(("version", "limited"), spread(RELEASES, ["at first", "after a tool"]))
def test_a_named_session_keeps_its_name(through_stand_in: Build, version: str, limited: str) -> None:
    """`--session-id` of the user: its transcript (or, in releases that rename, the result's) holds it all."""
    script = [BASH] if limited == "after a tool" else []
    machine, gateway = through_stand_in([*script, limit("five_hour", in_an_hour())], version=version)
    name = str(uuid.uuid4())
    done = machine.run(
        "-p", "first prompt", "--session-id", name, "--allowedTools", "Bash", "--output-format", "json"
    )
    result = json.loads(done.stdout)
    assert result["result"] == "from the gateway", done
    assert result["session_id"] == name or version in NEW_ID_ON_RESUME
    gateway.play(["and more"])
    machine.run("-p", "--resume", result["session_id"], "what now")
    assert asked(gateway).count("first prompt") == 1
    assert "from the gateway" in asked(gateway)


@pytest.mark.parametrize("version", ["1.0.60", "1.0.100", "1.0.128", NEWEST])
def test_a_new_id_is_told(through_stand_in: Build, version: str) -> None:
    """Text output names no session: where a release renames it, the line on stderr says what to resume."""
    machine, gateway = through_stand_in([limit("five_hour", in_an_hour())], version=version)
    done = machine.run("-p", "first prompt", "--session-id", str(uuid.uuid4()))
    told = done.stderr.decode().partition("claude --resume ")[2].split()
    assert bool(told) is (version in NEW_ID_ON_RESUME), done
    if told:
        gateway.play(["and more"])
        machine.run("-p", "--resume", told[0], "what now")
        assert "first prompt" in asked(gateway) and "from the gateway" in asked(gateway)


@pytest.mark.parametrize("version", RELEASES)
@pytest.mark.parametrize("how", ["resume", "continue"])
def test_going_on_with_a_session(through_stand_in: Build, version: str, how: str) -> None:
    """A limit in a run that resumed a session: the earlier turns are there, the new prompt once."""
    machine, gateway = through_stand_in(["an early answer"], version=version)
    first = json.loads(machine.run("-p", "early prompt", "--output-format", "json").stdout)
    assert machine.native
    machine.native.play([limit("five_hour", in_an_hour())])
    flags = ["--resume", first["session_id"]] if how == "resume" else ["--continue"]
    done = machine.run("-p", "late prompt", *flags)
    assert done.stdout == b"from the gateway\n", done
    assert asked(gateway).count("early prompt") == 1
    split = (
        version == "1.0.128" and how == "continue"
    )  # which loses the turn's rows at times: then it is repeated
    assert asked(gateway).count("late prompt") in ((1, 2) if split else (1,))


@pytest.mark.parametrize("version", ["2.0.76", "2.1.112", "2.1.330"])
def test_without_a_session(through_stand_in: Build, version: str) -> None:
    """`--no-session-persistence` and nothing generated: replayed where that can be told, else left alone."""
    machine, _ = through_stand_in([limit("five_hour", in_an_hour())], version=version)
    done = machine.run("-p", "hello", "--no-session-persistence", "--output-format", "json")
    assert json.loads(done.stdout)["result"] == "from the gateway"
    stays = machine.run("for", "litellm", "disconnect")
    assert stays.returncode == 0
    done = machine.run("-p", "hello", "--no-session-persistence")
    assert done.returncode == 1 and b"You've hit your" in done.stdout
    assert b"cannot be run twice" in done.stderr


@pytest.mark.parametrize("form", ["json", "stream-json"])
def test_one_id_for_one_output(through_stand_in: Build, form: str) -> None:
    """All events of an output name one session, whether the run was repeated or keeps no session at all."""
    for flags in ([], ["--no-session-persistence"]):
        machine, _ = through_stand_in([limit("five_hour", in_an_hour())])
        done = machine.run("-p", "hello", "--verbose", "--output-format", form, *flags)
        found = json.loads(done.stdout) if form == "json" else map(json.loads, done.stdout.splitlines())
        assert len({event["session_id"] for event in found if "session_id" in event}) == 1, done


def test_the_prompt_on_stdin(through_stand_in: Build) -> None:
    """A replay reads stdin again."""
    machine, gateway = through_stand_in([limit("five_hour", in_an_hour())])
    assert machine.run("-p", stdin=b"prompt from stdin").stdout == b"from the gateway\n"
    assert "prompt from stdin" in asked(gateway)
    machine.run("for", "litellm", "disconnect")
    path = machine.work / "in"
    path.write_text("prompt from a file")
    with path.open() as file:
        assert machine.run("-p", stdin=file.fileno()).stdout == b"from the gateway\n"
    assert "prompt from a file" in asked(gateway)
