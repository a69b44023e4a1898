"""Which cells the matrix has: a scenario, the moment at which it strikes, the mode in which claude runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from claude_fallback.limits.limit import Kind
from claude_fallback.rehearsal import moments
from claude_fallback.rehearsal.scenarios import SCENARIOS
from claude_fallback.run.find import OLDEST

TEXT, JSON, STREAM, TUI = "text", "json", "stream-json", "TUI"

# What a release is asked in every mode.
WHOLE = (
    "five_hour", "seven_day", "opus", "sonnet", "fable", "overage", "spend_cap", "credits", "throttle",
    "throttle_api_key", "overload", "login", "context", "max_turns", "usage_on_overage",
)  # fmt: skip
# Variants of these: the structured output is enough.
VARIANTS = (
    "five_hour_bare", "seven_day_bare", "opus_bare", "answer", "allowed_warning", "org_spend_cap",
    "operator_cap", "credits_required", "credit_balance", "workspace_limit", "server_error", "forbidden",
    "entitlement", "cut",
)  # fmt: skip
# In the middle of a turn. A plan's window is told in the headers of an answer, so it cannot end mid-stream.
AFTER_TOOL = (
    "five_hour", "seven_day", "opus", "spend_cap", "credits", "throttle", "throttle_api_key", "overload",
    "context",
)  # fmt: skip
IN_SUBAGENT = ("five_hour", "opus", "throttle", "overload")
MID_STREAM = ("throttle", "throttle_api_key", "overload")
# What is recorded first, so that a run that is broken off has what matters most; the rest comes after.
_FIRST = (
    ("five_hour", "seven_day"),
    ("opus", "sonnet", "fable", "overage", "spend_cap", "credits", "usage_on_overage"),
)
# Text tells the least and a terminal costs the most: one scenario stands for the others there.
_STANDS_FOR_ALL = "five_hour"


@dataclass(frozen=True, order=True)
class Cell:
    scenario: str
    moment: str
    mode: str

    def __str__(self) -> str:
        return f"{self.scenario}, {self.moment}, {self.mode}"

    @property
    def expected(self) -> Kind | None:
        """What stops the turn; None: nothing does. A subagent's failure is none of the turn's."""
        return None if self.moment == moments.SUBAGENT else SCENARIOS[self.scenario].kind


# What a release that we do not support is asked, with us and without us.
UNSUPPORTED = tuple(
    Cell(name, moments.FIRST, TEXT) for name in ("answer", "credit_balance", "throttle_api_key")
)


def supported(version: str) -> bool:
    return tuple(map(int, version.split("."))) >= OLDEST


def asked_of(version: str) -> list[Cell]:
    """Every cell of that release, in the order of `rank`."""
    return sorted(cells(), key=rank) if supported(version) else list(UNSUPPORTED)


def rank(cell: Cell) -> int:
    """0: the plan's great windows; 1: what else is used up, and its look-alike; 2: all else."""
    return next((place for place, names in enumerate(_FIRST) if cell.scenario in names), len(_FIRST))


def cells() -> Iterator[Cell]:
    """All of them; a release shows each, or the words and fields that it has instead."""
    for scenario in WHOLE:
        for mode in (TEXT, JSON, STREAM, TUI):
            if (scenario, mode) != ("max_turns", TUI):  # a flag of print runs
                yield Cell(scenario, moments.FIRST, mode)
    for scenario in VARIANTS:
        yield Cell(scenario, moments.FIRST, STREAM)
    yield from _later(moments.AFTER_TOOL, AFTER_TOOL, (TEXT, JSON, TUI))
    yield from _later(moments.SUBAGENT, IN_SUBAGENT, (TEXT, TUI))
    yield from _later(moments.SUBAGENT_THEN_MAIN, ("five_hour", "opus"), (TEXT, JSON))
    yield from _later(moments.MID_STREAM, MID_STREAM, ())


def _later(moment: str, scenarios: tuple[str, ...], more: tuple[str, ...]) -> Iterator[Cell]:
    for scenario in scenarios:
        yield Cell(scenario, moment, STREAM)
    for mode in more:
        yield Cell(_STANDS_FOR_ALL, moment, mode)
