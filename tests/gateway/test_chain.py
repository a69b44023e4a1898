"""Which gateway is next."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from claude_fallback.gateway.chain import Link, links, next_link, rest_after
from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.memory import rests, store
from claude_fallback.memory.rests import Rest
from claude_fallback.memory.settings import Settings
from claude_fallback.paths import state_file

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=timezone.utc)
A, B, C = Link("openrouter"), Link("litellm", "qwen2.5:7b"), Link("anthropic", "claude-sonnet-5")


def state(**until: str) -> dict[str, object]:
    return {"gateways": {name: {"resting_until": time, "why": "429"} for name, time in until.items()}}


@pytest.mark.parametrize(
    ("words", "chain"),
    [
        ((), (Link(),)),
        (("openrouter", "qwen2.5:7b", "anthropic:claude-sonnet-5"), (A, B, C)),
        (("litellm:ollama", "ollama"), (Link("litellm", "ollama"), Link("ollama"))),
        (("nobody:x",), (Link("litellm", "nobody:x"),)),
    ],
)
def test_links(words: tuple[str, ...], chain: tuple[Link, ...]) -> None:
    """An adapter, an adapter's model, or a model of LiteLLM's; without a chain LiteLLM alone."""
    settings = Settings(fallback_chain=words)
    assert links(settings, ("litellm", "openrouter", "anthropic", "ollama")) == chain


def test_in_order_and_each_once() -> None:
    """The first that was not tried; none when all were."""
    tried: list[Link] = []
    while link := next_link((A, B, C), {}, NOW, tried).link:
        tried.append(link)
    assert tried == [A, B, C]


def test_one_that_rests_is_skipped_and_told() -> None:
    """The next one is taken; when its time is over it is the first again."""
    resting = state(openrouter="2026-11-25T12:10:00Z")
    choice = next_link((A, B, C), resting, NOW, ())
    assert choice.link == B
    assert choice.skipped == ((A, Rest(NOW + timedelta(minutes=10), "429")),)
    assert next_link((A, B, C), resting, NOW + timedelta(minutes=10), ()).link == A


def test_when_all_rest_the_first_to_wake_is_asked() -> None:
    """A question costs two seconds at most, no question costs the run."""
    all_of_them = {A.name: "2026-11-25T13:00:00Z", B.name: "2026-11-25T12:01:00Z"}
    assert next_link((A, B), state(**all_of_them), NOW, ()).link == B
    assert next_link((A,), state(**all_of_them), NOW, ()).link == A


@pytest.mark.parametrize("kept", [{}, {"gateways": 1}, {"gateways": {"openrouter": "soon"}},
                                  {"gateways": {"openrouter": {"resting_until": "soon"}}}])  # fmt: skip
def test_odd_states(kept: dict[str, object]) -> None:
    """What another hand wrote into the state stops nobody."""
    assert next_link((A, B), kept, NOW, ()).link == A


@pytest.mark.parametrize(
    ("kind", "resets_in", "minutes"),
    [
        (Kind.PLAN, timedelta(hours=3), 180),
        (Kind.SPEND, None, 60),
        (Kind.SPEND, timedelta(hours=-1), 60),
        (Kind.SPEND, timedelta(days=400), 7 * 24 * 60),
        (Kind.THROTTLE, None, 2),
        (Kind.LOGIN, None, 5),
        (Kind.SERVER, None, 1),
        (Kind.UNKNOWN, None, 1),
    ],
)
def test_rest_after(kind: Kind, resets_in: timedelta | None, minutes: int) -> None:
    """Until the reset that it named, else as long as that kind of trouble lasts; a week at most."""
    resets = NOW + resets_in if resets_in is not None else None
    assert rest_after(Limit(kind, "x", None, resets), NOW) == NOW + timedelta(minutes=minutes)


def test_kept_between_runs(environ: dict[str, str]) -> None:
    """A rest is in the state file, its reason redacted, what else is there untouched; an answer ends it."""
    store.record(state_file(environ), lambda document: document.update(mine=1, gateways={"x": {"own": 2}}))
    rests.put_to_rest(environ, A.name, Rest(NOW + timedelta(hours=1), "key sk-0123456789 \x1b[31m"))
    kept = store.read(state_file(environ))
    found = rests.resting(kept, A.name, NOW)
    assert found is not None and "sk-0" not in found.why and "\x1b" not in found.why
    assert kept["mine"] == 1
    rests.forget(kept, A.name)
    assert kept["gateways"] == {"x": {"own": 2}}
