"""Which gateway model answers for which Claude model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from claude_fallback.gateway.models import choose
from claude_fallback.memory.settings import Settings

DEFAULTS = Settings()


@pytest.mark.parametrize(
    ("asked", "answering"),
    [
        ("claude-3-5-sonnet", "qwen2.5-coder"),
        ("claude-3-5-sonnet-latest", "qwen2.5-coder"),
        ("claude-3-5-sonnet-20241022", "qwen2.5-coder"),
        ("claude-3-haiku", "qwen2.5"),
        ("claude-3-haiku-20241022", "qwen2.5"),
        ("claude-3-opus", "llama3.1-8b"),
        ("claude-3-opus-20240229", "llama3.1-8b"),
        ("claude-3-opus-latest", "llama3.1-8b"),
        ("claude-opus-4-8", "llama3.1-8b"),  # by family from here
        ("opus", "llama3.1-8b"),
        ("opusplan", "llama3.1-8b"),
        ("claude-haiku-4-5-20251001", "qwen2.5"),
        ("sonnet", "qwen2.5-coder"),
        ("claude-opus-4-8[1m]", "llama3.1-8b"),
        ("anthropic/claude-3-haiku", "qwen2.5"),
        ("Claude-3-Haiku", "qwen2.5"),
        ("claude-fable-5", "qwen2.5-coder"),  # no entry: preferred
        ("default", "qwen2.5-coder"),
        (None, "qwen2.5-coder"),
        ("", "qwen2.5-coder"),
    ],
)
def test_default_table(asked: str | None, answering: str) -> None:
    """Exact name, else family, else the preferred model; size and provider marks do not matter."""
    assert choose(asked, DEFAULTS) == answering


def test_override_beats_all() -> None:
    """A model named for this connection answers whatever claude asks for."""
    assert choose("claude-3-opus", DEFAULTS, "mine") == "mine"
    assert choose(None, DEFAULTS, "mine") == "mine"


def test_exact_beats_family_and_wildcard() -> None:
    """The more particular entry wins, in whatever order they were added."""
    table = {"*": "any", "opus": "family", "claude-opus-4-*": "pattern", "claude-opus-4-8": "exact"}
    settings = replace(DEFAULTS, model_mappings=table)
    assert choose("claude-opus-4-8[1m]", settings) == "exact"
    assert choose("claude-opus-5", settings) == "family"
    assert choose("claude-haiku-4-5", settings) == "any"


def test_nearest_entry_of_a_family() -> None:
    """Of several entries of a family the most alike counts, a wildcard among them; of equals the newest."""
    table = {"claude-3-opus": "old", "claude-opus-4-1": "new", "claude-opus-5*": "pattern"}
    settings = replace(DEFAULTS, model_mappings=table)
    assert choose("claude-opus-4-8", settings) == "new"
    assert choose("claude-opus-5-2", settings) == "pattern"
    assert choose("claude-opus-6", settings) == "new"
    assert choose("opus", settings) == "new"


def test_longest_wildcard() -> None:
    """A longer pattern is the more particular one; one that does not fit is not used."""
    settings = replace(DEFAULTS, model_mappings={"claude-*": "a", "claude-instant-*": "b", "gpt-*": "c"})
    assert choose("claude-instant-1", settings) == "b"
    assert choose("claude-2", settings) == "a"
    assert choose("other", settings) == "qwen2.5-coder"


def test_gateway_names_stay() -> None:
    """A name that is already the gateway's is not mapped a second time."""
    settings = replace(DEFAULTS, model_mappings={"*": "catch-all", "opus": "gpt-5"})
    assert choose("gpt-5", settings) == "gpt-5"
    assert choose("qwen2.5-coder", settings) == "qwen2.5-coder"
