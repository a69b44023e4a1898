"""The message of a limit on the screen, at any width, and what only looks like one."""

from __future__ import annotations

import textwrap

import pytest

from claude_fallback.limits.catalogue import WORDINGS
from claude_fallback.limits.wording import Wording
from claude_fallback.run.terminal.limit_line import limit_words
from claude_fallback.run.terminal.picture import Picture, Row

LIMIT = "You've hit your session limit · resets 3pm (UTC)"
SHOWN = [
    wording
    for wording in WORDINGS
    if wording.kind and wording.where in ("all", "TUI") and not wording.generic
]


def drawn(conversation: str, columns: int = 80) -> Picture:
    box = ["─" * columns, "❯ ", "─" * columns, "  ? for shortcuts"]
    return Picture(tuple(Row(line) for line in [*conversation.split("\n"), "", *box]), columns)


def wrapped(text: str, columns: int) -> str:
    """As claude draws it: at words, and a word that is too long at the edge."""
    return "\n     ".join(textwrap.wrap(text, columns - 5, break_on_hyphens=False))


@pytest.mark.parametrize("wording", SHOWN, ids=lambda wording: wording.template[:40])
def test_every_wording_at_any_width(wording: Wording) -> None:
    """A message that claude shows in a terminal is found again: whole, up to six lines of it."""
    for columns in (40, 57, 80, 200):
        text = wrapped(wording.example, columns)
        words = limit_words(drawn(f"❯ go on\n  ⎿  {text}", columns))
        if text.count("\n") < 6:
            assert words is not None
            assert "".join(words.split()) == "".join(wording.example.split())


@pytest.mark.parametrize(
    "conversation",
    [
        f"❯ go\n  ⎿  {LIMIT}",
        f"● Bash(sleep 2)\n  ⎿  once\n  ⎿  {LIMIT}",
        f"  Ran 1 shell command\n  ⎿  {LIMIT}",
        f"❯ go\n  ⎿  {LIMIT}\n     /upgrade to increase your usage limit.",
        f"❯ go\n  ⎿  {LIMIT}\n\n      • /upgrade to increase your usage\n     limit.",
        f"❯ go\n  ⎿  {LIMIT}\n\n✻ Cooked for 3s\n\n❯ /rate-limit-options",
        f"❯ go\n  ⎿  {LIMIT}\n\n● Usage limit reached · set to\n  continue automatically at 6:28am",
        f"❯ go\n  ⎿  {LIMIT}\n" + " " * 60 + "◐ medium · /effort",
    ],
)
def test_with_what_claude_adds(conversation: str) -> None:
    """After an answer or a tool, above hints, times, menus and notices: it is still the end."""
    assert limit_words(drawn(conversation)) == LIMIT


@pytest.mark.parametrize(
    "conversation",
    [
        "",
        f"● {LIMIT}",
        f"● It says:\n\n  {LIMIT}",
        f"❯ {LIMIT}",
        f'● Bash(echo "{LIMIT}")\n  ⎿  {LIMIT}',
        f"● Bash(cat log)\n  ⎿  {LIMIT}\n\n✻ Musing… (3s · esc to interrupt)",
        f"❯ go\n  ⎿  {LIMIT}\n\n❯ again\n\n✻ Musing… (3s · esc to interrupt)",
        f"❯ go\n  ⎿  {LIMIT}\n\n● Hello.",
        f"❯ go\n  ⎿  {LIMIT} and then it went on",
        "❯ go\n  ⎿  Interrupted · What should Claude do instead?",
        "✻ Musing…\n  ⎿ Tip: Usage limit reached means that you wait",
    ],
)
def test_what_is_none(conversation: str) -> None:
    """Prose, prompts, a tool's output, an old message above newer words: none of them is the end."""
    assert limit_words(drawn(conversation)) is None
