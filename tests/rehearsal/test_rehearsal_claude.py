"""The stand-in, judged by the clients it has to convince: real releases of claude."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claude_fallback.rehearsal.answers import Text, Thinking, ToolUse, turn
from claude_fallback.rehearsal.scenarios import SCENARIOS, SIDE_EFFECT, script
from claude_fallback.rehearsal.server import StandIn

RELEASES = ("1.0.60", "1.0.100", "2.0.42", "2.1.112", "2.1.330")
pytestmark = [pytest.mark.claude, pytest.mark.parametrize("release", RELEASES)]

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Start = Callable[..., StandIn]

LIMIT_WORDS = {
    "1.0.60": "Claude AI usage limit reached|",
    "1.0.100": "Spending cap reached resets ",
    "2.0.42": "Spending cap reached resets ",
    "2.1.112": "You've hit your limit · resets ",
    "2.1.330": "You've hit your 5-hour limit · resets ",
}


@pytest.fixture
def run(
    release: str,
    tmp_path: Path,
    environ: dict[str, str],
    claude_release: Callable[[str], list[str]],
    clean_room: Callable[..., dict[str, str]],
) -> Run:
    """Run `claude -p …` of the release against a stand-in, in `tmp_path`."""

    def call(api: StandIn, *args: str, **extra: str) -> subprocess.CompletedProcess[str]:
        argv = [*claude_release(release), "-p", "say hello", *args]
        room = clean_room(environ, api.url, **extra)
        return subprocess.run(
            argv, env=room, cwd=tmp_path, input="", capture_output=True, text=True, timeout=120, check=False
        )

    return call


def events(stdout: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stdout.splitlines()]


def no_retries(name: str) -> dict[str, str]:
    """The variables for a scenario's login, with claude's own retries off (all releases know it)."""
    key = {"CLAUDE_CODE_OAUTH_TOKEN": None, "ANTHROPIC_API_KEY": "sk-ant-api03-made-up"}
    login: dict[str, Any] = key if SCENARIOS[name].login == "api_key" else {}
    return {"CLAUDE_CODE_MAX_RETRIES": "0", **login}


STREAM = ("--output-format", "stream-json", "--verbose")


def test_claude_reads_the_answer(anthropic: Start, run: Run) -> None:
    """A scripted text is what claude prints, and one request of the conversation is enough."""
    api = anthropic("Grüße aus dem Standort")
    done = run(api)
    assert (done.stdout, done.stderr, done.returncode) == ("Grüße aus dem Standort\n", "", 0)
    assert len(api.record.main()) == 1


def test_claude_words_the_limit_as_with_the_real_api(anthropic: Start, run: Run, release: str) -> None:
    """A five-hour limit ends claude with the wording of its release on stdout, and exit code 1."""
    done = run(anthropic(script("five_hour", time.time() + 3600)))
    assert done.stdout.startswith(LIMIT_WORDS[release])
    assert (done.stderr, done.returncode) == ("", 1)


def test_claude_reports_the_limit_in_its_stream(anthropic: Start, run: Run, release: str) -> None:
    """In stream-json the limit is a result with is_error after a synthetic assistant message."""
    done = run(anthropic(script("five_hour", time.time() + 3600)), *STREAM)
    *_, said, result = [e for e in events(done.stdout) if e["type"] in ("assistant", "result")]
    assert said["message"]["model"] == "<synthetic>"
    assert result["is_error"] is True
    assert result["result"].startswith(LIMIT_WORDS[release])


def test_helper_calls_leave_the_script_alone(anthropic: Start, run: Run) -> None:
    """Probes, warm-ups and command checks are answered on the side: the list is for the conversation."""
    bash = ToolUse("Bash", {"command": f"echo once >> {SIDE_EFFECT}", "description": "x"})
    api = anthropic([turn(Text("I will."), bash), "done"])
    done = run(api, "--allowedTools", "Bash", *STREAM)
    assert events(done.stdout)[-1]["result"] == "done"
    assert len(api.record.main()) == 2


@pytest.mark.parametrize("name", ["after_tool", "after_write"])
def test_the_side_effect_happens_before_the_limit(
    anthropic: Start, run: Run, tmp_path: Path, name: str
) -> None:
    """The tool runs for real, then the limit ends the turn."""
    api = anthropic(script(name, time.time() + 3600))
    done = run(api, "--allowedTools", "Bash,Write")
    assert (tmp_path / SIDE_EFFECT).read_text() == "once\n"
    assert done.returncode == 1


def test_several_tools_in_one_turn(anthropic: Start, run: Run, tmp_path: Path) -> None:
    """Parallel tool calls of one turn are all run, and their results come back together."""
    touch = [ToolUse("Bash", {"command": f"touch {name}", "description": "x"}) for name in "ab"]
    api = anthropic([turn(*touch), "done"])
    run(api, "--allowedTools", "Bash")
    assert (tmp_path / "a").exists()
    assert (tmp_path / "b").exists()
    results = [
        block for block in api.record.main()[-1].messages[-1]["content"] if block["type"] == "tool_result"
    ]
    assert len(results) == 2


STOPPED = {
    "login": "Please run /login",
    "throttle_api_key": "This request would exceed your account's rate limit",
    "overload": "Overloaded",
    "server_error": "500",
    "mid_stream": "Overloaded",
    "credit_balance": "Credit balance is too low",
    "workspace_limit": "You have reached your specified workspace API usage limits",
    "context": "Prompt is too long",
}


@pytest.mark.parametrize("name", list(STOPPED))
def test_other_refusals(anthropic: Start, run: Run, name: str) -> None:
    """Each is a failure on stdout with words of its own, never those of a plan limit."""
    done = run(anthropic(script(name, time.time() + 3600)), **no_retries(name))
    assert (done.returncode, done.stderr) == (1, "")
    assert STOPPED[name] in done.stdout


@pytest.mark.parametrize("name", ["allowed_warning", "usage_on_overage"])
def test_warnings_and_overage_are_no_stop(anthropic: Start, run: Run, name: str) -> None:
    """A 200 is an answer, whatever its rate limit headers say."""
    done = run(anthropic(script(name, time.time() + 3600)))
    assert (done.stdout, done.returncode) == ("Hello from the native model.\n", 0)


def test_own_thinking_comes_back_accepted(anthropic: Start, run: Run) -> None:
    """Between the tool call and its result claude returns the thinking, with this server's signature."""
    bash = ToolUse("Bash", {"command": "true", "description": "x"})
    api = anthropic([turn(Thinking("hm"), Text("I will."), bash), "done"], strict_thinking=True)
    done = run(api, "--allowedTools", "Bash")
    assert (done.stdout, done.returncode) == ("done\n", 0)
    blocks = [block for sent in api.record.main()[1].messages[1:] for block in sent["content"]]
    assert [b["signature"] for b in blocks if isinstance(b, dict) and b["type"] == "thinking"]
