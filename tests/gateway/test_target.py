"""Where a run on the gateway goes, and that it never goes there without a key."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from claude_fallback import paths
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import record, target
from claude_fallback.memory.connection import Connection
from claude_fallback.memory.settings import Settings

NOW = datetime(2026, 11, 23, tzinfo=timezone.utc)


def test_endpoint_with_its_key(environ: dict[str, str]) -> None:
    """The configured endpoint and the key of the configured variable; no slash or /v1 at the end."""
    settings = Settings(endpoint="https://llm.example/v1/", api_key_env="MY_KEY")
    there = target.resolve(settings, {**environ, "MY_KEY": "sk-1"})
    assert (there.base_url, there.key, there.key_env) == ("https://llm.example", "sk-1", "MY_KEY")
    assert not there.private
    assert "sk-1" not in repr(there)


@pytest.mark.parametrize("key", [{}, {"LITELLM_API_KEY": ""}])
def test_endpoint_without_a_key(environ: dict[str, str], key: dict[str, str]) -> None:
    """Without a key claude would send its own login to that host: refused, with what to type."""
    with pytest.raises(FallbackError, match="export LITELLM_API_KEY=KEY"):
        target.resolve(Settings(endpoint="https://llm.example"), {**environ, **key})


def test_own_litellm_only_with_a_key(environ: dict[str, str]) -> None:
    """localhost:4000 is used when there is a key for it, and only then."""
    there = target.resolve(Settings(), {**environ, "LITELLM_API_KEY": "sk-1"})
    assert there.base_url == "http://localhost:4000"
    with pytest.raises(FallbackError, match="claude-fallback for litellm start"):
        target.resolve(Settings(), environ)


def test_private(environ: dict[str, str]) -> None:
    """The private LiteLLM that runs, with the key of its record."""
    os.makedirs(paths.gateway_dir(environ))
    me = os.getpid()
    record.write(environ, record.Running("http://127.0.0.1:5", "sk-cf-x", me, record.birth(me), "c"))
    there = target.resolve(Settings(), environ)
    assert (there.base_url, there.key, there.private) == ("http://127.0.0.1:5", "sk-cf-x", True)
    assert target.ready(Settings(), environ) == there


def test_not_installed(environ: dict[str, str]) -> None:
    """`ready` installs nothing: it says which command does. Nothing is left behind but a lock."""
    with pytest.raises(FallbackError, match=r"not installed yet.*claude-fallback for litellm start"):
        target.ready(Settings(), environ)
    assert not os.path.exists(paths.litellm_env(environ))


def test_models(environ: dict[str, str]) -> None:
    """The settings choose the model, unless this connection named one."""
    room = {**environ, "LITELLM_API_KEY": "sk-1"}
    assert target.resolve(Settings(), room).model_for("opus") == "llama3.1-8b"
    connection = Connection(NOW, "manual", NOW, "mine")
    assert target.resolve(Settings(), room, connection).model_for("opus") == "mine"
    connection = replace(connection, model=None)
    assert target.resolve(Settings(), room, connection).model_for(None) == "qwen2.5-coder"


def test_check_speaks_of_the_right_remedy(environ: dict[str, str]) -> None:
    """What mends a dead endpoint of the user's is not our `start`."""
    there = target.resolve(Settings(endpoint="http://127.0.0.1:1"), {**environ, "LITELLM_API_KEY": "k"})
    health = there.check(None)
    assert not health.alive
    assert "config set endpoint" in health.remedy
