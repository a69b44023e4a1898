"""What we say on stderr."""

from __future__ import annotations

import pytest

from claude_fallback.output import say


def test_others_words_cannot_play_with_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """A model's name or a server's error stands in our lines: no escape sequence, no bell, no bidi trick."""
    say("no model \x1b]0;title\x07\x1b[2J\u202e\x9b31m\r\n  said · so\udcff")
    assert capfd.readouterr().err == "claude-fallback: no model ]0;title[2J31m\n  said · so\n"
