"""A print run's own faults."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from claude_fallback.limits.watch import TextWatch
from claude_fallback.run import print_run, switching


def test_a_fault_of_ours_is_told(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A limited run that could not be carried on by our fault: claude's words stand, the user knows why."""

    def broken(*_: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(switching, "next_leg", broken)
    run: Any = SimpleNamespace(environ=environ)
    child: Any = SimpleNamespace(ended=1)
    assert print_run._next_leg(run, child, TextWatch()) is None
    assert capfd.readouterr().err.count("a bug of claude-fallback, claude's own words stand") == 1
