"""Which limits lead to a switch, and which are remembered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.memory.settings import Settings
from claude_fallback.run import decide

# kind -> by default, with on_error too, with on_error only, remembered
TABLE = {
    Kind.PLAN: (True, True, False, True),
    Kind.SPEND: (True, True, False, True),
    Kind.CREDITS: (True, True, False, True),
    Kind.THROTTLE: (True, True, False, False),
    Kind.OVERLOAD: (False, True, True, False),
    Kind.SERVER: (False, True, True, False),
    Kind.ENTITLEMENT: (False, False, False, False),
    Kind.LOGIN: (False, False, False, False),
    Kind.CONTEXT: (False, False, False, False),
    Kind.TURNS: (False, False, False, False),
    Kind.UNKNOWN: (False, False, False, False),
}


@pytest.mark.parametrize("kind", Kind)
def test_kinds(kind: Kind) -> None:
    """Limits of the account switch by default, errors of the service when asked for, the user's own affairs
    never; only the account's own limits are remembered."""
    limit, default = Limit(kind, "words"), Settings()
    both = replace(default, on_error=True)
    errors = replace(default, on_rate_limit=False, on_error=True)
    found = (*(decide.switches(limit, one) for one in (default, both, errors)), decide.connects(limit))
    assert found == TABLE[kind]


@pytest.mark.parametrize("kind", Kind)
def test_switched_off(kind: Kind) -> None:
    """Without auto-fallback nothing switches."""
    settings = Settings(auto_fallback=False, on_rate_limit=True, on_error=True)
    assert not decide.switches(Limit(kind, "words"), settings)


@pytest.mark.parametrize(
    ("window", "model", "spared"),
    [
        ("seven_day_opus", "sonnet", True),
        ("seven_day_opus", "claude-haiku-4-5", True),
        ("seven_day_opus", "Opus", False),
        ("seven_day_opus", "opusplan", False),
        ("seven_day_opus", None, False),
        ("seven_day_opus", "qwen2.5-coder", False),
        ("seven_day_sonnet", "claude-opus-4-7[1m]", True),
        ("seven_day_overage_included", "fable", False),
        ("seven_day_overage_included", "sonnet", True),
        ("five_hour", "sonnet", False),
        ("seven_day", "sonnet", False),
        (None, "sonnet", False),
    ],
)
def test_one_models_own_limit(window: str | None, model: str | None, spared: bool) -> None:
    """It says nothing about other models; a run that names none goes where the connection says."""
    assert decide.spares(window, model) is spared
