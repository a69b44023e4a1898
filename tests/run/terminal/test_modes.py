"""What is undone after a program: what it left on, and nothing else."""

from __future__ import annotations

import pytest

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
    modes.forget()
    assert modes.undo() == b""


class Clock:
    """Goes on by `step` seconds when it is asked."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


TEXT = b"x" * 65536


@pytest.mark.parametrize(
    ("pieces", "step"), [(100, 0.0), (1000, 0.1)], ids=["a burst", "much, at a pace of claude's"]
)
def test_much_output_is_read(pieces: int, step: float) -> None:
    """A mode set somewhere in it is undone, and nothing else."""
    modes = Modes(Clock(step))
    for piece in (*[TEXT] * (pieces // 2), b"\x1b[?9999h", *[TEXT] * (pieces // 2)):
        modes.see(piece)
    assert modes.undo() == b"\x1b[?9999l" + TIDY


def test_flood() -> None:
    """Of what comes too fast for too long only the end is read, and then it may have set whatever a program
    sets; what comes later is read again."""
    modes = Modes(Clock(0.001))
    for piece in (*[TEXT] * 1000, b"\x1b[?8888h", *[TEXT] * 1000, TEXT + b"\x1b[?9999h"):
        modes.see(piece)
    undo = modes.undo()
    for each in (b"1000;", b"2004;", b"\x1b7\x1b[?1049l", b"\x1b[?9999l", TIDY):
        assert each in undo
    assert b"8888" not in undo
    modes.see(b"\x1b[?7777h")
    assert b"7777l" in modes.undo()
    modes.forget()
    assert modes.undo() == b""


@pytest.mark.parametrize(("start", "step"), [(b"", 0.0), (b"", 1.0), (b"\x1b_G", 1.0)])
def test_memory_is_bounded(start: bytes, step: float) -> None:
    """A flood is not kept, and a string without an end is not."""
    modes = Modes(Clock(step))
    modes.see(start)
    for _ in range(200):
        modes.see(b"A" * 100_000)
    kept = [value for value in vars(modes).values() if isinstance(value, bytes)] + modes._unread
    assert sum(map(len, kept)) < 500_000
    assert modes.undo().startswith(b"\x1b\\") == bool(start)


@pytest.mark.parametrize(
    "nonsense", [b"\x1b[<1;2u", b"\x1b[<" + b"9" * 5000 + b"u", b"\x1b[" + b"1" * 5000 + b"m"]
)
def test_nonsense(nonsense: bytes) -> None:
    """What is no number, or none that Python reads, ends no session: a file of random bytes may hold it."""
    assert undone([nonsense, b"\x1b[?9999h"]) == b"\x1b[?9999l" + TIDY
