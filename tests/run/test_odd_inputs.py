"""What others write may have any shape and any length: it costs no exception and no minutes.

Where a test is about length, it would take minutes without the bound that it is about.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from claude_fallback import paths
from claude_fallback.gateway.target import Target
from claude_fallback.limits import reset_time
from claude_fallback.limits.ending import Ending, parsed
from claude_fallback.limits.watch import StreamWatch
from claude_fallback.memory.settings import Settings
from claude_fallback.run import childenv, controls, find, join, transcript
from claude_fallback.run.patience import Patience, Signs

BEGAN = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)
Environ = dict[str, str]


@pytest.fixture
def environ(tmp_path: Path) -> Environ:
    return {"HOME": str(tmp_path), "PATH": os.defpath, "CLAUDE_FALLBACK_DATA": str(tmp_path / "data")}


def nested(depth: int) -> Any:
    found: Any = 0
    for _ in range(depth):
        found = {"a": found}
    return found


def written(environ: Environ, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a transcript, as a run reads them."""
    folder = Path(paths.config_dir(environ), "projects", "-x")
    folder.mkdir(parents=True, exist_ok=True)
    stamped = [{"timestamp": "2026-11-28T12:00:01Z", "sessionId": "s1", **row} for row in rows]
    (folder / "s1.jsonl").write_text("".join(json.dumps(row) + "\n" for row in stamped))
    return transcript.rows(environ, "s1", BEGAN) or []


@pytest.mark.parametrize("odd", [5, "words", ["words"]])
def test_transcript_row_without_message(environ: Environ, odd: object) -> None:
    """It is passed over; what is behind it still counts: else the run would not be switched."""
    limit = {"type": "assistant", "isApiErrorMessage": True, "message": {"content": "limit"}}
    found = written(environ, {"type": "assistant", "message": odd}, limit)
    assert len(found) == 1 and not transcript.tools_used(found)
    assert transcript.last_usage(environ, "s1") is None
    assert transcript.session_that_said(environ, "limit", BEGAN) == "s1"


@pytest.mark.parametrize("content", [True, 5, [{"type": "text", "text": None}], ["words"]])
def test_transcript_row_that_says_nothing(environ: Environ, content: object) -> None:
    row = {"type": "assistant", "isApiErrorMessage": True, "message": {"content": content}}
    assert transcript.said(written(environ, row)[0]) == ""


def test_tool_id_that_is_none(environ: Environ) -> None:
    """Such a call still has no result."""
    call = {"type": "tool_use", "id": ["t1"], "name": "Bash"}
    row = {"type": "assistant", "message": {"content": [call]}}
    patience = Patience(1, lambda: Signs([row]), lambda: False, lambda: 0.0)
    assert not patience._waits([row])


def test_millions_of_empty_lines() -> None:
    """They are no JSON, and not even tried: an exception each took 25 s for ten megabytes."""
    assert parsed(b"") is None and parsed(b" \t") is None and parsed(b'  {"a": 1}') == {"a": 1}


def test_events_nested_deeper_than_orjson_writes() -> None:
    event = {"type": "result", "subtype": "success", "result": "x", "deep": nested(300)}
    watch = StreamWatch(lambda found: {**found, "more": 1})
    assert json.loads(watch.feed(json.dumps(event).encode() + b"\n")) == {**event, "more": 1}
    assert json.loads(join.document(Ending(), Ending(result=event))) == event
    request = {"subtype": "set_model", "model": "opus", "deep": nested(300)}
    line = json.dumps({"type": "control_request", "request_id": "r", "request": request}).encode() + b"\n"
    told = json.loads(controls.Rewritten(lambda _: "qwen")(line))
    assert told["request"] == {**request, "model": "qwen"}


def test_control_request_of_no_kind() -> None:
    line = b'{"type": "control_request", "request_id": "r", "request": {"subtype": []}}\n'
    assert controls.Rewritten(lambda _: "qwen", {"r"})(line) == b""


@pytest.mark.parametrize("piece", ["resets 3am ", "resets in 1d "])
def test_reset_time_in_a_book(piece: str) -> None:
    """Only the beginning is read: each of 90,000 times would cost a look at the calendar."""
    text = piece * 90_000
    assert reset_time.parse(text, BEGAN, timezone.utc) and reset_time.names_a_time(text)
    assert not reset_time.names_a_time(" " + "x" * 20_000 + " resets 3am")


@pytest.mark.parametrize("version", ["abc", "2.1.²", "2.1." + "9" * 5000])
def test_release_that_is_none(environ: Environ, tmp_path: Path, version: str) -> None:
    """In package.json, or remembered: claude was not even started."""
    program = tmp_path / "claude"
    program.write_text("#!/bin/sh\n")
    (tmp_path / "package.json").write_text(f'{{"name": "@anthropic-ai/claude-code", "version": "{version}"}}')
    assert find.release(str(program), environ) is None
    (tmp_path / "package.json").unlink()
    there = program.stat()
    memory = Path(paths.data_dir(environ), "releases")
    memory.parent.mkdir(exist_ok=True)
    memory.write_text(f"{version} {there.st_size} {there.st_mtime_ns} {os.path.realpath(program)}\n")
    assert find.release(str(program), environ) is None


@pytest.mark.parametrize("retries", ["9" * 5000, "²", "-1"])
def test_number_of_retries_that_is_none(retries: str) -> None:
    target = Target("http://127.0.0.1:1", "k", None, Settings())
    found = childenv.variables(target, "m", {"CLAUDE_CODE_MAX_RETRIES": retries})
    assert found["CLAUDE_CODE_MAX_RETRIES"] == childenv.RETRIES
