"""Providers whose key is in the environment."""

from __future__ import annotations

from claude_fallback.gateway import hosted
from claude_fallback.gateway.hosted import HOSTED
from claude_fallback.gateway.service_config import encode, generate
from claude_fallback.memory.settings import Settings


def test_keys_by_reference() -> None:
    """A provider's key is named in the configuration, never copied into it; an empty variable is no key."""
    backends = list(hosted.backends({"OPENAI_API_KEY": "sk-secret", "GEMINI_API_KEY": ""}, False))
    assert [backend.names for backend in backends] == [("gpt-5.4-mini",)]
    text = encode(generate(Settings(), backends)).decode()
    assert "os.environ/OPENAI_API_KEY" in text and "sk-secret" not in text


def test_every_provider() -> None:
    """Each key that is there gives one model, in the order of the table, under a name without slashes."""
    backends = list(hosted.backends({row.variable: "k" for row in HOSTED}, False))
    assert [backend.params["model"] for backend in backends] == [row.model for row in HOSTED]
    assert all("/" not in backend.names[0] for backend in backends)
    assert len({backend.names for backend in backends}) >= len(HOSTED) - 1  # two providers of one open model


def test_anthropics_key_is_asked_for() -> None:
    """ANTHROPIC_API_KEY bills, and may lie there for another program: it is used only when that is wanted."""
    environ = {"ANTHROPIC_API_KEY": "sk-ant"}
    assert not list(hosted.backends(environ, False))
    (backend,) = hosted.backends(environ, True)
    assert backend.params["api_key"] == "os.environ/ANTHROPIC_API_KEY"
