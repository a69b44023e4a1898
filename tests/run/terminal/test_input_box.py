"""Finding the input box and reading the draft in it."""

from __future__ import annotations

import pytest

from claude_fallback.run.terminal import input_box
from claude_fallback.run.terminal.picture import Picture, Row


def drawn(text: str, columns: int = 20) -> Picture:
    return Picture(tuple(Row(line) for line in text.split("\n")), columns)


def boxed(*lines: str) -> Picture:
    """As 1.0.60 draws it: 13 characters in 20 columns."""
    rows = [f"│ {'> ' if at == 0 else '  '}{line:<15}│" for at, line in enumerate(lines)]
    return drawn("\n".join(["╭──────────────────╮", *rows, "╰──────────────────╯"]))


def ruled(*lines: str) -> Picture:
    """As 2.1.330 draws it: 16 characters in 20 columns."""
    rows = [("❯ " if at == 0 else "  ") + line for at, line in enumerate(lines)]
    return drawn("\n".join(["─" * 20, *rows, "─" * 20, "  ? for shortcuts"]))


@pytest.mark.parametrize(
    ("picture", "draft"),
    [
        (boxed(""), ""),
        (boxed("hello"), "hello"),
        (boxed("one two three", "four"), "one two three four"),
        (boxed("one two thre", "four"), "one two thre four"),
        (boxed("one", "two"), "one\ntwo"),
        (boxed("one", "", "two"), "one\n\ntwo"),
        (boxed("one", "  indented"), "one\n  indented"),
        (boxed("x" * 13, "xxx end"), "x" * 16 + " end"),
        (ruled("one two three", "four"), "one two three four"),
        (ruled("one two thre", "fo"), "one two thre\nfo"),
        (ruled("表" * 8, "表"), "表" * 9),
        (ruled("表 表 表 表 表", "表 表"), "表 表 表 表 表 表 表"),
        (ruled("see [Pasted text", "#1 +3 lines]"), "see [Pasted text #1 +3 lines]"),
        (drawn("─" * 20 + "\n! ls -la\n" + "─" * 20), "!ls -la"),
        (drawn("─── History 4/4 ────\n❯ an old one\n" + "─" * 20), "an old one"),
        (Picture((Row("─" * 20), Row('❯ Try "fix"', "❯          "), Row("─" * 20)), 20), ""),
        (Picture((Row("─" * 20), Row("❯ /model [name]", "❯ /model       "), Row("─" * 20)), 20), "/model"),
    ],
)
def test_draft(picture: Picture, draft: str) -> None:
    """Real line breaks stay, wrapped lines are joined, what is faint is no draft."""
    assert input_box.draft(picture) == draft


def test_a_part_of_a_tall_draft() -> None:
    """The box is there, but nobody can tell what is in it."""
    picture = drawn("─── ↑ 24 more ──────\n  line 24\n  line 25\n" + "─" * 20)
    assert input_box.is_at_prompt(picture)
    assert input_box.draft(picture) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing here",
        "─" * 20 + "\n What do you want?\n ❯ 1. Yes\n" + "─" * 20,
        "─" * 20 + "\n❯ an earlier prompt\n" + "─" * 20 + "\n Bash command\n ❯ 1. Yes\n   2. No",
        "▔" * 20 + "\n  Select model\n  ❯ 1. Default",
        "> an old prompt\n" + "─" * 20,
        "╰──────────────────╯",
    ],
)
def test_no_box(text: str) -> None:
    """Dialogs, menus, the rest of a scrolled box and old prompts are no input box."""
    assert input_box.find(drawn(text)) is None
