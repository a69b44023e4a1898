"""What the drill found about a claude is kept with the very program that it was found about."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

import pytest

from claude_fallback.memory import verdicts
from claude_fallback.memory.verdicts import Verdict

AT = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "claude"
    path.write_text("one")
    return str(path)


def kept(path: str, environ: dict[str, str], **modes: str) -> Verdict:
    verdict = Verdict("2.1.330", AT, modes)
    verdicts.keep(path, verdict, environ, print)
    return verdict


def test_kept(program: str, environ: dict[str, str], tmp_path: Path) -> None:
    """It is found again, by a link too, for its release or for any."""
    verdict = kept(program, environ, text="", json="no switch")
    (tmp_path / "link").symlink_to(program)
    assert verdicts.of(program, environ) == verdict
    assert verdicts.of(str(tmp_path / "link"), environ, "2.1.330") == verdict
    assert verdicts.of(program, environ, "2.1.331") is None
    assert os.stat(verdicts.file(environ)).st_mode & 0o777 == 0o600


def test_another_program(program: str, environ: dict[str, str]) -> None:
    """A file that has changed since, or is gone, has no verdict."""
    kept(program, environ, text="")
    Path(program).write_text("another one")
    assert verdicts.of(program, environ) is None
    Path(program).unlink()
    assert verdicts.of(program, environ) is None


def test_another_version_of_ours(
    program: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an older version of ours found, ours has to find itself."""
    kept(program, environ, text="")
    monkeypatch.setattr(verdicts, "__version__", "9.9.9")
    assert verdicts.of(program, environ) is None


def test_the_newest_are_kept(program: str, environ: dict[str, str], tmp_path: Path) -> None:
    """The file stays small, and a program's newer verdict replaces the older one."""
    kept(program, environ, text="")
    for number in range(verdicts._KEPT):
        path = tmp_path / str(number)
        path.write_text("x")
        kept(str(path), environ, text="")
        kept(str(path), environ, text="no")
    assert verdicts.of(program, environ) is None
    newest = verdicts.of(str(tmp_path / "0"), environ)
    assert newest
    assert not newest.passed


@pytest.mark.parametrize(
    ("modes", "passed", "line"),
    [
        ({"text": "", "json": ""}, True, "claude 2.1.330: verified 2026-11-22 (text, json)"),
        ({"text": "", "json": "no"}, False, "claude 2.1.330: failed the drill 2026-11-22: json: no"),
        ({}, False, "claude 2.1.330: failed the drill 2026-11-22: it broke off"),
    ],
)
def test_line(modes: dict[str, str], passed: bool, line: str) -> None:
    """One line for `status` and `doctor`."""
    verdict = Verdict("2.1.330", AT, modes)
    assert (verdict.passed, verdict.line()) == (passed, line)


@pytest.mark.parametrize("text", ["{torn", "[]", '{"verdicts": 3}', '{"verdicts": {"x": 3}}'])
def test_a_torn_file(program: str, environ: dict[str, str], text: str) -> None:
    """It is as if there was none."""
    path = Path(verdicts.file(environ))
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert verdicts.of(program, environ) is None
