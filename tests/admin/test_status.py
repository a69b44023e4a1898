"""`status`, for a person, a script and a monitor."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.memory import connection
from claude_fallback.memory.connection import RATE_LIMIT, Cause

Command = Callable[..., CompletedProcess[str]]
KEY = "sk-gateway-0123456789"


def limit(resets_in: timedelta) -> Limit:
    return Limit(
        Kind.PLAN, "You've hit your limit · resets 3pm", "five_hour", datetime.now(timezone.utc) + resets_in
    )


def connect(environ: dict[str, str], cause: Cause) -> None:
    assert connection.connect(environ, datetime.now(timezone.utc), cause, 5.0)


def rows(done: CompletedProcess[str]) -> dict[str, str]:
    """label -> text of a printed status."""
    found = {}
    for line in done.stdout.splitlines():
        label, _, text = line.partition("  ")
        found[label] = text.strip()
    return found


def test_a_fresh_machine_is_native(command: Command, home: str) -> None:
    """Nothing is made by asking."""
    done = command("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert rows(done)["route"] == "native Claude"
    assert not Path(home, ".claude").exists()
    check = command("status", "--check")
    assert (check.returncode, check.stdout.count("\n"), check.stderr) == (0, 1, "")


def test_a_connection_says_why_until_when_and_which_model(
    command: Command, gateway: dict[str, str], environ: dict[str, str]
) -> None:
    """About ten lines, no colour and no drawing into a pipe."""
    connect(environ, Cause(RATE_LIMIT, limit(timedelta(hours=2, minutes=13))))
    connection.record_handled(environ, datetime.now(timezone.utc))
    connection.record_failed(environ, datetime.now(timezone.utc), "HTTP 502")
    done = command("status", **gateway)
    found = rows(done)
    assert (done.returncode, done.stderr) == (0, "")
    assert found["route"] == "gateway instead of native Claude"
    assert found["why"].startswith("rate_limit, since ")
    assert found["until"].endswith("in 2 h 13 min")
    assert found["gateway"].startswith("ready: http://127.0.0.1:")
    assert found["model"].startswith("qwen2.5-coder")
    assert found["runs"].startswith("1 handled, 1 failed")
    assert found["last error"].startswith("HTTP 502")
    assert "five_hour" in found["last limit"]
    assert len(done.stdout.splitlines()) <= 12
    assert "\x1b" not in done.stdout
    assert command("status", "--check", **gateway).returncode == 1


def test_json_has_its_keys_and_no_secret(
    command: Command, gateway: dict[str, str], environ: dict[str, str]
) -> None:
    """Scripts rely on the keys; the gateway's key and the user's are nowhere in the output."""
    connect(environ, Cause(RATE_LIMIT, limit(timedelta(days=2)), model="foo"))
    done = command("status", "--json", ANTHROPIC_API_KEY="sk-ant-private", **gateway)
    found = json.loads(done.stdout)
    assert list(found) == [
        "route",
        "connected",
        "connection_time",
        "auto_disconnect_at",
        "seconds_left",
        "fallback_reason",
        "requests_handled",
        "requests_failed",
        "last_request_time",
        "last_error",
        "last_error_time",
        "last_limit",
        "model",
        "verified",
        "gateway",
        "auto_fallback",
        "check",
        "warnings",
    ]
    assert (found["route"], found["fallback_reason"], found["model"]) == ("gateway", "rate_limit", "foo")
    assert found["auto_disconnect_at"].endswith("Z")
    assert KEY not in done.stdout
    assert "sk-ant-private" not in done.stdout + done.stderr
    assert found["check"] == 2  # the stand-in serves no foo


def test_check_is_two_when_nobody_can_serve(
    command: Command, gateway: dict[str, str], environ: dict[str, str]
) -> None:
    """Connected to a gateway that refuses; or limited with the way there shut."""
    connect(environ, Cause())
    refused = command("status", "--check", LITELLM_API_KEY="sk-wrong")
    assert (refused.returncode, refused.stdout.count("\n")) == (2, 1)
    connection.disconnect(environ, datetime.now(timezone.utc))
    connection.record_limit(environ, datetime.now(timezone.utc), limit(timedelta(hours=1)))
    assert command("status", "--check", **gateway).returncode == 0
    assert command("status", "--check", LITELLM_API_KEY="sk-wrong").returncode == 2
    command("config", "set", "auto-fallback", "off")
    assert command("status", "--check", **gateway).returncode == 2


def test_check_is_three_when_the_state_cannot_be_read(command: Command, home: str) -> None:
    """A monitor must not take an unreadable file for native."""
    Path(home, ".claude", "litellm_state.json").mkdir(parents=True)
    done = command("status", "--check")
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1


def test_an_expired_connection_is_native_at_the_first_look(command: Command, environ: dict[str, str]) -> None:
    """And its end is written down."""
    past = datetime.now(timezone.utc) - timedelta(hours=6)
    assert connection.connect(environ, past, Cause(), 5.0)
    found = json.loads(command("status", "--json").stdout)
    assert (found["route"], found["connected"], found["seconds_left"]) == ("native", False, None)
    assert "auto_disconnect" in rows(command("status"))["runs"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"ANTHROPIC_API_KEY": "sk-ant-private"}, "ANTHROPIC_API_KEY"),
        ({"CLAUDE_FALLBACK": "off"}, "CLAUDE_FALLBACK=off"),
    ],
)
def test_what_costs_money_or_switches_us_off_is_warned_about(
    command: Command, more: dict[str, str], words: str
) -> None:
    """One line each, and never the value of a key."""
    assert "warning" not in rows(command("status"))
    done = command("status", **more)
    assert words in rows(done)["warning"]
    assert "sk-ant-private" not in done.stdout


def test_a_key_in_claudes_own_settings_is_warned_about(command: Command, home: str) -> None:
    """That file is only read: corrupt, it stays where it is."""
    path = Path(home, ".claude", "settings.json")
    path.parent.mkdir()
    path.write_text('{"env": {"ANTHROPIC_API_KEY": "sk-ant-private"}}')
    assert "settings.json" in rows(command("status"))["warning"]
    path.write_text("{")
    done = command("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert [found.name for found in path.parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize(("more", "drawn"), [({"LANG": "C.UTF-8"}, True), ({"NO_COLOR": "1"}, False)])
def test_a_person_at_a_terminal_sees_the_time_go_by(
    environ: dict[str, str], more: dict[str, str], drawn: bool
) -> None:
    """A bar on a terminal, none where NO_COLOR asks for none."""
    connect(environ, Cause())
    main = "import os, sys; from claude_fallback.admin import main; sys.exit(main(sys.argv[1:], os.environ))"
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", main, "litellm", "status"], env=environ | more, stdout=theirs, check=True
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:  # how Linux reports that the other side is closed
        pass
    finally:
        os.close(ours)
    assert ("░" in seen.decode()) is drawn
    assert (b"\x1b" in seen) is drawn
