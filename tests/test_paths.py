"""Where things lie."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from claude_fallback import paths


@pytest.mark.parametrize("place", [paths.home, paths.state_file, paths.config_file, paths.data_dir])
def test_a_user_without_a_home(place: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """No HOME and nobody in the password database, as in a container: no folder `~` of the project is read,
    where a stranger may have put an endpoint for our key."""
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 987654321)
    assert os.path.isabs(place({}))
