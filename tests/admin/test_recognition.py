"""`test-rate-limit TEXT`: what a text is, and what a run would do about it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.admin.conftest import Command

ON_ERROR = "config set auto-fallback-on-error on"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Claude AI usage limit reached|4102444800", "plan: usage limit"),
        ("5-hour limit reached ∙ resets 3pm", "plan: 5-hour limit"),
        ("  ⎿  You've hit your weekly limit · resets 3pm (UTC)", "plan: weekly limit"),
        ("some output before\nYou've hit your limit · resets 3pm (UTC)", "plan: usage limit"),
        ("Credit balance is too low", "credits: out of credits"),
    ],
)
def test_a_limit(command: Command, text: str, said: str) -> None:
    """Words of a limit: what it is and that a run would switch, exit 0; and that text alone is no proof."""
    done = command("test-rate-limit", text)
    assert f"recognised   {said}\n" in done.stdout
    assert "a run would  switch to the gateway" in done.stdout
    assert "text alone proves nothing" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I moderate the delimiter", "no limit: no words of claude's"),
        ("It printed: You've hit your limit · resets 3pm (UTC) and went on", "no limit: no words"),
        ("Approaching usage limit", "no limit: a notice that stops nothing"),
        ("Invalid API key · Please run /login", "login: not signed in"),
        ("Prompt is too long", "context: the conversation"),
        ("API Error: 529 Overloaded.", ON_ERROR),
        ("", "no limit"),
    ],
)
def test_no_switch(command: Command, text: str, said: str) -> None:
    """Everything else: what it is, why a run would stay with claude, exit 1."""
    done = command("test-rate-limit", text)
    assert said in done.stdout
    assert "a run would  stay with claude" in done.stdout
    assert done.returncode == 1


def test_words_need_no_quotes(command: Command) -> None:
    """Several arguments are one text."""
    assert command("test-rate-limit", "Credit", "balance", "is", "too", "low").returncode == 0


def test_the_present_settings_decide(command: Command, home: str) -> None:
    """With the switch off a run would stay, and the command that switches it on is named."""
    folder = Path(home, ".claude")
    folder.mkdir()
    (folder / "litellm_config.json").write_text('{"auto_fallback_on_rate_limit": false, "max_switches": 0}')
    done = command("test-rate-limit", "Credit balance is too low", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["switches"]) == (1, False)
    assert found["switches_off"] == ["auto-fallback-on-rate-limit", "max-switches"]
    told = command("test-rate-limit", "Credit balance is too low").stdout
    assert "config set auto-fallback-on-rate-limit on, config set max-switches 2" in told


def test_a_time_that_cannot_be(command: Command) -> None:
    """A reset beyond the window is shown as a run would take it, and that the text says another."""
    done = command("test-rate-limit", "You've hit your 5-hour limit · resets Jan 1, 2099, 3pm (UTC)")
    assert "resets       " in done.stdout
    assert "which no such limit can last" in done.stdout


def event(**more: object) -> dict[str, object]:
    return {"type": "result", "subtype": "success", "is_error": True, "session_id": "x", **more}


def test_json_of_claude(command: Command) -> None:
    """claude's own JSON is proof: a new wording counts when the fields say so, a success never does."""
    info = {"status": "rejected", "rateLimitType": "five_hour", "resetsAt": 4102444800}
    limited = event(
        result="Words of next year",
        api_error="usage_limit_reached",
        api_error_params={"rate_limit_info": info},
    )
    found = json.loads(command("test-rate-limit", "--json", json.dumps(limited)).stdout)
    assert (found["proven"], found["kind"], found["window"]) == (True, "plan", "five_hour")
    fine = event(result="You've hit your limit · resets 3pm (UTC)", is_error=False)
    found = json.loads(command("test-rate-limit", "--json", json.dumps(fine)).stdout)
    assert (found["recognised"], found["proven"], found["switches"]) == (False, False, False)


@pytest.mark.parametrize("array", [False, True])
def test_stream_on_stdin(environ: dict[str, str], array: bool) -> None:
    """`-` reads stdin: stream-json lines as they are, or json --verbose's array."""
    events = [
        {"type": "system", "subtype": "init", "session_id": "x"},
        event(result="You've hit your limit · resets 3pm (UTC)", api_error_status=429),
    ]
    text = json.dumps(events) if array else "\n".join(map(json.dumps, events))
    done = subprocess.run(
        [sys.executable, "-m", "claude_fallback", "for", "litellm", "test-rate-limit", "-"],
        env=environ, input=text, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert "claude's own JSON" in done.stdout


def test_a_row_of_a_transcript(command: Command) -> None:
    """A pasted transcript row is claude's own JSON too."""
    row = {
        "type": "assistant", "isApiErrorMessage": True, "error": "rate_limit",
        "timestamp": "2026-11-23T06:00:00.000Z",
        "message": {"model": "<synthetic>", "content": [{"type": "text", "text": "You've hit your limit"}]},
    }  # fmt: skip
    assert json.loads(command("test-rate-limit", "--json", json.dumps(row)).stdout)["proven"] is True


def test_nothing_is_recorded(command: Command, home: str) -> None:
    """A text is never an encounter: no file is written."""
    command("test-rate-limit", "Credit balance is too low")
    assert [path for path in Path(home).rglob("*") if path.is_file()] == []
