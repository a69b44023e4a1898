"""What a real claude says in a way of its own: a second result, words that nobody knows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_fallback.limits.unfamiliar import REPORT
from claude_fallback.rehearsal import refusals
from claude_fallback.rehearsal.answers import Text, ToolUse, turn
from claude_fallback.rehearsal.moments import SUBAGENT, SUBAGENT_THEN_MAIN, staged
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.conftest import NEWEST, Machine, in_an_hour

pytestmark = pytest.mark.claude

ROOT = Path(__file__).parents[2]
Build = Callable[..., tuple[Machine, StandIn]]
STREAM = ("--output-format", "stream-json", "--verbose")
UNHEARD = "The meadow is shut for today, dear friend"


def at(build: Build, moment: str, version: str) -> Machine:
    machine, _ = build("replaced", version=version)
    played = staged("five_hour", moment, in_an_hour())
    assert machine.native
    machine.native.play(played.script, played.beside)
    return machine


@pytest.mark.parametrize("version", ["2.0.42", NEWEST])
def test_a_limit_behind_a_subagents(through_stand_in: Build, version: str) -> None:
    """A subagent was refused, then the main thread. The newest release ends the subagent's turn too, with a
    second result, empty and no error: the run goes on through the gateway all the same, with one result."""
    machine = at(through_stand_in, SUBAGENT_THEN_MAIN, version)
    done = machine.run("-p", "say hello", "--allowedTools", "Task,Agent", *STREAM)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    results = [event for event in events if event["type"] == "result"]
    assert [result["is_error"] for result in results] == [False], done
    assert results[0]["result"] == "from the gateway"
    assert done.returncode == 0


@pytest.mark.parametrize("form", [(), STREAM])
@pytest.mark.parametrize("version", ["1.0.60", NEWEST])
def test_a_limit_of_a_subagent_alone(through_stand_in: Build, version: str, form: tuple[str, ...]) -> None:
    """The main thread went on: claude's answer stands, and nothing is sent elsewhere."""
    machine = at(through_stand_in, SUBAGENT, version)
    done = machine.run("-p", "say hello", "--allowedTools", "Task,Agent", *form)
    assert done.returncode == 0 and b"Hello from the native model." in done.stdout
    assert b"claude-fallback" not in done.stderr and not machine.state.get("connected")


def test_unknown_words_are_a_limit_and_kept(through_stand_in: Build) -> None:
    """Next year's wording with this year's fields: the run goes on, and `logs` shows what to report, without
    the prompt."""
    unheard = refusals.limit(None, in_an_hour(), overage_status=None, message=UNHEARD)
    machine, _ = through_stand_in([unheard])
    done = machine.run("-p", "my secret plans")
    assert done.stdout == b"from the gateway\n", done
    shown = machine.run("for", "litellm", "logs", "--of", "runs").stdout.decode()
    kept = [json.loads(line) for line in shown.splitlines() if '"unfamiliar"' in line]
    assert [line["words"] for line in kept] == [UNHEARD]
    assert kept[0]["report"] == REPORT and kept[0]["claude"] == [2, 1, 330]
    assert "secret plans" not in shown


@pytest.mark.parametrize("form", [(), STREAM])
@pytest.mark.parametrize("version", ["1.0.60", "2.0.42", NEWEST])
def test_decoys_through_a_real_claude(through_stand_in: Build, version: str, form: tuple[str, ...]) -> None:
    """A session that works on this very project: the catalogue and all decoys are a tool's results, the model
    repeats them; exit code 0, claude's answer, no other route."""
    files = ("tests/limits/decoys.jsonl", "claude_fallback/limits/plan_wordings.py")
    texts = [
        json.loads(line).get("text") for line in (ROOT / files[0]).read_text(encoding="utf-8").splitlines()
    ]
    answer = "\n".join([text for text in texts if text][-40:])
    reading = [
        turn(Text(answer), ToolUse("Bash", {"command": f"cat {Path(file).name}", "description": "read"}))
        for file in files
    ]
    machine, gateway = through_stand_in([*reading, answer], version=version)
    for file in files:
        shutil.copy(ROOT / file, machine.work)
    done = machine.run("-p", "read them", "--allowedTools", "Bash", *form)
    assert done.returncode == 0
    assert answer.splitlines()[0].encode() in done.stdout
    assert b"claude-fallback" not in done.stderr
    assert not gateway.record.messages_posts() and not machine.state.get("connected")


@pytest.mark.parametrize("form", [(), STREAM])
@pytest.mark.parametrize("version", ["1.0.60", NEWEST])
def test_a_limit_in_a_resumed_sessions_history(
    through_stand_in: Build, version: str, form: tuple[str, ...]
) -> None:
    """What stopped the session yesterday does not stop it today."""
    machine, gateway = through_stand_in(
        [refusals.limit("five_hour", in_an_hour()), "Good morning."], version=version
    )
    assert machine.bare("-p", "work").returncode == 1
    done = machine.run("-p", "-c", "go on", *form)
    assert done.returncode == 0 and b"Good morning." in done.stdout, done
    assert not gateway.record.messages_posts() and not machine.state.get("connected")
