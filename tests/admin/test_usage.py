"""`usage`: two tables, or one JSON object."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from claude_fallback import paths
from claude_fallback.memory import connection, ledger, settings_edit
from claude_fallback.memory.settings import Settings

Command = Callable[..., CompletedProcess[str]]
NOW = datetime.now(timezone.utc)
TODAY = f"{NOW.astimezone():%Y-%m-%d}"


def request(at: datetime = NOW, **more: object) -> dict[str, Any]:
    return {"at": at.isoformat(timespec="seconds"), "asked": "qwen", "answered": "ollama/q", "ok": True,
            "tokens_in": 1000, "tokens_out": 50, "cost": 0.25, "seconds": 1.5, **more}  # fmt: skip


def place(environ: dict[str, str], *rows: object) -> None:
    path = Path(paths.usage_file(environ))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))


def test_nothing_yet(command: Command) -> None:
    """One line, and an empty but whole document."""
    assert command("usage").stdout.startswith("no request and no run on a gateway since ")
    found = json.loads(command("usage", "--json").stdout)
    assert (found["requests"], found["runs"], found["requests_total"]["cost"]) == ([], [], None)


def test_for_a_person(command: Command, environ: dict[str, str]) -> None:
    """By day and model, numbers under each other, a sum, and what is not known said so."""
    place(environ, request(), request(ok=False, cost=None), request(asked="gpt", answered="gpt", cost=None))
    ledger.note(environ, Settings(), ledger.Entry(NOW, "LiteLLM (http://h)", "gpt", ok=True, switched=True))
    done = command("usage")
    assert done.stderr == ""
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [TODAY, "gpt", "gpt", "1", "0", "1,000", "50", "unknown", "1.5", "s", "1.5", "s"] in lines
    assert [TODAY, "qwen", "ollama/q", "2", "1", "2,000", "100", "$0.25", "1.5", "s", "1.5", "s"] in lines
    assert ["all", "3", "1", "3,000", "150", "$0.25", "+", "unknown", "1.5", "s", "1.5", "s"] in lines
    assert "the price of 1 of them is not known" in done.stdout
    assert [TODAY, "LiteLLM", "(http://h)", "gpt", "1", "1", "0"] in lines
    assert "is on their own bill" in done.stdout
    rows = [line for line in done.stdout.splitlines() if line.startswith((TODAY, "day", "all"))]
    assert len({len(row) for row in rows if row.endswith((" s", "slowest"))}) == 1


def test_for_a_program(command: Command, environ: dict[str, str]) -> None:
    """The same in JSON, null where nothing is known; broken lines are told on stderr alone."""
    place(environ, request(), "{torn", request(cost=None))
    done = command("usage", "--json")
    found = json.loads(done.stdout)
    assert found["requests"] == [{
        "day": TODAY, "model": "qwen", "answered": "ollama/q", "count": 1, "failed": 0, "tokens_in": 1000,
        "tokens_out": 50, "cost": 0.25, "unpriced": 0, "median": 1.5, "slowest": 1.5,
    }]  # fmt: skip
    assert found["broken_lines"] == 1
    assert done.stderr == "claude-fallback: 1 broken lines were passed over\n" and done.returncode == 0


@pytest.mark.parametrize(
    ("words", "days"), [([], 2), (["--days", "2"], 1), (["--days", "40"], 3), (["--since", "2000-01-01"], 4)]
)
def test_since_when(command: Command, environ: dict[str, str], words: list[str], days: int) -> None:
    """Thirty days unless said otherwise; `--since` names a day."""
    ages = (0, 28, 35, 2000)
    place(environ, *(request(NOW - timedelta(days=age)) for age in ages))
    assert len(json.loads(command("usage", "--json", *words).stdout)["requests"]) == days


@pytest.mark.parametrize(
    "wrong",
    [
        ["--days", "0"],
        ["--days", "x"],
        ["--since", "soon"],
        ["--days", "1", "--since", "2026-01-01"],
        ["more"],
    ],
)
def test_misuse(command: Command, wrong: list[str]) -> None:
    """One line and exit 2."""
    done = command("usage", *wrong)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_the_setting_litellm_cost(command: Command, environ: dict[str, str]) -> None:
    """is what the file has and what was spent since `reset-costs`; that resets it and keeps the ledger."""
    place(environ, request(NOW - timedelta(minutes=5)), request(NOW - timedelta(minutes=4), cost=None))
    path = Path(paths.config_file(environ))
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"cost_tracking": {"litellm_cost": 2}}))
    assert command("config", "get", "litellm-cost").stdout == "2.25\n"
    settings_edit.reset_costs(environ, NOW - timedelta(minutes=3))
    assert command("config", "get", "cost_tracking.litellm_cost").stdout == "0\n"
    assert len(json.loads(command("usage", "--json").stdout)["requests"]) == 1
    place(environ, request())
    assert '"litellm_cost": 0.25' in command("config", "show", "--json").stdout


def test_disconnect_tells_the_cost(command: Command, environ: dict[str, str]) -> None:
    """of the connection's own time."""
    since = NOW - timedelta(minutes=10)
    connection.connect(environ, since, connection.Cause(), 5)
    place(environ, request(since - timedelta(minutes=1)), request(), request(cost=None))
    assert "cost          $0.25 + unknown" in command("disconnect").stdout
