"""A case in an empty home, and checks as lists of what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from claude_fallback.admin.checks.finding import Case, Finding, Mark
from claude_fallback.memory.settings import Settings


@pytest.fixture
def case(environ: dict[str, str]) -> Callable[..., Case]:
    """`case(max_switches=0)`: settings other than the defaults; variables go into `environ` before."""

    def build(**settings: object) -> Case:
        return Case(environ, replace(Settings(), **settings), datetime.now(timezone.utc))  # type: ignore[arg-type]

    return build


@pytest.fixture
def bad() -> Callable[[Iterable[Finding]], list[tuple[str, str, str]]]:
    """What is not well: mark, words, remedy."""

    def chosen(found: Iterable[Finding]) -> list[tuple[str, str, str]]:
        return [(one.mark.value, one.said, one.remedy) for one in found if one.mark is not Mark.OK]

    return chosen
