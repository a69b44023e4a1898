"""The drill on real releases, on broken ones, interrupted; and its verdict by table."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from claude_fallback.admin import drill as command
from claude_fallback.errors import FallbackError
from claude_fallback.memory import claude_settings
from claude_fallback.rehearsal.attempt import ANSWER
from claude_fallback.rehearsal.drill import drill
from claude_fallback.rehearsal.outcome import LATE, Seen, assess
from claude_fallback.rehearsal.server import StandIn

ARGV = [sys.executable, "-m", "claude_fallback", "for", "litellm", "test-rate-limit"]
SLOWLY = ("--patience", "150")  # seconds; the tests run side by side
ASKS = """
import contextlib, json, os, urllib.request
body = json.dumps({"messages": [], "tools": [{}]}).encode()
for base in (os.environ["ANTHROPIC_BASE_URL"], "https://api.anthropic.com"):
    with contextlib.suppress(OSError):
        urllib.request.urlopen(urllib.request.Request(base + "/v1/messages", body))
"""
RESET = datetime(2026, 11, 23, 15, 0, tzinfo=timezone.utc)


@pytest.fixture
def room(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """An environment whose temporary folder is its own, so that what is left in it can be seen."""
    (tmp_path / "tmp").mkdir()
    return {**environ, "TMPDIR": str(tmp_path / "tmp")}


def run(room: dict[str, str], *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*ARGV, *argv], env=room, capture_output=True, text=True, timeout=120, check=False)


def fake(folder: Path, body: str) -> str:
    path = folder / "fake-claude"
    path.write_text(f'#!/bin/sh\n[ "$1" = --version ] && {{ echo "2.1.999 (Claude Code)"; exit; }}\n{body}\n')
    path.chmod(0o755)
    return str(path)


def tree(folder: str) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


@pytest.mark.claude
@pytest.mark.parametrize("release", ["1.0.60", "2.0.42", "2.1.112", "2.1.330"])
def test_real_releases(
    room: dict[str, str],
    home: str,
    release: str,
    claude_release: Callable[[str], list[str]],
    anthropic: Callable[..., StandIn],
) -> None:
    """Every mode recognises and switches; the user's home, login, servers and temporary files stay alone."""
    trap = anthropic("this is the user's own account")
    folder = Path(home, ".claude")
    folder.mkdir()
    env = {"ANTHROPIC_BASE_URL": trap.url, "ANTHROPIC_API_KEY": "sk-ant-users-own"}
    (folder / "settings.json").write_text(json.dumps({"env": env}))
    (folder / "litellm_state.json").write_text('{"requests_handled": 7}')
    (folder / "litellm_config.json").write_text('{"auto_fallback_enabled": false}')
    before = tree(home)
    secrets = {**env, "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-users-login", "LITELLM_API_KEY": "sk-users-key"}
    done = run({**room, **secrets, "CLAUDE_FALLBACK_CLAUDE": claude_release(release)[-1]}, "--json", *SLOWLY)
    found = json.loads(done.stdout)
    assert [mode["mode"] for mode in found["modes"]] == ["text", "json", "stream-json", "interactive"]
    assert all(mode["recognised"]["resets_at"] and mode["switched"] for mode in found["modes"]), found
    assert (done.returncode, found["passed"], found["release"]) == (0, True, release)
    assert found["stand_ins"] is True
    verdict = {path: kept for path, kept in tree(home).items() if path not in before}
    assert all("/.local/share/claude-fallback/" in path for path in verdict)
    assert tree(home) == {**before, **verdict}
    assert len(trap.record) == 0
    assert os.listdir(room["TMPDIR"]) == []


def test_unknown_words_fail(room: dict[str, str], tmp_path: Path) -> None:
    """A claude whose words nobody knows: exit 1, the table, and lines for a report. It is not let out."""
    (tmp_path / "asks.py").write_text(ASKS)
    asks = f'"{sys.executable}" "{tmp_path}/asks.py"'
    path = fake(tmp_path, f'{asks}\necho "Quota gone until next year"\nexit 1')
    done = run({**room, "CLAUDE_FALLBACK_CLAUDE": path})
    assert done.returncode == 1
    assert "text         Quota gone until next year  no          no" in done.stdout
    assert "stand-ins" in done.stdout
    assert "It also asked for api.anthropic.com, and was not let out." in done.stdout
    assert "Please report this" in done.stdout
    assert "  json: the limit was not recognised" in done.stdout
    assert "    stdout: Quota gone until next year" in done.stdout
    assert os.listdir(room["TMPDIR"]) == []


def test_a_claude_that_does_not_start(room: dict[str, str], tmp_path: Path) -> None:
    """It is said that claude itself fails, and how to see that; no stand-in was asked."""
    done = run({**room, "CLAUDE_FALLBACK_CLAUDE": fake(tmp_path, "echo no node here >&2; exit 127")})
    assert done.returncode == 1
    assert "claude asked for nothing (exit code 127); does it run by itself? claude -p hello" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(room: dict[str, str], tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and TERM: no process and no file stays, and the exit code tells the signal."""
    pids = tmp_path / "pids"
    pids.mkdir()
    path = fake(tmp_path, f'touch "{pids}/$$"\nexec sleep 600')
    started = subprocess.Popen(
        ARGV,
        env={**room, "CLAUDE_FALLBACK_CLAUDE": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: len(list(pids.iterdir())) == 4)
    started.send_signal(number)
    assert started.wait(60) == 128 + number
    wait_for(lambda: not any(alive(int(one.name)) for one in pids.iterdir()))
    assert os.listdir(room["TMPDIR"]) == []


def test_out_of_time(room: dict[str, str], tmp_path: Path) -> None:
    """A claude that never ends is ended, and that is its fault."""
    done = drill(fake(tmp_path, "exec sleep 600"), room, longest=0.0)
    assert not done.passed
    assert {outcome.fault for outcome in done.outcomes} == {LATE}


def test_too_old(room: dict[str, str], tmp_path: Path) -> None:
    """A release that is exec'd without a fallback gets no drill, but the command that helps."""
    path = tmp_path / "1.0.35"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    with pytest.raises(FallbackError, match="claude update"):
        drill(str(path), room)


def test_managed_settings(room: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the organisation's settings would take claude elsewhere, it is not started at all."""
    managed = tmp_path / "managed-settings.json"
    managed.write_text('{"env": {"ANTHROPIC_BASE_URL": "https://example.org"}}')
    monkeypatch.setattr(claude_settings, "_MANAGED", (str(tmp_path),))
    marker = tmp_path / "started"
    path = fake(tmp_path, f'touch "{marker}"')
    with pytest.raises(FallbackError, match=r"managed-settings\.json sets env\.ANTHROPIC_BASE_URL"):
        command.run({**room, "CLAUDE_FALLBACK_CLAUDE": path}, as_json=False)
    assert not marker.exists()


LIMIT = {
    "kind": "plan",
    "window": "five_hour",
    "resets_at": "2026-11-23T15:00:00Z",
    "message": "You've hit it",
}
GOOD = Seen(0, ANSWER + "\n", "", "", {"last_limit": LIMIT}, asked_native=True, asked_gateway=True)
FAULTS = {
    "": GOOD,
    "did not end in time": replace(GOOD, exit_code=None),
    "claude asked for nothing": replace(GOOD, asked_native=False),
    "the limit was not recognised": replace(GOOD, state={}),
    "wrong reset time: 15:02": replace(
        GOOD, state={"last_limit": {**LIMIT, "resets_at": "2026-11-23T15:02:00Z"}}
    ),
    "answer did not arrive (exit code 1)": replace(GOOD, exit_code=1),
    "answer did not arrive": replace(GOOD, stdout="another answer"),
    "the gateway's answer did not": replace(GOOD, asked_gateway=False),
    "a credential went to the wrong side": replace(GOOD, mixed_up=True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_verdict(fault: str) -> None:
    """Each thing that can go wrong has its words; only a right answer after a right limit has none."""
    outcome = assess("text", FAULTS[fault], ANSWER, RESET, 1.0)
    assert fault in outcome.fault
    assert bool(outcome.fault) == bool(fault)


def test_rounded_reset_time() -> None:
    """Words that name the minute only are right."""
    assert assess("text", GOOD, ANSWER, RESET + timedelta(seconds=59), 1.0).fault == ""


@pytest.mark.parametrize(
    ("stdout", "printed"),
    [
        ("Some words\n", "Some words"),
        ('{"type":"result","result":"Some words"}\n', "Some words"),
        ('{"type":"system"}\n{"type":"result","result":"Some\\nwords"}\n', "Some words"),
        ("", ""),
    ],
)
def test_what_claude_printed(stdout: str, printed: str) -> None:
    """When nothing was recognised, claude's own words are shown, whatever the format."""
    assert assess("json", replace(GOOD, state={}, stdout=stdout), ANSWER, RESET, 1.0).printed == printed


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(true: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 60
    while not true():
        assert time.monotonic() < ends_at
        time.sleep(0.02)
