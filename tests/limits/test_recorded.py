"""Recordings of real releases (`scripts/matrix` makes them), judged again with the code of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from claude_fallback.limits.limit import Kind
from scripts.compatibility.cells import STREAM, Cell
from scripts.compatibility.conclusion import conclude
from scripts.compatibility.recording import Recording, read_all

RELEASES = {release.version: release for release in read_all()}
CASES = [
    pytest.param(one, id=f"{release.version}-{one.cell}")
    for release in RELEASES.values()
    for one in release.recordings
]


@pytest.mark.parametrize("one", CASES)
def test_every_cell_is_right(one: Recording) -> None:
    """What stopped a turn of a real release has its kind and its reset time, in every mode and at every
    moment; what stopped only a subagent, or nothing, is no stop."""
    assert not conclude(one).fault


@pytest.mark.parametrize("one", [case for case in CASES if "rate_limit_event" in str(case.values)])
def test_the_window_is_the_servers(one: Recording) -> None:
    """With a `rate_limit_info` the window is the one it names."""
    limit = conclude(one).limit
    infos = [event["rate_limit_info"] for event in one.seen["events"] if "rate_limit_info" in event]
    if limit is not None and limit.kind is Kind.PLAN:
        assert limit.window == infos[-1].get("rateLimitType")


def test_recordings_span_the_releases() -> None:
    """At least twenty, from the oldest supported one on, across the changes of wording and of structure, and
    one that is too old."""
    assert len(RELEASES) >= 20
    needed = {"0.2.126", "1.0.60", "1.0.100", "2.0.10", "2.0.55", "2.0.76", "2.1.112", "2.1.197", "2.1.331"}
    assert needed <= set(RELEASES)


@pytest.mark.parametrize("release", RELEASES)
def test_a_release_shows_every_cell(release: str) -> None:
    """Text, json, stream-json and TUI, at every moment of a turn, on each release that is in the table."""
    assert not RELEASES[release].missing and not RELEASES[release].unshown


def test_a_wrong_conclusion_is_seen() -> None:
    """A recording that says otherwise than its cell, or resets at another time, is a fault."""
    one = next(one for one in RELEASES["2.1.331"].recordings if one.cell.mode == STREAM)
    plan = replace(one, cell=Cell("five_hour", "first request", STREAM))
    assert conclude(replace(plan, seen=_of("2.1.331", "answer"))).fault == "taken for no stop, is plan"
    limited = _of("2.1.331", "five_hour")
    assert "off by" in conclude(replace(plan, seen=limited, resets_at=one.resets_at + 7200)).fault
    assert conclude(replace(plan, cell=replace(plan.cell, scenario="answer"), seen=limited)).fault


def _of(release: str, scenario: str) -> Mapping[str, Any]:
    cell = Cell(scenario, "first request", STREAM)
    return next(one.seen for one in RELEASES[release].recordings if one.cell == cell)
