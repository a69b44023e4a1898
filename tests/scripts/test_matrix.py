"""`scripts/matrix`: which releases it runs, what it says of them, and a part of it with real releases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from claude_fallback.rehearsal.moments import AFTER_TOOL, FIRST, MID_STREAM, SUBAGENT, SUBAGENT_THEN_MAIN
from scripts.cache import ROOT
from scripts.compatibility import changes, chosen, grouped, page, recording, trial
from scripts.compatibility.cells import JSON, STREAM, TEXT, TUI, Cell, asked_of, cells, rank
from scripts.compatibility.conclusion import conclude
from scripts.compatibility.play import play
from scripts.compatibility.recording import Recording, Release
from scripts.jobs import ScriptError

LATEST = recording.read(recording.path("2.1.331"))


def of(cell: Cell, release: Release = LATEST) -> Recording:
    return next(one for one in release.recordings if one.cell == cell)


def keeping(folder: Path) -> Callable[[Release], object]:
    return lambda release: recording.write(release, str(folder))


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
    claude_release: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each is in the file when it is there; one that the release does not show is named, and is no gap."""
    asked = [Cell("five_hour", FIRST, TEXT), Cell("answer", FIRST, STREAM)]
    command, keep = claude_release("2.1.330"), keeping(tmp_path)
    whole = play(Release("2.1.330", ""), asked, command, 2, keep)
    assert {one.cell for one in whole.recordings} == set(asked) and not whole.unshown
    assert recording.read(recording.path("2.1.330", str(tmp_path))).missing == whole.missing
    monkeypatch.setattr(trial, "LONGEST", 0.05)
    less = play(whole, asked[1:], command, 2, keep)
    assert [one.cell for one in less.recordings] == asked[:1]
    assert less.unshown == (asked[1],) and less.missing == whole.missing


def test_what_is_recorded_survives_an_interruption(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A run that is broken off loses no cell that it had, and `--rest` asks only for the others."""
    asked = asked_of("2.1.331")

    def record(_command: object, cell: Cell) -> Recording:
        if cell == asked[2]:
            raise KeyboardInterrupt
        return of(cell)

    monkeypatch.setattr(trial, "record", record)
    with pytest.raises(KeyboardInterrupt):
        play(Release("2.1.331", ""), asked, [], 1, keeping(tmp_path))
    kept = recording.known("2.1.331", str(tmp_path))
    assert {one.cell for one in kept.recordings} >= set(asked[:2])
    assert asked[2] in kept.missing and not set(asked[:2]) & set(kept.missing)


def test_what_matters_most_is_recorded_first() -> None:
    """The plan's great windows at every moment and in every mode, then what else is used up, then the rest; a
    release that is too old is asked little."""
    ranks = [rank(cell) for cell in asked_of("2.1.331")]
    assert ranks == sorted(ranks) and set(ranks) == {0, 1, 2}
    first = {(cell.scenario, cell.mode) for cell in asked_of("2.1.331")[: ranks.count(0)]}
    assert first == {
        (name, mode) for name in ("five_hour", "seven_day") for mode in (TEXT, JSON, STREAM, TUI)
    }
    assert set(asked_of("1.0.60")) == set(cells()) and len(asked_of("0.2.126")) == 3


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
    gone, later = Cell("five_hour", FIRST, TUI), Cell("opus", FIRST, TUI)
    new = replace(
        LATEST, version="2.1.332", recordings=(replace(of(cell), seen={"exit": 1, "events": events}),),
        unshown=(gone,),
    )  # fmt: skip
    told = "\n".join(changes.told([old, LATEST], new))
    assert f"is now 'The meadow is shut until {{time}}': {cell}\n" in told
    assert "a new field: event.moon" in told
    assert "not in the catalogue: The meadow is shut until {time}" in told
    assert f"no longer shown: {gone}" in told and str(later) not in told
    assert "field is gone: event.error" not in told  # of the cells that it was not asked for
    assert f"not shown before: {gone}" in "\n".join(changes.told([new], replace(LATEST, version="2.1.333")))


def test_a_change_is_told_once() -> None:
    """Words that several modes share are one line, which names the first and counts the others."""
    cells = [Cell("answer", FIRST, STREAM), Cell("five_hour", FIRST, JSON), Cell("five_hour", FIRST, STREAM)]
    old = replace(LATEST, version="2.1.330", recordings=tuple(map(of, cells)))
    changed = []
    for cell in cells[1:]:
        events = [dict(event) for event in of(cell).seen["events"]]
        events[-1]["result"] = "The meadow is shut"
        changed.append(replace(of(cell), seen={"exit": 1, "events": events}))
    new = replace(LATEST, version="2.1.332", recordings=(of(cells[0]), *changed))
    told = [line for line in changes.told([old], new) if "is now" in line]
    assert len(told) == 1 and told[0].endswith(f"is now 'The meadow is shut': {cells[1]} and 1 more")


@pytest.mark.parametrize(("published", "code"), [(["2.1.9", "2.1.331"], 0), (None, 1)])
def test_nothing_new(
    published: list[str] | None,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`--new` with an npm that has nothing new says so and sets nothing up; one that answers nothing is told,
    with the command to try."""
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\necho '{json.dumps(published) if published else 'no'}'\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(chosen, "recorded", lambda: ["1.0.60", "2.1.331"])
    monkeypatch.setattr(chosen, "set_up", None)
    if code:
        with pytest.raises(ScriptError, match="try: npm view"):
            chosen.main(["--new"], {}, "")
        return
    with pytest.raises(SystemExit) as ended:
        chosen.main(["--new"], {}, "")
    assert ended.value.code == 0
    assert "npm has no release beyond 2.1.331" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "versions", "flags"),
    [
        (["--new"], ["2.1.332", "2.2.0"], []),
        (["--add", "2.2.0", "2.1.40"], ["2.1.40", "2.2.0"], []),
        (["--rest", "--at-once", "1"], ["1.0.60", "2.1.331"], ["--at-once", "1", "--rest"]),
        (["--judge"], [], []),
    ],
)
def test_one_command_does_it_all(
    argv: list[str], versions: list[str], flags: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked for is installed first, oldest first, and then run in the environment."""
    steps: list[list[str]] = []

    def set_up(_environ: object, wanted: list[str]) -> str:
        steps.append(list(wanted))
        return "programs"

    def become(_programs: str, _module: str, _environ: object, *given: str) -> None:
        steps.append(list(given))
        sys.exit(0)

    monkeypatch.setattr(chosen, "recorded", lambda: ["1.0.60", "2.1.331"])
    monkeypatch.setattr(chosen, "_published", lambda: ["2.2.0", "2.1.332", "2.1.40"])
    monkeypatch.setattr(chosen, "set_up", set_up)
    monkeypatch.setattr(chosen, "become", become)
    with pytest.raises(SystemExit):
        chosen.main(argv, {}, "")
    assert steps == [versions, [*flags, *versions]]


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
    shown = page.compatibility_page([release.having(wrong.cell, wrong, LATEST.date)])
    assert "**no stop** (wrong)" in shown and "Not shown" not in shown


def test_what_a_release_does_not_show_is_no_pass() -> None:
    """It is named on the page and in the summary, and counted as neither right nor missing."""
    cell = Cell("cut", FIRST, STREAM)
    release = LATEST.having(cell, None, LATEST.date)
    assert f"not shown  {cell}" in "\n".join(page.summary([release]))
    shown = page.compatibility_page([release])
    assert f"- 2.1.331: {cell}" in shown and "| 97 of 97 | 1 |  |" in shown


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
        ("this conversation is only ~2803 tokens", "this conversation is only ~{n} tokens"),
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
    lacking = LATEST.having(Cell("cut", FIRST, STREAM), None, "2026-12-01")
    recording.write(lacking, str(tmp_path))
    read = recording.read_all(str(tmp_path))
    assert [one.version for one in read] == ["2.1.40", "2.1.331"]
    assert read[0] == replace(LATEST, version="2.1.40") and read[1] == lacking
    assert recording.known("2.1.41", str(tmp_path)).missing == tuple(asked_of("2.1.41"))


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
