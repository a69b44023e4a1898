"""What users type and pipe in may be anything."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from claude_fallback.admin import usage
from claude_fallback.errors import UsageError
from claude_fallback.memory import settings_edit

BEGAN = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)
Environ = dict[str, str]


@pytest.fixture
def environ(tmp_path: Path) -> Environ:
    return {"HOME": str(tmp_path), "PATH": os.defpath, "CLAUDE_FALLBACK_DATA": str(tmp_path / "data")}


def test_amount_beyond_json() -> None:
    """`config show` broke on it."""
    from claude_fallback.memory.values import amount

    with pytest.raises(ValueError, match="dollars"):
        amount(1e300)


def test_empty_path(environ: Environ) -> None:
    """It became the folder that the command was typed in."""
    with pytest.raises(UsageError, match="absolute path"):
        settings_edit.assign(environ, "claude-path", "")


def test_usage_since_the_first_year() -> None:
    start = cast("Callable[..., datetime]", usage._start)(BEGAN, 30, datetime(1, 1, 1))
    assert start.date() == date(1971, 1, 1)


def test_prompt_that_is_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    from claude_fallback.admin import run

    piped = SimpleNamespace(isatty=lambda: False, buffer=SimpleNamespace(read=lambda: b"caf\xe9"))
    monkeypatch.setattr("sys.stdin", piped)
    assert run._piped() == "caf\ufffd"
