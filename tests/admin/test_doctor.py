"""`doctor`, as a whole: its list, its JSON, its exit code; what a broken or a late check becomes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from email.utils import format_datetime
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from claude_fallback.admin import doctor
from claude_fallback.admin.checks.finding import Case, Finding, ok
from claude_fallback.memory.settings import Settings

Command = Callable[..., CompletedProcess[str]]


def marks(done: CompletedProcess[str]) -> dict[str, str]:
    return {one["check"]: one["mark"] for one in json.loads(done.stdout)["checks"]}


def test_a_fresh_machine(command: Command, home: str) -> None:
    """No claude and no gateway is exit 1; each line that is not well has a remedy, and nothing is made."""
    done = command("doctor", "--json", CLAUDE_FALLBACK_CLAUDE="/nowhere")
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr, found["well"]) == (1, "", False)
    assert marks(done)["claude"] == "fail"
    assert marks(done)["gateway"] == "fail"
    assert not Path(home, ".claude").exists()
    shown = command("doctor", CLAUDE_FALLBACK_CLAUDE="/nowhere")
    assert shown.returncode == 1
    assert "\x1b" not in shown.stdout
    assert "fail  gateway" in shown.stdout
    assert "next: claude-fallback for litellm start" in shown.stdout
    assert " to mend, " in shown.stdout.splitlines()[-1]


def test_all_well(command: Command, gateway: dict[str, str], tmp_path: Path) -> None:
    """A claude and a gateway: exit 0, whatever there is to know besides."""
    claude = tmp_path / "2.1.330"
    claude.write_text("#!/bin/sh\n")
    claude.chmod(0o755)
    done = command("doctor", "--json", CLAUDE_FALLBACK_CLAUDE=str(claude), **gateway)
    found = marks(done)
    assert [name for name, mark in found.items() if mark == "fail" and name != "command"] == []
    assert (found["claude"], found["gateway"], found["models"]) == ("ok", "ok", "warn")
    assert gateway["LITELLM_API_KEY"] not in done.stdout


def test_torn_settings(command: Command, home: str) -> None:
    """What is wrong with the settings is a line of the list, not only a remark beside it."""
    Path(home, ".claude").mkdir()
    Path(home, ".claude", "litellm_config.json").write_text('{"max_switches": "many"}')
    done = command("doctor", "--json")
    assert any("max_switches must be" in one["said"] for one in json.loads(done.stdout)["checks"])
    assert done.stderr == ""


def broken(_case: Case) -> Iterator[Finding]:
    raise RuntimeError("out of order")


def test_a_broken_and_a_late_check() -> None:
    """A check that breaks is a line, one that is late is another; the others are not lost."""
    gate = threading.Event()

    def late(_case: Case) -> list[Finding]:
        gate.wait(60)
        return []

    def well(_case: Case) -> list[Finding]:
        return [ok("well", "yes")]

    case = Case({}, Settings(), datetime.now(timezone.utc))
    found = doctor.examine(case, (broken, late, well), longest=0.3)
    gate.set()
    assert [(one.check, one.mark.value) for one in found] == [
        ("broken", "fail"), ("late", "warn"), ("well", "ok")
    ]  # fmt: skip
    assert "RuntimeError: out of order" in found[0].said


@pytest.mark.parametrize(("apart", "mark"), [(0, "ok"), (3600, "warn")])
def test_clock(command: Command, gateway: dict[str, str], monkeypatch: Any, apart: int, mark: str) -> None:
    """The gateway's `Date` header against this machine's clock."""
    from http.server import BaseHTTPRequestHandler

    then = datetime.fromtimestamp(datetime.now(timezone.utc).timestamp() - apart, timezone.utc)
    monkeypatch.setattr(
        BaseHTTPRequestHandler, "date_time_string", lambda *_: format_datetime(then, usegmt=True)
    )
    assert marks(command("doctor", "--json", **gateway))["clock"] == mark
