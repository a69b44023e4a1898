"""Where things lie."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_fallback import paths


@pytest.mark.parametrize("place", [paths.home, paths.state_file, paths.config_file, paths.data_dir])
def test_a_user_without_a_home(place: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """No HOME and nobody in the password database, as in a container: no folder `~` of the project is read,
    where a stranger may have put an endpoint for our key."""
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 987654321)
    assert os.path.isabs(place({}))


def test_a_folder_of_ours_is_private(tmp_path: Path) -> None:
    """What is made on the way to it, too; what was there stays as it is."""
    (tmp_path / "there").mkdir(mode=0o755)
    for _ in range(2):
        paths.make(str(tmp_path / "there" / "share" / "ours"))
    modes = [
        (tmp_path / place).stat().st_mode & 0o777 for place in ("there", "there/share", "there/share/ours")
    ]
    assert modes == [0o755, 0o700, 0o700]


def test_a_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "ours").write_text("a note")
    for place in ("ours", "ours/below"):
        with pytest.raises(NotADirectoryError, match=r"ours'$"):
            paths.make(str(tmp_path / place))
