"""The session's transcript."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from claude_fallback import paths
from claude_fallback.run import transcript

BEGAN = datetime(2026, 11, 23, 6, 30, tzinfo=timezone.utc)
LIMIT = "You've hit your session limit · resets 9:39am (UTC)"


def row(kind: str, seconds: float, *blocks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    at = (BEGAN + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"type": kind, "timestamp": at, "sessionId": "s1", "message": {"content": list(blocks)}, **fields}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


TOOL = {"type": "tool_use", "name": "Bash", "input": {}}


class Project:
    """One project's folder of transcripts."""

    def __init__(self, environ: dict[str, str], name: str = "-home-me") -> None:
        self.folder = Path(paths.config_dir(environ), "projects", name)
        self.folder.mkdir(parents=True)

    def write(self, name: str, *lines: dict[str, Any] | bytes, changed: float = 60) -> Path:
        path = self.folder / f"{name}.jsonl"
        whole = [line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines]
        path.write_bytes(b"".join(whole))
        os.utime(path, (BEGAN.timestamp() + changed,) * 2)
        return path


@pytest.fixture
def project(environ: dict[str, str]) -> Project:
    return Project(environ)


def test_rows_of_this_run(environ: dict[str, str], project: Project) -> None:
    """Only what was written since the run began, oldest first; rows without a time belong to no run, and a
    line that is torn or no object is passed over."""
    kept = [row("user", 0, text("hi")), row("assistant", 1.5, text("yes"))]
    project.write(
        "s1", row("user", -10), row("assistant", -0.001), {"type": "summary", "summary": "x"}, b"[1]\n",
        *kept, {"type": "user", "timestamp": "soon"}, b'{"type":"assistant","times',
    )  # fmt: skip
    assert transcript.rows(environ, "s1", BEGAN) == kept


def test_rows_out_of_order(environ: dict[str, str], project: Project) -> None:
    """A prompt that was written behind its error (2.1.240) comes before it; rows of one moment stay."""
    prompt, first, second = row("user", 1, text("hi")), row("assistant", 2), row("assistant", 2, text("x"))
    project.write("s1", first, second, prompt)
    assert transcript.rows(environ, "s1", BEGAN) == [prompt, first, second]


def test_zones(environ: dict[str, str], project: Project) -> None:
    """Times are instants, whatever zone they are written in; without one they are UTC."""
    kept = [
        {"sessionId": "s1", "timestamp": "2026-11-23T07:30:00+01:00"},
        {"sessionId": "s1", "timestamp": "2026-11-23T06:30:01"},
    ]
    project.write("s1", {"sessionId": "s1", "timestamp": "2026-11-23T07:29:59+01:00"}, *kept)
    assert transcript.rows(environ, "s1", BEGAN) == kept


@pytest.mark.parametrize("lines", [[], [b"\n\n"], [row("user", -60)], [{"type": "summary"}]])
def test_nothing_of_this_run(environ: dict[str, str], project: Project, lines: list[Any]) -> None:
    """A transcript without a row of this run tells nothing: None, as when there is none."""
    project.write("s1", *lines)
    assert transcript.rows(environ, "s1", BEGAN) is None
    assert transcript.rows(environ, "s2", BEGAN) is None


def test_no_projects(environ: dict[str, str]) -> None:
    """No config folder at all: None."""
    assert transcript.rows(environ, "s1", BEGAN) is None


def test_rows_in_another_file(environ: dict[str, str], project: Project) -> None:
    """A row belongs to the session that it names, and those of other sessions are left out."""
    mine, other = row("assistant", 2, text("mine")), row("assistant", 3, text("other"), sessionId="s2")
    project.write("elsewhere", mine, other)
    assert transcript.rows(environ, "s1", BEGAN) == [mine]


def test_names_are_no_patterns(environ: dict[str, str], project: Project) -> None:
    """A session id or a config folder is never a glob."""
    project.write("s1", row("user", 1))
    assert transcript.rows(environ, "*", BEGAN) is None
    odd = {**environ, "CLAUDE_CONFIG_DIR": f"{environ['HOME']}/[odd]*"}
    Project(odd).write("s1", row("user", 1))
    found = transcript.rows(odd, "s1", BEGAN)
    assert found and len(found) == 1


@pytest.mark.parametrize("size", [1 << 20, 5 << 20, 20 << 20])
def test_huge_transcript(environ: dict[str, str], project: Project, size: int) -> None:
    """However large the conversation before, the rows of this run are found."""
    old = json.dumps(row("assistant", -100, text("x" * 10_000))).encode() + b"\n"
    kept = [row("user", 1), row("assistant", 2, TOOL)]
    project.write("s1", old * (size // len(old)), *kept)
    assert transcript.rows(environ, "s1", BEGAN) == kept


def test_run_that_wrote_much(environ: dict[str, str], project: Project) -> None:
    """A run whose own rows are larger than the first look: all of them are found, the first one too."""
    kept = [row("assistant", 1, TOOL), *(row("user", 2 + n, text("y" * 1_000_000)) for n in range(9))]
    project.write("s1", row("user", -5), *kept)
    assert transcript.rows(environ, "s1", BEGAN) == kept


@pytest.mark.parametrize(
    ("rows", "used"),
    [
        ([], False),
        ([row("assistant", 1, text("hello"))], False),
        ([row("assistant", 1, text("x"), TOOL)], True),
        ([row("assistant", 1, TOOL, isSidechain=True)], True),
        ([row("user", 1, {"type": "tool_result", "content": [TOOL]})], False),
        ([row("user", 1, TOOL)], False),
        ([{**row("assistant", 1), "message": {"content": '{"type":"tool_use"}'}}], False),
        ([{**row("assistant", 1), "message": None}], False),
        ([row("assistant", 1, {"type": "server_tool_use"})], False),
    ],
)
def test_tools_used(rows: list[dict[str, Any]], used: bool) -> None:
    """A tool was used when a model called one, a subagent's too; a quotation or a result is no call."""
    assert transcript.tools_used(rows) == used


def error(seconds: float, words: str = LIMIT, **fields: Any) -> dict[str, Any]:
    return row("assistant", seconds, text(words), isApiErrorMessage=True, **fields)


def test_session_that_said(environ: dict[str, str], project: Project) -> None:
    """A run whose session nobody named is found by its words: only as an error, only since it began, and in
    the newest file."""
    project.write("old", error(-60, sessionId="old"), changed=-60)
    project.write("quote", row("assistant", 5, text(LIMIT), sessionId="quote"), changed=80)
    project.write("mine", error(5, sessionId="mine"), changed=70)
    project.write("earlier", error(4, sessionId="earlier"), changed=60)
    assert transcript.session_that_said(environ, LIMIT, BEGAN) == "mine"
    assert transcript.session_that_said(environ, "other words", BEGAN) is None


def test_session_that_names_none(environ: dict[str, str], project: Project) -> None:
    """Rows that name no session belong to their file's."""
    nameless = error(5)
    del nameless["sessionId"]
    project.write("file", nameless)
    assert transcript.session_that_said(environ, LIMIT, BEGAN) == "file"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"content": " words \n"}, "words"),
        ({"content": [text("a"), {"type": "x"}, text("b ")]}, "ab"),
        ({"content": None}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_said(message: object, said: str) -> None:
    """A row's words, as text or as blocks."""
    assert transcript.said({"message": message}) == said


def test_where_a_resume_went_on(environ: dict[str, str], project: Project) -> None:
    """A release that gives a resumed session a new id: the newest file with an answer of the main thread
    since then; None when the session went on under its own name."""
    project.write("s1", row("assistant", -5, text("old")))
    project.write("side", row("assistant", 5, text("x"), isSidechain=True, sessionId="side"), changed=90)
    project.write("s9", row("assistant", 5, text("new"), sessionId="s9"), changed=80)
    assert transcript.went_on_as(environ, "s1", BEGAN) == "s9"
    project.write("s1", row("assistant", 5, text("new")))
    assert transcript.went_on_as(environ, "s1", BEGAN) is None


def test_fifo_of_that_name(environ: dict[str, str], project: Project) -> None:
    """What is no file is no transcript, and does not hang the run."""
    os.mkfifo(project.folder / "s1.jsonl")
    assert transcript.rows(environ, "s1", BEGAN) is None


def test_half_an_emoji(environ: dict[str, str], project: Project) -> None:
    """A tool call with half a surrogate pair in it was a tool call: nothing may be done a second time."""
    project.write("s1", row("assistant", 1, {**TOOL, "input": {"command": "echo \ud83d"}}))
    rows = transcript.rows(environ, "s1", BEGAN)
    assert rows and transcript.tools_used(rows)


def test_a_split_session(tmp_path: Path) -> None:
    """What a run wrote into a file of another name is told: 1.0.128 does that, and a resume would miss it."""
    folder = tmp_path / "projects" / "-work"
    folder.mkdir(parents=True)
    environ = {"CLAUDE_CONFIG_DIR": str(tmp_path)}
    since = datetime.now(timezone.utc) - timedelta(minutes=1)
    moment = datetime.now(timezone.utc).isoformat()
    row = {"type": "assistant", "sessionId": "s", "timestamp": moment, "isApiErrorMessage": True}
    (folder / "other.jsonl").write_bytes(json.dumps(row).encode() + b"\n")
    assert transcript.is_split(environ, "s", since)
    (folder / "s.jsonl").write_bytes(json.dumps(row).encode() + b"\n")
    assert not transcript.is_split(environ, "s", since)


def test_prompts() -> None:
    """What the user said up to the last error, as lines: of the main thread, and what waited in a turn; no
    tool's result, and nothing of claude's own."""
    result = {"type": "tool_result", "content": "a file"}
    waiting = {"type": "queued_command", "prompt": "meanwhile"}
    found = [
        row("user", 1, text("first")),
        row("user", 2, text("claude's own"), isMeta=True),
        row("user", 2, text("a subagent's"), isSidechain=True),
        row("user", 3, result),
        row("attachment", 4, attachment=waiting),
        row("attachment", 4, attachment={"type": "date", "prompt": "no"}),
        {**row("user", 5), "message": {"content": "second\nthird"}},
        row("assistant", 6, text(LIMIT), isApiErrorMessage=True),
        row("user", 7, text("the next turn's")),
    ]
    assert transcript.prompts(found) == "first\nmeanwhile\nsecond\nthird"
    assert transcript.prompts(found[-1:]) == "the next turn's"
    assert transcript.prompts([]) == ""
