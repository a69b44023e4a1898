"""What a shell and a project say about switching."""

from __future__ import annotations

from pathlib import Path

import pytest

from claude_fallback.memory.settings import load


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, two below one with a file of the project's own."""
    (tmp_path / ".claude").mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    return tmp_path / ".claude" / "litellm_config.json"


def users(environ: dict[str, str], content: str) -> None:
    path = Path(environ["HOME"], ".claude", "litellm_config.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)


@pytest.mark.parametrize(
    ("users_own", "projects", "variable", "expected"),
    [
        ("true", "false", None, False),
        ("true", '"ask"', None, "ask"),
        ('"ask"', "true", None, "ask"),
        ("false", "true", None, False),
        ("true", "5", None, False),
        ("false", "false", "on", True),
        ("true", "true", "ask", "ask"),
        ("true", "true", "strange", True),
    ],
)
def test_who_decides(  # noqa: PLR0917
    environ: dict[str, str],
    project: Path,
    users_own: str,
    projects: str,
    variable: str | None,
    expected: object,
) -> None:
    """The variable beats all; a project can make its user's choice more careful, never bolder."""
    users(environ, f'{{"auto_fallback_enabled": {users_own}}}')
    project.write_text(f'{{"auto_fallback_enabled": {projects}}}')
    wanted = {**environ, **({"CLAUDE_FALLBACK": variable} if variable else {})}
    assert load(wanted, lambda _: None).auto_fallback == expected


def test_a_project_can_set_nothing_else(environ: dict[str, str], project: Path) -> None:
    """A checkout from somewhere cannot send work to its own gateway, or start its own claude."""
    project.write_text('{"litellm_endpoint": "http://evil.example", "claude_path": "/tmp/evil"}')
    assert (load(environ).endpoint, load(environ).claude_path) == (None, None)


def test_a_broken_project_file_is_told_and_left_alone(environ: dict[str, str], project: Path) -> None:
    """It is not ours to mend; until it can be read nothing is switched there."""
    project.write_text("{")
    told: list[str] = []
    assert load(environ, told.append).auto_fallback is False
    assert str(project) in told[0]
    assert project.read_text() == "{"
    assert [path.name for path in project.parent.iterdir()] == ["litellm_config.json"]


def test_the_home_is_no_project(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """In the home the project's file would be the user's own; it counts once, as that."""
    users(environ, '{"auto_fallback_enabled": true}')
    monkeypatch.chdir(environ["HOME"])
    assert load(environ).auto_fallback is True
