"""One line for every request."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from claude_fallback.gateway.inside import usage
from claude_fallback.gateway.inside.usage import append, line

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
PRICED = {"model_map_value": {"input_cost_per_token": 0}}


@pytest.mark.parametrize(
    ("told", "cost"),
    [
        ({"response_cost": 0.25}, 0.25),
        ({"response_cost": 0, "model_map_information": PRICED}, 0.0),
        ({"response_cost": 0, "model_map_information": {"model_map_value": None}}, None),
        ({"response_cost": 0}, None),
        (
            {"response_cost": 0, "model_map_information": {"model_map_value": {"input_cost_per_token": 1}}},
            None,
        ),
        ({"response_cost": None, "model_map_information": PRICED}, None),
        ({}, None),
    ],
)
def test_unknown_is_not_free(told: dict[str, Any], cost: float | None) -> None:
    """0 only where the price is known to be 0."""
    assert line(told, START, START)["cost"] == cost


def test_a_line(tmp_path: Path) -> None:
    """Who, how much, how long; never a prompt or an answer."""
    told = {
        "trace_id": "s", "model_group": "opus", "model": "gpt", "status": "success", "prompt_tokens": 7,
        "completion_tokens": 3, "messages": "secret", "response": "secret",
    }  # fmt: skip
    path = tmp_path / "usage.jsonl"
    append(str(path), line(told, START, START + timedelta(seconds=1.5)))
    written = json.loads(path.read_text())
    assert written == {
        "at": "2026-01-01T00:00:01+00:00", "session": "s", "asked": "opus", "answered": "gpt", "ok": True,
        "tokens_in": 7, "tokens_out": 3, "cost": None, "seconds": 1.5,
    }  # fmt: skip
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("part", "names"),
    [("cost", {"tokens_in", "tokens_out", "cost"}), ("latency", {"seconds"}), ("quality", {"ok"})],
)
def test_only_what_is_wanted(part: str, names: set[str]) -> None:
    """A part that the settings leave out is not in the line."""
    assert set(line({}, START, START, (part,))) == {"at", "session", "asked", "answered", *names}


def test_the_file_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The older half is one file away; a place that cannot be written costs the line, not the request."""
    monkeypatch.setattr(usage, "LARGEST", 50)
    path = tmp_path / "usage.jsonl"
    for number in range(3):
        append(str(path), {"number": number, "padding": "x" * 8})
    assert '"number": 2' in path.read_text() and '"number": 1' in Path(f"{path}.1").read_text()
    append(str(tmp_path / "no" / "folder"), {})
