"""What is undone after a program: what it left on, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_fallback.run.terminal import modes
from claude_fallback.run.terminal.modes import Modes

TIDY = b"\x1b[0 q\x1b7\x1b[r\x1b8\x1b>\x1b(B\x0f"
LEFT_ON = [
    (b"\x1b[?2004h", b"\x1b[?2004l" + TIDY, "bracketed paste"),
    (b"\x1b[?1000h\x1b[?1002h\x1b[?1006h", b"\x1b[?1006l\x1b[?1002l\x1b[?1000l" + TIDY, "mouse"),
    (b"\x1b[?1000;1006h", b"\x1b[?1006l\x1b[?1000l" + TIDY, "two in one"),
    (b"\x1b[?25l", b"\x1b[?25h" + TIDY, "no cursor"),
    (b"\x1b[?7l", b"\x1b[?7h" + TIDY, "no autowrap"),
    (b"\x1b[?1004h", b"\x1b[?1004l" + TIDY, "focus"),
    (b"\x1b[?2031h", b"\x1b[?2031l" + TIDY, "colour scheme reports"),
    (b"\x1b[?9999h", b"\x1b[?9999l" + TIDY, "a mode nobody knows"),
    (b"\x1b[?1049h\x1b[?1000h", b"\x1b[?1000l\x1b[?1049l" + TIDY, "mouse on the alternate screen"),
    (b"\x1b[>1u", b"\x1b[<1u" + TIDY, "kitty keyboard"),
    (b"\x1b[>1u\x1b[>5u\x1b[<u", b"\x1b[<1u" + TIDY, "kitty keyboard, pushed twice"),
    (
        b"\x1b[>1u\x1b[?1049h\x1b[>1u",
        b"\x1b[<1u\x1b[?1049l\x1b[<1u" + TIDY,
        "a kitty keyboard on each screen",
    ),
    (b"\x1b[=1;1u", b"\x1b[=0u", "kitty keyboard, set"),
    (b"\x1b[>4;2m", b"\x1b[>4m", "modifyOtherKeys"),
    (b"\x1b[?1049h\x1b[?2026hhalf", b"\x1b[?2026l\x1b[?1049l" + TIDY, "half a synchronized frame"),
    (b"\x1b]9;4;3;\x07", b"\x1b]9;4;0\x07", "progress"),
    (b"\x1b]8;id=1;https://a.example/\x1b\\link", b"\x1b]8;;\x1b\\", "a hyperlink"),
    (b"\x1b[1;38;5;174mred", b"\x1b[m", "colours"),
    (b"\x1b[48;2;22;0;39mbackground", b"\x1b[m", "true colour whose parts look like resets"),
    (b"\x1b[4:3m", b"\x1b[m", "a curly underline"),
    (b"\x1b]0;half a tit", b"\x1b\\", "half a title"),
    (b"\x1b_Ga=T;AAAA\x1b", b"\x1b\\", "half an image, cut in its end"),
    (b"\x1b[38;5", b"\x18", "half a sequence"),
]
LEFT_OFF = [
    (b"plain text, \xff\xfe\x00 and \xe4\xbd\xa0", "text"),
    (b"\x1b[?2004h\x1b[?2004l", "on and off"),
    (b"\x1b[?25l\x1b[?25h\x1b[?1049h\x1b[?1049l", "cursor and screen"),
    (b"\x1b[?2026$p\x1b[?u\x1b[c\x1b[>0q\x1b]11;?\x07", "questions"),
    (b"\x1b[<u\x1b[<u\x1b[>4m\x1b[?1016l", "popped and switched off to be sure, as 2.1.330 does"),
    (b"\x1b[?1048h", "a saved cursor"),
    (b"\x1b]9;4;1;50\x07\x1b]9;4;0;\x07", "progress that ended"),
    (b"\x1b]8;;https://a.example/\x07x\x1b]8;;\x07", "a hyperlink that ended"),
    (b"\x1b[38;5;174mred\x1b[39m \x1b[1mbold\x1b[22m \x1b[2;3mx\x1b[22;23m", "colours taken back one by one"),
    (b"\x1b[1;31mred\x1b[0m \x1b[7mx\x1b[m", "colours reset"),
    (b"\x1b]0;title\x07", "a title"),
    (b"\x1b_Ga=T;" + b"A" * 10_000 + b"\x1b\\", "a long image"),
]


def undone(pieces: list[bytes]) -> bytes:
    modes = Modes()
    for piece in pieces:
        modes.see(piece)
    return modes.undo()


@pytest.mark.parametrize(
    ("output", "undo"), [case[:2] for case in LEFT_ON], ids=[case[2] for case in LEFT_ON]
)
def test_left_on(output: bytes, undo: bytes) -> None:
    """What is on at the end is switched off, whatever came in the same or in separate pieces."""
    for cut in range(len(output) + 1):
        assert undone([b"before", output[:cut], output[cut:]]) == undo
    assert undone([output[at : at + 1] for at in range(len(output))]) == undo


@pytest.mark.parametrize("output", [case[0] for case in LEFT_OFF], ids=[case[1] for case in LEFT_OFF])
def test_left_off(output: bytes) -> None:
    """A program that tidied up is followed by no byte of ours."""
    step = 1 + len(output) // 200
    for cut in range(0, len(output) + 1, step):
        assert undone([output[:cut], output[cut:]]) == b""
    assert undone([output[at : at + step] for at in range(0, len(output), step)]) == b""


def test_undone_once() -> None:
    """After `forget` nothing is on, and the next program starts anew."""
    modes = Modes()
    modes.see(b"\x1b[?1049h\x1b[>1u\x1b[31m")
    assert modes.alternate
    modes.forget()
    assert modes.undo() == b""


def test_memory_is_bounded() -> None:
    """A string without an end is not kept."""
    modes = Modes()
    modes.see(b"\x1b_G")
    for _ in range(100):
        modes.see(b"A" * 100_000)
    assert sum(len(value) for value in vars(modes).values() if isinstance(value, bytes)) < 200_000
    assert modes.undo() == b"\x1b\\"


PIECES = [b"\x1b[", b"?", b"25", b"h", b"l", b"<", b">", b"=", b"1;1", b"u", b"m", b"x" * 300]


@given(st.lists(st.sampled_from(PIECES)))
def test_both_ways_to_find_them(pieces: list[bytes]) -> None:
    """Rare or not, the same sequences are found, in the same order."""
    data = b"".join(pieces)
    assert modes._seen(data) == modes._SEEN.findall(data)
