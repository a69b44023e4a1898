"""Tool ids that both sides take."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_fallback.gateway.inside.tool_ids import inward, nine, outward


@given(st.text())
def test_anthropic_takes_them(given: str) -> None:
    """Whatever a backend makes up, claude gets an id that can go back to Anthropic; twice changes no more."""
    shown = outward(given)
    assert re.fullmatch(r"[a-zA-Z0-9_-]+", shown) and outward(shown) == shown


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        ("toolu_01A-b_c", "toolu_01A-b_c"),
        ("50cf5140-da4f-4c14-ae14-badaa3890420", "50cf5140-da4f-4c14-ae14-badaa3890420"),
        ("functions.Bash:0", "functions_Bash_0"),
        ("call_1__thought__a+/=", "call_1"),
        ("", "tool_use_id"),
    ],
)
def test_as_litellm_cleans_them(made: str, shown: str) -> None:
    """Valid ids stay; the others become what LiteLLM makes of them on their way back."""
    assert outward(made) == shown


def test_too_long_for_this_backend() -> None:
    """Another backend's long id is shortened, the same way each time, and two stay two."""
    one, other = "a" * 41, "b" * 41
    assert len(inward(one, 40)) <= 40
    assert inward(one, 40) == inward(one, 40) != inward(other, 40)
    assert inward("a" * 40, 40) == "a" * 40


@given(st.text())
def test_mistrals_form(known: str) -> None:
    """Nine letters and digits, whatever it was, the same way each time; what has the form stays."""
    made = nine(known)
    assert re.fullmatch("[a-zA-Z0-9]{9}", made) and nine(made) == made and nine(known) == made
    assert nine("aB3456789") == "aB3456789" != nine("aB3456788")
