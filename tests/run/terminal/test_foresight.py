"""claude's warning that the limit is near: seen on its screen, and heeded once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_fallback.limits.catalogue import WORDINGS
from claude_fallback.limits.harmless_wordings import LIMIT_IS_NEAR
from claude_fallback.limits.wording import Wording
from claude_fallback.run.terminal import footer, foresight
from claude_fallback.run.terminal.foresight import Foresight
from claude_fallback.run.terminal.picture import Picture, Row
from tests.run.terminal.stopped import Rest

OTHERS = [wording for wording in WORDINGS if wording not in LIMIT_IS_NEAR]


def drawn(*, above: str = "", below: str = "", said: str = "", columns: int = 100) -> Picture:
    box = ["─" * columns, "❯ Approaching usage limit", "─" * columns]
    lines = [f"● {said}", "", above, *box, f"  ? for shortcuts      {below}"]
    return Picture(tuple(Row(line) for line in lines), columns)


@pytest.mark.parametrize("wording", LIMIT_IS_NEAR, ids=lambda wording: wording.template[:40])
def test_seen_beside_the_box(wording: Wording) -> None:
    """Above it and below it (1.0.60 writes it there, at the right), also when the edge cuts it off; never in
    the conversation or a draft."""
    for text in (wording.example, wording.example[:40]):
        assert footer.limit_is_near(drawn(below=text))
        assert footer.limit_is_near(drawn(above=f"   {text}"))
    assert not footer.limit_is_near(drawn(said=wording.example))
    assert not footer.limit_is_near(Picture((Row(wording.example),), 100))


@pytest.mark.parametrize("wording", OTHERS, ids=lambda wording: wording.template[:40])
def test_nothing_else_is_a_warning(wording: Wording) -> None:
    """Limits, menus and hints start nothing."""
    assert not footer.limit_is_near(drawn(above=wording.example, below=wording.example))


def test_once_a_session(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the warning stands there; and nobody looks for it afterwards."""
    started: list[dict[str, str]] = []

    def start(given: dict[str, str]) -> int:
        started.append(given)
        return 0

    monkeypatch.setattr(foresight, "start_soon", start)
    found = Foresight(environ)
    found.look(Rest())
    assert started == []
    for _ in range(3):
        found.look(Rest(limit_is_near=True))
    assert started == [environ]


def test_who_starts_it_is_no_zombie(
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    wait_for: Callable[[Callable[[], bool]], None],
) -> None:
    """It ends long before the session does."""
    pid = os.posix_spawn("/bin/true", ["true"], {})
    monkeypatch.setattr(foresight, "start_soon", lambda _: pid)
    Foresight(environ).look(Rest(limit_is_near=True))
    wait_for(lambda: not Path(f"/proc/{pid}").exists())
