"""`scripts/matrix`: which releases it runs, what it says of them, and a part of it with real releases."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from claude_fallback.gateway.progress import Progress
from claude_fallback.rehearsal.moments import AFTER_TOOL, FIRST, MID_STREAM, SUBAGENT, SUBAGENT_THEN_MAIN
from scripts.cache import ROOT
from scripts.compatibility import changes, chosen, grouped, page, play, recording, trial
from scripts.compatibility.cells import JSON, STREAM, TEXT, TUI, Cell, cells
from scripts.compatibility.conclusion import conclude
from scripts.compatibility.recording import Recording, Release

LATEST = recording.read(recording.path("2.1.331"))


def of(cell: Cell, release: Release = LATEST) -> Recording:
    return next(one for one in release.recordings if one.cell == cell)


@pytest.mark.claude
@pytest.mark.parametrize(
    ("version", "cell"),
    [
        ("1.0.60", Cell("five_hour", FIRST, TEXT)),
        ("1.0.60", Cell("five_hour", SUBAGENT_THEN_MAIN, STREAM)),
        ("2.0.42", Cell("five_hour", FIRST, TUI)),
        ("2.0.42", Cell("throttle", MID_STREAM, STREAM)),
        ("2.1.330", Cell("opus", FIRST, JSON)),
        ("2.1.330", Cell("credits", AFTER_TOOL, STREAM)),
        ("2.1.330", Cell("five_hour", SUBAGENT, TUI)),
        ("2.1.330", Cell("usage_on_overage", FIRST, TUI)),
    ],
)
def test_a_real_cell_is_as_it_was_recorded(
    claude_release: Callable[[str], list[str]], version: str, cell: Cell
) -> None:
    """A release that is run again says what its recording says, and is judged right."""
    found = trial.record(claude_release(version), cell)
    assert found is not None
    fresh, kept = conclude(found), conclude(of(cell, recording.read(recording.path(version))))
    assert not fresh.fault
    assert grouped.shape(fresh.printed) == grouped.shape(kept.printed)
    assert str(Path.home()) not in str(found.seen)


@pytest.mark.claude
def test_a_release_is_run_cell_by_cell(
    claude_release: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that are asked for, only those that are missing, and those that it does not show by name."""
    asked = [Cell("five_hour", FIRST, TEXT), Cell("answer", FIRST, STREAM)]
    monkeypatch.setattr(play, "cells", lambda: iter(asked))
    whole = play.release("2.1.330", claude_release("2.1.330"), 2, Progress())
    assert [one.cell for one in whole.recordings] == asked
    monkeypatch.setattr(trial, "LONGEST", 0.05)
    less = play.release(
        "2.1.330",
        claude_release("2.1.330"),
        2,
        Progress(),
        replace(whole, recordings=whole.recordings[:1]),
    )
    assert [one.cell for one in less.recordings] == asked[:1]
    assert asked[1] in less.missing and asked[0] not in less.missing


def test_new_releases_are_those_beyond_the_newest() -> None:
    """Numbers are compared as numbers; what lies between recorded ones is not new."""
    published = ["2.1.9", "2.1.332", "2.1.331", "2.2.0", "2.1.1000"]
    assert chosen.newer(["1.0.60", "2.1.331"], published) == ["2.1.332", "2.1.1000", "2.2.0"]
    assert chosen.newer([], ["1.0.1"]) == ["1.0.1"]
    assert chosen.recorded()[0] == "0.2.126" and "2.1.331" in chosen.recorded()


@pytest.mark.parametrize(
    "argv", [["--add"], ["--add", "latest"], ["--new", "--judge"], ["2.1.330"], ["--at-once", "x"]]
)
def test_bad_usage_is_told(argv: list[str]) -> None:
    """Exit code 2 and one usage, before anything is installed."""
    done = subprocess.run(
        [sys.executable, os.path.join(ROOT, "scripts", "matrix"), *argv],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and "usage: scripts/matrix" in done.stderr
    assert "Traceback" not in done.stderr and not done.stdout


def test_what_a_release_words_otherwise_is_told() -> None:
    """Other words of a cell, a field that is new, words that the catalogue lacks; else: nothing new."""
    cell = Cell("five_hour", FIRST, STREAM)
    old = replace(LATEST, version="2.1.330")
    assert changes.told([old], LATEST)[1:] == ["  says what 2.1.330 says"]
    events = [dict(event) for event in of(cell).seen["events"]]
    events[-1] |= {"result": "The meadow is shut until 3pm (UTC)", "moon": "full"}
    new = replace(
        LATEST, version="2.1.332", recordings=(replace(of(cell), seen={"exit": 1, "events": events}),)
    )
    told = "\n".join(changes.told([old, LATEST], new))
    assert "is now 'The meadow is shut until {time}'" in told
    assert "a new field: event.moon" in told
    assert "not in the catalogue: The meadow is shut until {time}" in told
    assert "no longer shown: five_hour, first request, TUI" in told


def test_the_page_and_the_summary_show_a_wrong_cell() -> None:
    """A conclusion that is wrong stands out in both."""
    wrong = replace(of(Cell("answer", FIRST, STREAM)), cell=Cell("five_hour", FIRST, STREAM))
    kept = tuple(one for one in LATEST.recordings if one.cell.scenario not in ("five_hour", "opus"))
    release = replace(LATEST, recordings=(wrong, *kept))
    few = replace(LATEST, recordings=tuple(one for one in LATEST.recordings if one.cell.scenario != "cut"))
    summary = "\n".join(page.summary([release]))
    assert "WRONG  five_hour, first request, stream-json: taken for no stop, is plan" in summary
    assert "not recorded  cut, first request, stream-json" in "\n".join(page.summary([few]))
    assert "not recorded  " not in summary and " cells, 1 wrong, " in summary
    assert "**no stop** (wrong)" in page.compatibility_page([release])


def test_releases_are_told_in_spans() -> None:
    """Those that follow upon each other are one span."""
    every = ["1.0.60", "1.0.84", "2.0.1", "2.1.331"]
    assert grouped.span(["1.0.60", "1.0.84", "2.1.331"], every) == "1.0.60 to 1.0.84, 2.1.331"


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        ("You've hit your limit · resets 9:39am (UTC)", "You've hit your limit · resets {time}"),
        ("Claude AI usage limit reached|1795586298", "Claude AI usage limit reached|{epoch}"),
        ("Claude AI usage limit reached|0", "Claude AI usage limit reached|0"),
        ("x" * 200, "x" * 149 + "…"),
    ],
)
def test_what_varies_is_left_open(words: str, shape: str) -> None:
    """Times and epochs; what tells releases apart stays."""
    assert grouped.shape(words) == shape


def test_a_recording_survives_its_file(tmp_path: Path) -> None:
    """What is read is what was written, and the newest release comes last."""
    for version in ("2.1.331", "2.1.40"):
        recording.write(replace(LATEST, version=version), str(tmp_path))
    read = recording.read_all(str(tmp_path))
    assert [one.version for one in read] == ["2.1.40", "2.1.331"]
    assert read[1] == LATEST


def test_recordings_hold_nothing_of_a_machine() -> None:
    """No home, no temporary folder, no key, no session's id."""
    for name in os.listdir(recording.FOLDER):
        text = Path(recording.FOLDER, name).read_text(encoding="utf-8")
        assert not any(word in text for word in ("/tmp/", "/root", "/home/", "sk-ant-", "claude-matrix-")), (
            name
        )


def test_every_scenario_of_the_issue_has_its_cells() -> None:
    """Each of the fifteen in text, json, stream-json and TUI, and at the later moments."""
    found = set(cells())
    assert len({cell.scenario for cell in found if cell.mode == TUI and cell.moment == FIRST}) == 14
    assert len({cell.scenario for cell in found if cell.mode == JSON and cell.moment == FIRST}) == 15
    assert {cell.moment for cell in found} == {FIRST, AFTER_TOOL, SUBAGENT, SUBAGENT_THEN_MAIN, MID_STREAM}
