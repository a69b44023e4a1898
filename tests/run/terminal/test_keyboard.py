"""Every way in which a terminal says a key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_fallback.run.terminal.keyboard import Key, Keyboard, Kind

MANY = (
    b"hi \xe8\xa1\xa8\r\x1b[13;2u\x1b\r\n\x1b[200~pasted \x1b[A\r\nmore\x1b[201~\x1b[A\x1b[1;5D"
    b"\x1bOD\x1b[C\x7f\x03\x1b[<35;10;20M\x1b[M !!\x1b[I\x1b[O\x1b[?62;22c\x1b[12;40R"
    b"\x1b]11;rgb:0/0/0\x1b\\\x1bP>|XTerm(390)\x1b\\\x1b[97;1:3u\x1b[27;5;99~\x1b[Z\x1b[3~"
)


def pressed(data: bytes) -> list[Key]:
    keyboard = Keyboard()
    return [*keyboard.keys(data, 0.0), *keyboard.settle(1.0)]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\r", Kind.ENTER), (b"\x1bOM", Kind.ENTER), (b"\x1b[13u", Kind.ENTER), (b"\x1b[57414u", Kind.ENTER),
        (b"\n", Kind.NEWLINE), (b"\x1b\r", Kind.NEWLINE), (b"\x1b[13;2u", Kind.NEWLINE),
        (b"\x1b[13;3u", Kind.NEWLINE), (b"\x1b[27;2;13~", Kind.NEWLINE), (b"\x1b[106;5u", Kind.NEWLINE),
        (b"\x7f", Kind.BACKSPACE), (b"\x08", Kind.BACKSPACE), (b"\x1b[127u", Kind.BACKSPACE),
        (b"\x1b[C", Kind.RIGHT), (b"\x1bOC", Kind.RIGHT), (b"\x1b[D", Kind.LEFT), (b"\x1b[1;1:2D", Kind.LEFT),
        (b"\x1b", Kind.ESCAPE), (b"\x1b[27u", Kind.ESCAPE), (b"\x03", Kind.INTERRUPT),
        (b"\x1b[99;5u", Kind.INTERRUPT), (b"\x1b[27;5;99~", Kind.INTERRUPT), (b"\x1a", Kind.SUSPEND),
        (b"\x1b[122;5u", Kind.SUSPEND), (b"\x1b[Z", Kind.SHIFT_TAB), (b"\t", Kind.EDIT), (b"\x15", Kind.EDIT),
        (b"\x1b[A", Kind.EDIT), (b"\x1b[1;5D", Kind.EDIT), (b"\x1bb", Kind.EDIT), (b"\x1b[3~", Kind.EDIT),
        (b"\x1b[117;5u", Kind.EDIT), (b"\x1b[57352u", Kind.EDIT),
        (b"\x1b[I", Kind.REPORT), (b"\x1b[O", Kind.REPORT), (b"\x1b[<0;1;1M", Kind.REPORT),
        (b"\x1b[<0;1;1m", Kind.REPORT), (b"\x1b[M !\xe9", Kind.REPORT), (b"\x1b[?62c", Kind.REPORT),
        (b"\x1b[>1;2;3c", Kind.REPORT), (b"\x1b[0n", Kind.REPORT), (b"\x1b[24;80R", Kind.REPORT),
        (b"\x1b[?1u", Kind.REPORT), (b"\x1b[?2026;2$y", Kind.REPORT), (b"\x1b]11;rgb:1/1/1\x07", Kind.REPORT),
        (b"\x1bP>|tmux 3.4\x1b\\", Kind.REPORT), (b"\x1b[97;1:3u", Kind.REPORT),
        (b"\x1b[57441;2u", Kind.REPORT), (b"\x1b[1;1:3A", Kind.REPORT),
    ],
)  # fmt: skip
def test_one_key(data: bytes, kind: Kind) -> None:
    """Legacy, kitty and modifyOtherKeys codes of a key are one key; what the terminal reports is none."""
    assert [key.kind for key in pressed(data)] == [kind]


@pytest.mark.parametrize(
    ("data", "text"), [(b"a", "a"), (b"\x1b[97;1u", "a"), (b"\x1b[97;2u", "A"), ("表👩‍💻".encode(), "表👩‍💻")]
)
def test_text(data: bytes, text: str) -> None:
    """Text arrives as it is, also when the terminal spells it in codes."""
    assert pressed(data) == [Key(Kind.TEXT, text)]


def test_paste() -> None:
    """What is pasted is text, whatever sequences are in it; its line ends are newlines."""
    assert pressed(b"\x1b[200~a\rb\r\nc\x1b[A\x1b[201~d") == [
        Key(Kind.PASTE, "a\nb\nc\x1b[A"),
        Key(Kind.TEXT, "d"),
    ]


@given(st.lists(st.integers(0, len(MANY)), max_size=8))
def test_cut_anywhere(cuts: list[int]) -> None:
    """However the reads fall, the keys are the same; text may come in pieces."""
    keyboard = Keyboard()
    places = sorted(cuts)
    pieces = [MANY[a:b] for a, b in zip([0, *places], [*places, len(MANY)], strict=True)]
    keys = [key for piece in pieces for key in keyboard.keys(piece, 0.0)]
    assert _joined(keys) == _joined(pressed(MANY))


@given(st.lists(st.binary()))
def test_nothing_makes_it_raise(pieces: list[bytes]) -> None:
    """Any bytes in any pieces are keys of some kind."""
    keyboard = Keyboard()
    for at, piece in enumerate(pieces):
        keyboard.keys(piece, at / 20)


def test_escape_waits_for_what_may_follow() -> None:
    """An ESC is the Esc key when nothing follows for a tenth of a second; else it may begin an arrow."""
    keyboard = Keyboard()
    assert keyboard.keys(b"\x1b", 5.0) == keyboard.settle(5.05) == []
    assert keyboard.keys(b"[D", 5.06) == [Key(Kind.LEFT)]
    assert keyboard.keys(b"\x1b", 6.0) == []
    assert keyboard.settle(6.2) == [Key(Kind.ESCAPE)]
    assert keyboard.keys(b"\x1b", 7.0) == []
    assert keyboard.keys(b"[", 8.0) == [Key(Kind.ESCAPE), Key(Kind.TEXT, "[")]


def _joined(keys: list[Key]) -> list[Key]:
    joined: list[Key] = []
    for key in keys:
        if joined and key.kind is Kind.TEXT is joined[-1].kind:
            joined[-1] = Key(Kind.TEXT, joined[-1].text + key.text)
        else:
            joined.append(key)
    return joined
