"""What scripts/make-docs writes."""

from __future__ import annotations

import pytest

from claude_fallback.limits.limit import Kind
from claude_fallback.memory.settings import KEYS
from scripts import meanings, pages
from tests.docs import reading


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return pages.generated()


@pytest.mark.parametrize(
    "page", ["README.md", "docs/adapters.md", "docs/commands.md", "docs/limit-messages.md"]
)
def test_generated_parts_are_fresh(generated: dict[str, str], page: str) -> None:
    """Wordings, settings, decisions and --help stand in the documentation as they are in the code."""
    assert reading.text(page) == generated[page], "make it anew: scripts/make-docs"


def test_every_setting_has_one_meaning() -> None:
    """No setting is undocumented, and none is documented that is gone."""
    assert list(meanings.SETTINGS) == [key.name for key in KEYS]


def test_every_kind_has_one_meaning() -> None:
    """No kind of stop is undocumented."""
    assert list(meanings.KINDS) == list(Kind)


def test_text_around_a_generated_part_stays() -> None:
    """Only what stands between the marks is made anew."""
    page = "a\n<!-- x: made by scripts/make-docs -->\nold\n<!-- end -->\nb <!-- end -->\n"
    made = pages.with_parts(page, {"x": lambda: "new\n"})
    assert made == page.replace("old", "new")


def test_a_place_that_is_gone_is_told() -> None:
    """A README that lost a mark is refused, not left without its table."""
    with pytest.raises(ValueError, match="table of x"):
        pages.with_parts("no mark here <!-- end -->", {"x": lambda: "new"})
