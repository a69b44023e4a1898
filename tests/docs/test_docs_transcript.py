"""The README's transcripts, typed one after the other on a machine whose claude is limited."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_fallback.gateway import service
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from tests.docs import reading

RESET_IN = 3 * 3600 + 11 * 60  # seconds, as in the README

_VARYING = (
    (r"http://127\.0\.0\.1:\d+", "ADDRESS"),
    (r"\b\d+ (?:d|h|min|s)\b(?: \d+ (?:h|min)\b)?", "SPAN"),
    (r"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d \w{3} )?\d\d:\d\d\b", "TIME"),
    (r"\b\d{1,2}(?::\d\d)?(?:am|pm)\b", "TIME"),
)


def shape(lines: list[str]) -> list[str]:
    """Without times, ports, and claude's remark on a model's name, which comes once or twice."""
    kept = [line for line in lines if not line.startswith("[claude-code:")]
    for pattern, name in _VARYING:
        kept = [re.sub(pattern, name, line) for line in kept]
    return kept


@pytest.mark.claude
def test_transcripts_are_what_runs(  # noqa: PLR0917  # fixtures
    environ: dict[str, str],
    tmp_path: Path,
    anthropic: Callable[..., StandIn],
    clean_room: Callable[..., dict[str, str]],
    claude_release: Callable[[str], list[str]],
    private_litellm: service.Running,
) -> None:
    """A reader who types what stands in the README sees what stands in the README."""
    assert private_litellm.ready
    work, programs = tmp_path / "work", tmp_path / "bin"
    work.mkdir()
    programs.mkdir()
    (programs / "claude").symlink_to(claude_release("2.1.330")[-1])
    (programs / "claude-fallback").symlink_to(Path(sys.executable).parent / "claude-fallback")
    api = anthropic([limit("five_hour", int(time.time()) + RESET_IN)])
    room = {**clean_room(environ, api.url), "TZ": "Europe/Berlin", "PATH": f"{programs}:{os.environ['PATH']}"}
    for shown in reading.transcript("README.md"):
        done = subprocess.run(
            shlex.split(shown.command), env=room, cwd=work, timeout=120, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert shape(done.stdout.decode().splitlines()) == shape(list(shown.lines)), shown.command


def test_the_readme_shows_the_main_job() -> None:
    """The first transcripts are claude alone, then the same prompt through us."""
    first, second, third = (shown.command for shown in reading.transcript("README.md")[:3])
    assert first.removeprefix("claude ") == second.removeprefix("claude-fallback ")
    assert third == "claude-fallback for litellm status"


def test_shape_keeps_what_matters() -> None:
    """Times and ports may vary, words and counts may not."""
    assert shape(["until 11:17, in 3 h 11 min"]) == shape(["until Tue 24 Nov 01:05, in 59 min"])
    assert shape(["2 handled, since 08:03 (1 s ago)"]) != shape(["1 handled, since 08:03 (1 s ago)"])
