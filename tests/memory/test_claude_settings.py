"""claude's own settings files, as claude reads them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from claude_fallback import paths
from claude_fallback.memory import claude_settings


@pytest.mark.parametrize("knows_flag", [True, False])
def test_unbeatable(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knows_flag: bool
) -> None:
    """Managed settings (a file, its drop-ins, the organisation's) beat a --settings file; where claude knows
    no such flag, every settings file does.
    Files that are missing, empty or no JSON beat nothing."""
    managed, drop_in = tmp_path / "managed-settings.json", tmp_path / "managed-settings.d" / "9.json"
    managed.write_text('{"apiKeyHelper": "cat key"}')
    drop_in.parent.mkdir()
    drop_in.write_text('{"env": {"A": "1"}}')
    monkeypatch.setattr(claude_settings, "_MANAGED", (str(tmp_path), str(tmp_path / "gone")))
    project = tmp_path / "project" / ".claude"
    project.mkdir(parents=True)
    (project / "settings.json").write_text('{"model": "opus"}')
    (project / "settings.local.json").write_text("{")
    config = Path(paths.config_dir(environ))
    config.mkdir()
    (config / "settings.json").write_text('{"env": {}}')
    (config / "remote-settings.json").write_text('{"model": "opus"}')
    monkeypatch.chdir(project.parent)
    found = dict(claude_settings.unbeatable(environ, knows_flag))
    files = [] if knows_flag else [str(config / "settings.json"), str(project / "settings.json")]
    assert list(found) == [str(config / "remote-settings.json"), str(managed), str(drop_in), *files]
    assert found[str(managed)] == {"apiKeyHelper": "cat key"}


@pytest.fixture
def places(environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Where each kind of settings file lies; the working folder is the project."""
    project, config = tmp_path / "project" / ".claude", Path(paths.config_dir(environ))
    managed = tmp_path / "etc"
    for folder in (project, config, managed):
        folder.mkdir(parents=True)
    monkeypatch.setattr(claude_settings, "_MANAGED", (str(managed),))
    monkeypatch.chdir(project.parent)
    return {
        "user": config / "settings.json",
        "project": project / "settings.json",
        "local": project / "settings.local.json",
        "managed": managed / "managed-settings.json",
    }


@pytest.mark.parametrize(
    ("kinds", "winner"),
    [
        ([], "shell"),
        (["user"], "user"),
        (["user", "project"], "project"),
        (["project", "local"], "local"),
        (["user", "local", "flag"], "flag"),
        (["user", "flag", "managed"], "managed"),
    ],
)
def test_order(environ: dict[str, str], places: dict[str, Path], kinds: list[str], winner: str) -> None:
    """Each beats the one before; what none of them names stays as the shell has it."""
    for kind in kinds:
        if kind != "flag":
            places[kind].write_text(json.dumps({"env": {"HTTPS_PROXY": kind, "N": 7}}))
    flag: dict[str, object] = {"env": {"HTTPS_PROXY": "flag"}} if "flag" in kinds else {}
    found = claude_settings.environment({**environ, "HTTPS_PROXY": "shell"}, flag, folder=True)
    assert found == {**environ, "HTTPS_PROXY": winner}


def test_a_folder_that_nobody_trusts_yet(environ: dict[str, str], places: dict[str, Path]) -> None:
    """sets nothing; nor must it be there at all."""
    for kind in ("project", "local"):
        places[kind].write_text('{"env": {"HTTPS_PROXY": "http://elsewhere"}}')
    assert claude_settings.environment(environ) == environ
    shutil.rmtree(places["project"].parent.parent)
    assert claude_settings.environment(environ) == environ
