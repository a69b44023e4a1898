"""The same verdict however the bytes arrive: cut anywhere, coloured, wrapped, with other line ends."""

from __future__ import annotations

import itertools
import json
import textwrap
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_fallback.limits.catalogue import WORDINGS, classify
from claude_fallback.limits.leg import Leg
from claude_fallback.limits.limit import Limit
from claude_fallback.limits.reset_time import plain
from claude_fallback.limits.watch import JsonWatch, StreamWatch, TextWatch
from claude_fallback.run.spool import Spool
from claude_fallback.run.terminal.screen import Screen
from scripts.compatibility.cells import JSON, STREAM, TEXT
from scripts.compatibility.decoys import NOW, read_all, taken_for
from scripts.compatibility.recording import Recording
from scripts.compatibility.recording import read_all as recorded

MESSAGES = [one.example for one in WORDINGS if one.kind and one.where in ("all", "TUI") and not one.generic]
DECOYS = [decoy for decoy in read_all() if decoy.rows is None]
RECORDINGS = [
    one
    for release in recorded()
    for one in release.recordings
    if one.cell.mode in (TEXT, JSON, STREAM) and one.cell.scenario in ("five_hour", "credits", "answer")
    and "exit" in one.seen
]  # fmt: skip
SEQUENCES = (
    "\x1b[31m",
    "\x1b[0m",
    "\x1b[1;38;5;208m",
    "\x1b[39;49m",
    "\x1b]8;;https://claude.ai\x1b\\",
    "\x1b]8;;\x07",
)
CUTS = st.lists(st.integers(0, 1 << 20), max_size=30)
calm = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def cut(data: bytes, places: list[int]) -> Iterator[bytes]:
    """In the middle of characters, of lines and of escape sequences, too."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return (data[start:end] for start, end in itertools.pairwise(edges))


def stdout(one: Recording, line_end: bytes) -> bytes:
    if one.cell.mode == TEXT:
        return str(one.seen["stdout"]).encode().replace(b"\n", line_end)
    return b"".join(json.dumps(event, ensure_ascii=False).encode() + line_end for event in one.seen["events"])


def verdict(one: Recording, data: bytes, places: list[int]) -> Limit | None:
    watch: TextWatch | JsonWatch | StreamWatch
    mode = one.cell.mode
    watch = TextWatch() if mode == TEXT else StreamWatch() if mode == STREAM else JsonWatch(Spool())
    for piece in cut(data, places):
        watch.feed(piece)
    began = datetime.fromtimestamp(one.now, timezone.utc)
    proven = Leg(watch.ending(), one.seen["exit"], None, began).proven(began, timezone.utc)
    return proven[1] if proven else None


@calm
@given(st.sampled_from(RECORDINGS), CUTS, st.sampled_from([b"\n", b"\r\n"]))
def test_recordings_in_any_pieces(one: Recording, places: list[int], line_end: bytes) -> None:
    """A real release's output means the same in one piece and in any, with its own line ends and others."""
    assert verdict(one, stdout(one, line_end), places) == verdict(one, stdout(one, b"\n"), [])


@calm
@given(st.sampled_from(DECOYS), CUTS, st.sampled_from([b"\n", b"\r\n"]))
def test_decoys_in_any_pieces(decoy: object, places: list[int], line_end: bytes) -> None:
    """No way to cut a harmless output makes it a limit."""
    found = next(one for one in DECOYS if one is decoy)
    watch: TextWatch | StreamWatch = TextWatch() if found.events is None else StreamWatch()
    for piece in cut((found.raw + "\n").encode().replace(b"\n", line_end), places):
        watch.feed(piece)
    proven = Leg(watch.ending(), found.exit, None, NOW).proven(NOW, timezone.utc)
    whole = taken_for(found)
    assert (proven[1] if proven else None) == whole or (found.exit == 0 and whole is None)


def coloured(draw: st.DrawFn, text: str) -> str:
    places = draw(st.lists(st.integers(0, len(text)), max_size=6))
    for place in sorted(places, reverse=True):
        text = text[:place] + draw(st.sampled_from(SEQUENCES)) + text[place:]
    return text


@st.composite
def coloured_message(draw: st.DrawFn) -> tuple[str, str]:
    message = draw(st.sampled_from(MESSAGES))
    return message, coloured(draw, message)


@calm
@given(coloured_message())
def test_colours_change_no_words(both: tuple[str, str]) -> None:
    """Sequences for colours and links, anywhere in a message, leave it the same wording."""
    message, noisy = both
    assert classify(noisy) is classify(message)


WIDTHS = st.integers(40, 200)


@st.composite
def drawn_message(draw: st.DrawFn) -> tuple[str, int, list[bytes]]:
    """A message as claude draws it: under `⎿`, wrapped at the width, in colours, above the input box."""
    message, width = draw(st.sampled_from(MESSAGES)), draw(WIDTHS)
    wrapped = textwrap.wrap(message, width - 5, break_on_hyphens=False)
    lines = [
        f"{'  ⎿  ' if number == 0 else '     '}{coloured(draw, line)}" for number, line in enumerate(wrapped)
    ]
    rule = "─" * width
    screen = "\r\n".join(["> say hello", *lines, "", rule, "> ", rule, "  ? for shortcuts"])
    return message, width, list(cut(screen.encode(), draw(CUTS)))


def seen_on_screen(width: int, pieces: list[bytes]) -> str | None:
    screen = Screen(40, width)
    for piece in pieces:
        screen.output(piece)
        screen.catch_up(1 << 20)
    return screen.limit_words()


@calm
@given(drawn_message())
def test_a_message_on_a_screen_of_any_width(drawn: tuple[str, int, list[bytes]]) -> None:
    """Wrapped at any width, repainted in any pieces, a limit's message on the screen is the trigger it is."""
    message, width, pieces = drawn
    words = seen_on_screen(width, pieces)
    assert words is not None and classify(words) is classify(message)
    assert "".join(plain(words).split()) == "".join(plain(message).split())  # a long word may be broken


PROSE = [decoy.raw for decoy in DECOYS if decoy.text is not None and "\n" not in decoy.raw]


@calm
@given(st.sampled_from(PROSE), WIDTHS, CUTS)
def test_prose_on_a_screen_of_any_width(text: str, width: int, places: list[int]) -> None:
    """What the model says of limits, drawn as its answer, is no trigger, however it is wrapped."""
    lines = textwrap.wrap(text, width - 2)
    answer = [f"{'● ' if number == 0 else '  '}{line}" for number, line in enumerate(lines)]
    rule = "─" * width
    screen = "\r\n".join(["> say hello", *answer, "", rule, "> ", rule, "  ? for shortcuts"])
    assert seen_on_screen(width, list(cut(screen.encode(), places))) is None


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_is_drawn_and_seen(message: str) -> None:
    """On a screen of 80 columns."""
    lines = textwrap.wrap(message, 75, break_on_hyphens=False)
    drawn = "\r\n".join([f"  ⎿  {lines[0]}", *(f"     {line}" for line in lines[1:])])
    rule = "─" * 80
    screen = f"> hi\r\n{drawn}\r\n\r\n{rule}\r\n> \r\n{rule}\r\n"
    assert seen_on_screen(80, [screen.encode()]) is not None
