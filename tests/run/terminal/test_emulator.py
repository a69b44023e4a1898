"""The screen model survives everything and shows what a terminal would."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_fallback.run.terminal.screen import Screen

_NUMBERS = st.lists(st.integers(0, 10**12), max_size=4).map(lambda some: ";".join(map(str, some)))
_CSI = st.builds("\x1b[{}{}{}".format, st.sampled_from(["", "?", ">", "<", "=", "!"]), _NUMBERS,
                 st.characters(min_codepoint=0x40, max_codepoint=0x7E))  # fmt: skip
_STRINGS = st.builds("\x1b{}{}{}".format, st.sampled_from("]PX^_"), st.text(max_size=9),
                     st.sampled_from(["\x07", "\x1b\\", "", "\x18"]))  # fmt: skip
_MODES = st.sampled_from([1, 3, 5, 6, 7, 25, 47, 1049, 2004, 2026]).map(lambda mode: f"\x1b[?{mode}h")
_OUTPUT = st.lists(st.one_of(_CSI, _STRINGS, _MODES, st.text(max_size=9), st.sampled_from("\r\n\t\b\x1b")))


def lines(data: bytes, rows: int = 4, columns: int = 20) -> list[str]:
    return read(Screen(rows, columns), data).picture().lines()


def read(screen: Screen, data: bytes) -> Screen:
    screen.output(data)
    while not screen.catch_up():
        pass
    return screen


@given(st.one_of(st.binary(), _OUTPUT.map(lambda some: "".join(some).encode("utf-8", "replace"))))
def test_nothing_makes_it_raise(data: bytes) -> None:
    """Any bytes at all: no exception, every question has an answer, and there are as many lines as rows."""
    screen = read(Screen(5, 12), data)
    screen.resize(3, 7)
    read(screen, data)
    assert len(screen.picture().rows) == 3
    for question in (screen.limit_words, screen.draft, screen.is_at_prompt, screen.is_busy):
        question()
    assert len(screen.picture().rows) == 3


@given(_OUTPUT.map(lambda some: "".join(some).encode("utf-8", "replace")), st.data())
def test_cut_anywhere(data: bytes, draw: st.DataObject) -> None:
    """Where the stream was cut makes no difference: not in a character, not in a sequence."""
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=6)))
    pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    screen = Screen(5, 12)
    for piece in pieces:
        read(screen, piece)
    assert screen.picture() == read(Screen(5, 12), data).picture()


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"\x1b[>4;2m\x1b[>1u\x1b[<u\x1b[?u\x1b[=1;1uplain", ["plain"]),
        (b"\x1b]8;id=1;https://example.org\x07link\x1b]8;;\x1b\\ \x1b]133;A\x07after", ["link after"]),
        (b"\x1bPtmux;\x07\x1b\\\x1b_Ga=q;AAAA\x1b\\shown", ["shown"]),
        (b"\x1b[?2026hin one\x1b[?2026l", ["in one"]),
        ("⚠\ufe0f ok 👩\u200d💻 and on".encode(), ["⚠\ufe0f ok 👩\u200d💻 and on"]),
        ("表x\x1b[1Gy".encode(), ["y x"]),
        ("👩\u200d💻!\x1b[4Gx 👍🏽!\x1b[9Gy ⚠\ufe0f!\x1b[14Gz".encode(), ["👩\u200d💻!x 👍🏽!y ⚠\ufe0f!z"]),
        (b"one\r\ntwo\r\nthree\x1b[1;1H\x1b[2M", ["three"]),
        (b"main\x1b[?1049h\x1b[2J\x1b[Hother\x1b[?1049l", ["main"]),
        (b"one\r\ntwo\x1b[S", ["two"]),
        (b"-\x1b[3b", ["----"]),
        (b"a\x1b]0;never ended \x1b[2Jb", [" b"]),
    ],
)  # fmt: skip
def test_what_claude_writes(data: bytes, shown: list[str]) -> None:
    """Queries, links, marks, strings, wide and joined characters: shown as in a terminal."""
    assert [line for line in lines(data) if line] == shown


BOX = "\x1b[2J\x1b[H──────────\r\n❯ a draft \r\n──────────".encode()


def test_a_flood_is_let_go() -> None:
    """Of a flood the newest part is kept; until all is drawn anew nobody knows what the box holds."""
    screen = Screen(5, 20)
    screen.output(BOX)
    for _ in range(64):
        screen.output(b"\x1b[2;3Hsome more words " * 1024)
    while not screen.catch_up(1 << 16):
        pass
    assert screen.is_torn
    assert (screen.draft(), screen.is_at_prompt()) == (None, False)
    assert read(screen, BOX).draft() == "a draft"
    assert not screen.is_torn


def test_what_has_scrolled_by_heals() -> None:
    """A flood of lines leaves the last ones, as in the terminal."""
    screen = read(Screen(4, 20), b"".join(b"line %d\r\n" % at for at in range(100_000)))
    assert not screen.is_torn
    assert screen.picture().lines() == ["line 99997", "line 99998", "line 99999", ""]


def test_a_slice_is_small() -> None:
    """Reading stops at the budget and goes on where it stopped."""
    screen = Screen(5, 20)
    screen.output(b"a" * 1000)
    assert not screen.catch_up(10)
    assert screen.picture().lines()[0] == "a" * 10
    assert not screen.catch_up(5)
    assert screen.picture().lines()[0] == "a" * 15


def test_a_size_counts_from_its_place_in_the_output() -> None:
    """What was written before the window changed is laid out as it was then."""
    screen = Screen(3, 10)
    screen.output(b"0123456789ab\r\n")
    screen.resize(3, 4)
    assert read(screen, b"wxyz!").picture().lines() == ["ab", "wxyz", "!"]


@pytest.mark.parametrize("data", [b"\x1b7", b"\x1b[1;1H\x1b]0;" + b"t" * 100, b"\x1b[9;"])
def test_memory_stays_flat(data: bytes) -> None:
    """Nothing grows with what was written: not saved cursors, titles, parameters."""
    screen = read(Screen(3, 10), data * 1_000)
    tracemalloc.start()
    read(screen, data * 10_000)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 500_000  # each saved cursor would be 400 bytes


def test_marks_on_a_character() -> None:
    """A character has room for a few marks, not for a million."""
    assert len(lines(b"e" + b"\xcc\x81" * 1000)[0]) <= 16
