"""Which gateways a prompt does not go back to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from claude_fallback.gateway import record
from claude_fallback.gateway.chain import Link
from claude_fallback.gateway.record import Running
from claude_fallback.gateway.target import Target
from claude_fallback.memory.settings import Settings
from claude_fallback.run import revival

LITELLM, OTHER = Link(), Link("custom")
TARGET = Target("http://127.0.0.1:1", "sk-made-up", None, Settings(), private=True, link=LITELLM)
ALIVE = Running("http://127.0.0.1:1", "sk-made-up", 1, "", "config.yaml")


@pytest.mark.parametrize(
    ("links", "target", "runs", "left_out"),
    [
        ([LITELLM], TARGET, ALIVE, [LITELLM]),
        ([LITELLM], TARGET, None, []),
        ([LITELLM], TARGET, replace(ALIVE, key="sk-of-another-start"), []),
        ([OTHER, LITELLM], TARGET, None, [OTHER]),
        ([LITELLM, LITELLM], TARGET, None, [LITELLM, LITELLM]),
        ([LITELLM], replace(TARGET, private=False), None, [LITELLM]),
    ],
    ids=[
        "it runs",
        "it has ended",
        "the next one runs",
        "in a chain",
        "for the second time",
        "somebody else's",
    ],
)
def test_tried(
    monkeypatch: pytest.MonkeyPatch, links: list[Link], target: Target, runs: Running | None,
    left_out: list[Link],
) -> None:  # fmt: skip
    monkeypatch.setattr(record, "running", lambda _: runs)
    assert revival.tried(links, target, {}) == left_out
