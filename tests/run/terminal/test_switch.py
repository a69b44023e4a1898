"""The gateway for a session: the first of the chain that is ready, and that the session fits."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from claude_fallback import paths
from claude_fallback.gateway import capacity
from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.memory import settings, store
from claude_fallback.rehearsal.server import StandIn
from claude_fallback.run.gateway_route import GatewayRoute
from claude_fallback.run.invocation import Invocation
from claude_fallback.run.terminal import switch
from claude_fallback.run.terminal.departure import Switch
from claude_fallback.run.terminal.leg import Command

SESSION = "21e73911-690e-4e29-afe1-595db6e244ad"
MODEL = "claude-opus-4-8"
TARGET = SimpleNamespace(base_url="http://127.0.0.1:1", place="LiteLLM", private=False)
SIZES = {"llama3.1-8b": 32_000, "qwen2.5-coder": 200_000}


class Told:
    """`prepare` for a session in which claude said that its last request had so many tokens."""

    def __init__(
        self, environ: dict[str, str], gateway: StandIn, tokens: int, *later: dict[str, Any]
    ) -> None:
        self.environ, self.lines = {**environ, "LITELLM_API_KEY": "sk-made-up-0123456789"}, list[str]()
        folder = Path(paths.config_dir(environ), "projects", "-work")
        folder.mkdir(parents=True)
        said = {"type": "assistant", "message": {"usage": {"input_tokens": tokens}}}
        rows = b"".join(json.dumps(row).encode() + b"\n" for row in (said, *later))
        (folder / f"{SESSION}.jsonl").write_bytes(rows)
        self.configure(litellm_endpoint=gateway.url)

    def configure(self, **values: object) -> None:
        Path(paths.config_file(self.environ)).write_text(json.dumps(values))

    def prepare(self, prompt: str = "hello") -> GatewayRoute:
        command = Command(os.path.join(self.environ["HOME"], "claude"), Invocation([]), self.environ)
        wanted = settings.load(self.environ)
        stopped = switch.Stopped(SESSION, MODEL, prompt)
        return switch.prepare(command, stopped, wanted, (), self.lines.append)


@pytest.fixture
def told(
    environ: dict[str, str], anthropic: Callable[..., StandIn], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Told]:
    monkeypatch.setattr(capacity, "contexts", lambda *_, **__: SIZES)
    gateway = anthropic("never", models=tuple(SIZES))
    return lambda *rest: Told(environ, gateway, *rest)


def test_the_model_in_use_is_mapped(told: Callable[..., Told]) -> None:
    """A session that fits goes to the model for what claude last used, without a word."""
    there = told(1000)
    assert (there.prepare().model, there.lines) == ("llama3.1-8b", [])


@pytest.mark.parametrize(("tokens", "prompt"), [(100_000, "hello"), (1000, "word " * 10_000)])
def test_too_large_for_its_model(told: Callable[..., Told], tokens: int, prompt: str) -> None:
    """By what was said before, or by the prompt alone: the next larger model takes it, in one line."""
    there = told(tokens)
    assert there.prepare(prompt).model == "qwen2.5-coder"
    (line,) = there.lines
    assert "too many for llama3.1-8b (32,000)" in line


def test_too_large_for_every_model(told: Callable[..., Told]) -> None:
    """No switch; the reason says what would help."""
    with pytest.raises(capacity.NoRoomError, match=r"largest model, qwen2\.5-coder, takes 200,000; a larger"):
        told(190_000).prepare()


def test_a_gateway_without_room_is_well(told: Callable[..., Told], anthropic: Callable[..., StandIn]) -> None:
    """The next link takes the session; the first is not left alone for it: another session may fit."""
    there, other = told(190_000), anthropic("never", models=("other-model",))
    there.environ["CUSTOM_API_KEY"] = "sk-other-0123456789"
    document = json.loads(Path(paths.config_file(there.environ)).read_text())
    custom = {"custom": {"endpoint": other.url, "preferred_model": "other-model"}}
    there.configure(**document, fallback_chain=["litellm", "custom"], adapters=custom)
    assert there.prepare().model == "other-model"
    (line,) = there.lines
    assert line.startswith("litellm is not ready: this session has about 190,0")
    assert not os.path.exists(paths.state_file(there.environ))


def test_compacted(told: Callable[..., Told]) -> None:
    """What was said before it was compacted is not sent again."""
    summary = {"type": "user", "isCompactSummary": True, "message": {"content": "all of it"}}
    there = told(190_000, summary)
    assert (there.prepare().model, there.lines) == ("llama3.1-8b", [])


@pytest.mark.parametrize("before", [None, "a gateway"])
def test_only_a_limit_of_native_connects(environ: dict[str, str], before: object) -> None:
    """Later runs start on the gateway because native is limited; that a gateway was says nothing of them."""
    resets = datetime.now(timezone.utc) + timedelta(hours=1)
    plan, route = Limit(Kind.PLAN, "limit", "five_hour", resets), SimpleNamespace(model="qwen", target=TARGET)
    switch.remember(Switch(plan, cast(Any, route), before=cast(Any, before)), SESSION, environ, [])
    assert store.read(paths.state_file(environ)).get("connected") == (None if before else True)
