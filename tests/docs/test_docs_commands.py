"""Commands, settings and variables that the documentation names."""

from __future__ import annotations

import re

import click
import pytest

from claude_fallback.admin.group import ACTIONS, litellm
from claude_fallback.memory.settings import KEYS
from tests.docs import reading

_OURS = re.compile(r"\b(?:claude-fallback|claude) for [a-z]+ ([^`|;,&]+)")
_SPECIAL = {"add-model-mapping", "remove-model-mapping", "reset-costs"}  # of `config set`
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\bCLAUDE_FALLBACK\b|\bTZ\b|\bCI\b")

# Read by the code, and no business of a user's: the machine's own, or what we set for claude ourselves.
_UNTOLD = {"HOME", "PATH", "TERM", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "SHELL", "ZDOTDIR", "no_proxy",
           "ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN",
           # what we tell our own LiteLLM
           "CLAUDE_FALLBACK_IDLE", "CLAUDE_FALLBACK_KEEPS", "CLAUDE_FALLBACK_LOG",
           "CLAUDE_FALLBACK_RUNS", "CLAUDE_FALLBACK_SILENCE", "CLAUDE_FALLBACK_USAGE"}  # fmt: skip


def command(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words begin with, and the words behind it."""
    found: click.Command = litellm
    while isinstance(found, click.Group) and words:
        inner = found.get_command(click.Context(found), words[0])
        assert inner is not None, f"there is no {words[0]!r}"
        found, words = inner, words[1:]
    return found, words


def typed(page: str) -> list[str]:
    """What follows `for litellm`, or another adapter, wherever the page names one of our commands."""
    return [found.strip() for line in reading.code(page) for found in _OURS.findall(line) if found[0] != "…"]


def keys(words: list[str]) -> list[str]:
    """The settings that words name, placeholders aside."""
    if len(words) < 3 or words[0] != "config" or words[2].isupper():
        return []
    return words[2:3]


@pytest.mark.parametrize("page", reading.OWN_WORDS)
def test_every_named_command_exists(page: str) -> None:
    """Each action, each of its options and each setting that a page tells to type is there."""
    known = {key.name for key in KEYS} | _SPECIAL
    for line in typed(page):
        words = line.split()
        found, rest = command(words)
        options = {name for parameter in found.params for name in (*parameter.opts, "--help")}
        assert all(word in options for word in rest if re.match(r"--?[a-z]", word)), line
        assert set(keys(words)) <= known, line


def test_readme_names_commands_at_all() -> None:
    """The test above reads what it means to read."""
    assert len(typed("README.md")) > 15


def test_table_of_commands_is_whole() -> None:
    """The README's table names every action, and none that is not there."""
    table = reading.text("README.md").partition("| what it does |")[2].partition("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    named = {span.split()[0] for cell in cells for span in re.findall(r"`([^`]+)`", cell)}
    inner = set(litellm.get_command(click.Context(litellm), "config").commands)  # type: ignore[union-attr]
    assert named - inner == set(ACTIONS)
    assert inner <= named | {"show"}


def test_variables_of_the_readme_are_read() -> None:
    """No variable is documented that the code does not know."""
    product = "".join(text for _, text in reading.sources())
    named = {name for line in reading.code("README.md") for name in _VARIABLE.findall(line)}
    assert {name for name in named if name not in product} == set()


def test_variables_that_are_read_are_in_the_readme() -> None:
    """Whatever of the environment steers us is documented."""
    product = "".join(text for _, text in reading.sources())
    read = set(re.findall(r"environ(?:\.get\(|\[)[\"'](\w+)[\"']", product))
    read |= set(re.findall(r"[\"'](CLAUDE_FALLBACK\w*)[\"']", product))
    named = set(_VARIABLE.findall("\n".join(reading.code("README.md"))))
    assert read - _UNTOLD - named == set()
    assert "CLAUDE_CONFIG_DIR" in read
