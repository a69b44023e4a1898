"""Putting a draft into real releases: it lands whole, and nothing is submitted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from claude_fallback.rehearsal.server import StandIn
from claude_fallback.run.terminal.draft import has_landed, keys_for
from claude_fallback.run.terminal.screen import Screen

if TYPE_CHECKING:
    from tests.run.terminal.conftest import Terminals, Window

pytestmark = pytest.mark.claude

DRAFT = "a draft with 表, é and 👩‍💻\n  indented, two\nand " + "many words " * 90 + "end"


@pytest.fixture
def room(
    terminals: Terminals, anthropic: Callable[..., StandIn], clean_room: Callable[..., dict[str, str]]
) -> StandIn:
    """A home whose claude asks no first questions; the API that it talks to."""
    api = anthropic("Hello.")
    projects = {str(Path.cwd()): {"hasTrustDialogAccepted": True, "allowedTools": []}}
    settled = {"hasCompletedOnboarding": True, "theme": "dark", "projects": projects}
    Path(terminals.zoo.env["HOME"], ".claude.json").write_text(json.dumps(settled))
    terminals.zoo.env = clean_room(terminals.zoo.env, api.url)
    return api


def until(window: Window, screen: Screen, seen: Callable[[], object]) -> None:
    """Read what is shown until it is so."""
    while True:
        screen.output(bytes(window.shown))
        window.shown.clear()
        while not screen.catch_up():
            pass
        if seen():
            return
        window.read()


@pytest.mark.parametrize("version", ["1.0.60", "2.1.112", "2.1.330"])
def test_a_draft_lands(
    terminals: Terminals, room: StandIn, claude_release: Callable[[str], list[str]], version: str
) -> None:
    """Sent as soon as the session is ready, it stands in the box whole; Enter then sends just that."""
    window, screen = terminals.window(40, 100), Screen(40, 100)
    claude = terminals.start(window, claude_release(version))
    until(window, screen, screen.is_ready)
    window.type(keys_for(DRAFT, pastes=screen.pastes))
    until(window, screen, lambda: has_landed(DRAFT, screen.draft()))
    assert not room.record.main()
    window.type(b"\r")
    until(window, screen, lambda: screen.draft() == "" and room.record.main())
    claude.kill()
    sent = json.dumps(room.record.main()[0].messages, ensure_ascii=False)
    assert json.dumps(DRAFT, ensure_ascii=False).strip('"') in sent
