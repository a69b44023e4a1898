"""Whether `claude` leads to us, read from the shell's start-up files."""

from __future__ import annotations

from pathlib import Path

import pytest

from claude_fallback.admin.checks import alias
from claude_fallback.admin.checks.finding import Mark


def put(home: str, name: str, text: str) -> None:
    path = Path(home, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("shell", "name", "text"),
    [
        ("/bin/bash", ".bashrc", "alias ll='ls -l'\n  alias claude=claude-fallback\n"),
        ("/bin/bash", ".bash_aliases", 'alias claude="claude-fallback --verbose"  # mine\n'),
        ("/bin/bash", ".bash_profile", 'claude() {\n  claude-fallback "$@"\n}\n'),
        ("/bin/zsh", ".zshrc", "alias -g claude=claude-fallback\n"),
        ("/usr/bin/zsh", ".zprofile", 'function claude { command claude-fallback "$@" }\n'),
        ("/usr/bin/fish", ".config/fish/config.fish", "alias claude claude-fallback\n"),
        ("/usr/bin/fish", ".config/fish/conf.d/mine.fish", "alias claude 'claude-fallback'\n"),
        (
            "/usr/bin/fish",
            ".config/fish/functions/claude.fish",
            "function claude --wraps=claude-fallback\n  claude-fallback $argv\nend\n",
        ),
        ("/bin/nu", ".zshrc", "alias claude=claude-fallback\n"),
    ],
)
def test_a_way_to_us(environ: dict[str, str], home: str, shell: str, name: str, text: str) -> None:
    """An alias or a function, where that shell reads it; the line says how to see it in an open shell."""
    environ |= {"SHELL": shell, "PATH": ""}
    put(home, name, text)
    found = alias.leads_to_us(environ)
    assert found.mark is Mark.OK
    assert found.said.startswith(f"in {home}/{name};") and "type claude" in found.said


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (("/bin/bash", ".zshrc", "alias claude=claude-fallback\n"), "nothing in your shell's start-up files"),
        (("/bin/bash", ".bashrc", "# alias claude=claude-fallback\n"), "nothing in your shell's"),
        (("/bin/bash", ".bashrc", "alias claude2=claude-fallback\n"), "nothing in your shell's"),
        (("/bin/bash", ".bashrc", "function claude-work { claude; }\n"), "nothing in your shell's"),
        (("/bin/bash", ".bashrc", "alias claude='cc-wrapper'\n"), "/.bashrc makes claude cc-wrapper"),
        (
            ("/bin/bash", ".bashrc", "alias claude=claude-fallback\nalias claude=/opt/claude\n"),
            "/.bashrc makes claude /opt/claude",
        ),
        (("/bin/zsh", ".zshrc", 'claude() { npx claude "$@"; }\n'), "/.zshrc makes claude { npx claude"),
    ],
)
def test_another_way(environ: dict[str, str], home: str, files: tuple[str, str, str], said: str) -> None:
    """Another shell's file, a comment, another name, another program, a later alias: none of it is ours."""
    shell, name, text = files
    environ |= {"SHELL": shell, "PATH": ""}
    put(home, name, text)
    found = alias.leads_to_us(environ)
    assert found.mark is Mark.WARN
    assert said in found.said
    assert "alias claude=claude-fallback" in found.remedy


@pytest.mark.parametrize(
    "line",
    [
        "source ~/.dotfiles/aliases",
        '. "$HOME/.dotfiles/aliases"',
        "[ -f ~/.dotfiles/aliases ] && . ~/.dotfiles/aliases",
    ],
)
def test_what_a_start_up_file_sources(environ: dict[str, str], home: str, line: str) -> None:
    """A file that is named by a plain path is read as well."""
    environ |= {"SHELL": "/bin/bash", "PATH": ""}
    put(home, ".bashrc", f"{line}\n")
    assert alias.leads_to_us(environ).mark is Mark.WARN
    put(home, ".dotfiles/aliases", "alias claude=claude-fallback\n")
    assert alias.leads_to_us(environ).said.startswith(f"in {home}/.dotfiles/aliases;")


def test_zsh_elsewhere(environ: dict[str, str], tmp_path: Path) -> None:
    """ZDOTDIR is where zsh looks."""
    environ |= {"SHELL": "/bin/zsh", "PATH": "", "ZDOTDIR": str(tmp_path)}
    put(str(tmp_path), ".zshrc", "alias claude=claude-fallback\n")
    assert alias.leads_to_us(environ).mark is Mark.OK


def test_nothing_is_started(environ: dict[str, str], home: str, tmp_path: Path) -> None:
    """The files are read, never run: they may do anything."""
    environ |= {"SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    mark = tmp_path / "ran"
    put(home, ".bashrc", f"touch {mark}\nalias claude=$(touch {mark})claude-fallback\n")
    alias.leads_to_us(environ)
    assert not mark.exists()
