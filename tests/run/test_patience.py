"""When a print run stops waiting for a gateway: only when nothing but the model is waited for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from claude_fallback.limits.watch import TextWatch
from claude_fallback.run.invocation import Invocation
from claude_fallback.run.legs import PrintRun, Trip
from claude_fallback.run.patience import Patience, Signs, has_children, of_leg

Rows = list[dict[str, Any]]
START = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)


def row(kind: str, *content: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "message": {"content": list(content) or "words"}}


def call(name: str = "Bash", identity: str = "t1") -> dict[str, Any]:
    return row("assistant", {"type": "tool_use", "id": identity, "name": name})


def result(identity: str = "t1") -> dict[str, Any]:
    return row("user", {"type": "tool_result", "tool_use_id": identity})


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def waited(
    rows: Rows | None,
    seconds: int,
    *,
    works: bool = True,
    step: float = 15,
    each: Callable[[], object] = bool,
) -> bool:
    """Whether a patience of one minute is over, asked every 15 seconds; `each` before every look."""
    clock = Clock()
    patience = Patience(1, lambda: Signs(rows), lambda: works, clock)
    while clock.now < 100 + seconds:
        clock.now += 15
        each()
        patience.ends()
    return patience.over


PROMPT = row("user")
WORDS = row("assistant", {"type": "text", "text": "I will."})


@pytest.mark.parametrize(
    ("rows", "works", "over"),
    [
        ([], True, True),  # 2.0.42 writes the prompt down when it is answered
        ([PROMPT], True, True),
        ([PROMPT, call(), result()], True, True),
        ([PROMPT, {"type": "summary"}], True, True),
        ([{"type": "system"}], True, True),
        ([PROMPT, call()], False, False),
        ([PROMPT, call(), call(identity="t2"), result()], False, False),
        ([PROMPT, call("mcp__shop__buy")], False, False),
        ([PROMPT, call("Task"), row("user")], True, True),  # a subagent's prompt
        ([PROMPT, call("Task")], True, False),
        ([PROMPT, call("Agent")], False, True),
        ([PROMPT, WORDS], True, False),  # a hook, a command in the background
        ([PROMPT, WORDS], False, True),
        (None, False, False),  # no transcript: nobody can tell
    ],
)
def test_what_is_waited_for(rows: Rows | None, works: bool, over: bool) -> None:
    """The model alone, in its turn: a tool takes as long as it takes."""
    assert waited(rows, 600, works=works) == over


@pytest.mark.parametrize(("seconds", "over"), [(60, False), (75, True), (600, True)])
def test_how_long(seconds: int, over: bool) -> None:
    """A minute of silence, from the look that saw the last sign."""
    assert waited([PROMPT], seconds) == over


def test_a_new_row_is_a_sign() -> None:
    """Whatever claude writes down begins the wait anew."""
    rows = [PROMPT]
    assert not waited(rows, 600, each=lambda: rows.append(PROMPT))


def test_a_subagents_row_is_a_sign() -> None:
    """Newer releases write them down elsewhere."""
    clock = Clock()
    patience = Patience(1, lambda: Signs([PROMPT], clock.now), lambda: False, clock)
    for _look in range(40):
        clock.now += 15
        assert not patience.ends()


@pytest.mark.parametrize("held_up", [False, True])
def test_output_is_a_sign(held_up: bool) -> None:
    """Output, and output that the reader does not take (`| less`)."""
    clock = Clock()
    patience = Patience(1, lambda: Signs([PROMPT]), lambda: False, clock)
    see = patience.hearing(bytes.upper)
    for _look in range(40):
        clock.now += 15
        if not held_up:
            assert see(b"out") == b"OUT"
        assert not patience.ends(held_up)


def test_a_run_that_stood_still() -> None:
    """Ctrl-Z for a day, or a machine that slept, is no day of silence."""
    clock = Clock()
    patience = Patience(1, lambda: Signs([PROMPT]), lambda: False, clock)
    for step in (15, 86_400, 15):
        clock.now += step
        assert not patience.ends()


def test_over_stays_over() -> None:
    """The relay asks again while it empties the pipe."""
    clock = Clock()
    patience = Patience(1, lambda: Signs([PROMPT]), lambda: False, clock)
    for _look in range(6):
        clock.now += 15
        patience.ends()
    patience.hearing(bytes)(b"")
    clock.now += 15
    assert patience.ends()


@pytest.mark.parametrize(("minutes", "tick"), [(0.2, 3.0), (1, 15.0), (60, 60.0)])
def test_looks(minutes: float, tick: float) -> None:
    """Often enough, and never more than once a minute where hours are waited."""
    assert Patience(minutes, lambda: Signs(None), lambda: True).tick == pytest.approx(tick)


def leg(environ: dict[str, str], *argv: str, session: str | None = "s1") -> Any:
    return SimpleNamespace(environ=environ, invocation=Invocation(list(argv)), session=session, began=START)


def looked(run: Any, trip: Trip = Trip()) -> Signs:  # noqa: B008 - frozen
    return of_leg(run, TextWatch(), os.getpid(), trip, 1)._signs()


def transcript(environ: dict[str, str], session: str, *rows: dict[str, Any]) -> Path:
    folder = Path(environ["HOME"], ".claude", "projects", "-work")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{session}.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    os.utime(path, (START.timestamp() + 1,) * 2)
    return folder


def test_a_look_at_a_leg(environ: dict[str, str]) -> None:
    """Rows of this leg alone: what the leg before left open is none of its."""
    old = {**call(), "timestamp": "2026-11-28T11:59:59Z"}
    new = {**PROMPT, "timestamp": "2026-11-28T12:00:01Z"}
    folder = transcript(environ, "s1", old, new)
    assert looked(leg(environ, "-p")) == Signs([new])
    agents = folder / "s1" / "subagents"
    agents.mkdir(parents=True)
    (agents / "agent-1.jsonl").write_text("{}\n")
    os.utime(agents / "agent-1.jsonl", (7, 7))
    assert looked(leg(environ, "-p")) == Signs([new], 7.0)
    assert looked(leg(environ, "-p", session="s2")) == Signs([])
    assert looked(leg(environ, "-p", "--resume", "s1", session=None)) == Signs([new], 7.0)


def test_a_look_at_a_resumed_leg(environ: dict[str, str]) -> None:
    """Up to 1.0.115 it goes on under a new id: a tool that runs there is no silence."""
    running = {**call(), "timestamp": "2026-11-28T12:00:01Z"}
    transcript(environ, "s2", running)
    resumed = Trip(resumes="s1", since=START)
    assert looked(leg(environ, "-p"), resumed) == Signs([running])
    assert looked(leg(environ, "-p", "--resume", "s1", session=None)) == Signs([running])
    assert looked(leg(environ, "-p")) == Signs([])  # another run's


@pytest.mark.parametrize("argv", [["--continue"], ["--resume", "s0", "--fork-session"]])
def test_a_look_at_a_session_that_only_claude_knows(environ: dict[str, str], argv: list[str]) -> None:
    """It is one of those that are at work: as long as any is, this one may be."""
    run = leg(environ, "-p", *argv, session=None)
    assert looked(run) == Signs([])
    old = {**call(), "timestamp": "2026-11-28T11:59:59Z"}
    rows = [{**PROMPT, "timestamp": f"2026-11-28T12:00:0{second}Z"} for second in (3, 1, 2)]
    transcript(environ, "s1", old, *rows[:2])
    folder = transcript(environ, "s2", rows[2])
    assert looked(run) == Signs([rows[1], rows[2], rows[0]])
    (folder / "s2").mkdir()
    (folder / "s2" / "agent-1.jsonl").write_text("{}\n")
    os.utime(folder / "s2" / "agent-1.jsonl", (7, 7))
    assert looked(run).written == 7.0


@pytest.mark.parametrize(
    "why",
    [
        {"argv": ["--no-session-persistence"]},
        {"environ": {"CLAUDE_CODE_SKIP_PROMPT_HISTORY": "1"}},
        {"settings": {"env": {"CLAUDE_CODE_SKIP_PROMPT_HISTORY": "true"}}},
        {"settings": {"cleanupPeriodDays": 0}},
    ],
    ids=str,
)
def test_no_transcript(environ: dict[str, str], why: dict[str, Any]) -> None:
    """Where claude keeps none, nothing is known, so nothing is ended."""
    path = Path(environ["HOME"], ".claude", "settings.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(why.get("settings", {"cleanupPeriodDays": 1})))
    named = leg(environ | why.get("environ", {}), "-p", *why.get("argv", []))
    unnamed = leg(environ | why.get("environ", {}), "-p", "--continue", *why.get("argv", []), session=None)
    assert [looked(named), looked(unnamed)] == [Signs(None)] * 2


def test_fault_in_a_look(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ours: nothing is known, so nothing is ended."""
    monkeypatch.setattr("claude_fallback.run.transcript.rows", None)
    look = of_leg(leg(environ, "-p"), TextWatch(), os.getpid(), Trip(), 1)._signs
    assert [look(), look()] == [Signs(None)] * 2
    assert len(list(Path(environ["HOME"]).rglob("crash-*"))) == 1  # told once


@pytest.mark.parametrize(
    ("targets", "argv", "minutes", "expected"),
    [
        (("a gateway",), ["-p"], 60, 60),
        (("a gateway",), ["-p"], 0.2, 0.2),
        (("a gateway",), ["-p"], 0, None),
        ((), ["-p"], 60, None),
        (("a gateway",), ["-p", "--input-format", "stream-json"], 60, None),
    ],
)
def test_who_has_it(
    environ: dict[str, str], targets: Any, argv: list[str], minutes: float, expected: float | None
) -> None:
    """A leg on a gateway, as long as the user says; native is claude's own, a stream its driver's."""
    path = Path(environ["HOME"], ".claude", "litellm_config.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"gateway_timeout_minutes": minutes}))
    run = PrintRun(Invocation(argv), "claude", environ, *cast(Any, (None, None, None)))
    found = run.patience(cast(Any, SimpleNamespace(pid=1)), TextWatch(), Trip(targets))
    assert (found.minutes if found else None) == expected


def test_children() -> None:
    """A process that runs a command is told from one that does not."""
    alone = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE)
    script = "import subprocess, sys; subprocess.Popen(['/bin/cat']); print(flush=True); sys.stdin.read()"
    parent = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdout and parent.stdout.readline()
    try:
        assert (has_children(alone.pid), has_children(parent.pid)) == (False, True)
    finally:
        for process in (alone, parent):
            process.communicate()
