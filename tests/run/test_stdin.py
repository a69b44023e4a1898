"""The user's stdin on its way to one leg, and to the next."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from claude_fallback.run.spool import Spool
from claude_fallback.run.stdin import CHUNK, Feed, Part, Stdin


@pytest.fixture
def zero() -> Iterator[Callable[[int], None]]:
    """Put another fd in the place of 0 for a while."""
    before = os.dup(0)

    def put(fd: int) -> None:
        os.dup2(fd, 0)
        os.close(fd)

    yield put
    os.dup2(before, 0)
    os.close(before)


def piped(zero: Callable[[int], None], data: bytes) -> None:
    theirs, ours = os.pipe()
    zero(theirs)
    os.write(ours, data)
    os.close(ours)


def through(stdin: Stdin, cursor: int = 0, prefix: bytes = b"") -> bytes:
    """All that a leg reads."""
    theirs, ours = os.pipe()
    os.set_blocking(theirs, False)
    feed = Feed(stdin, ours, Part(cursor, prefix))
    found = b""
    while feed.wants_read or feed.wants_write:
        feed.step()
        found += read(theirs)
    assert feed.fd == -1, "the leg waits for an end that never comes"
    found += read(theirs)
    os.close(theirs)
    return found


def read(fd: int) -> bytes:
    try:
        return os.read(fd, 1 << 20)
    except BlockingIOError:
        return b""


@pytest.mark.parametrize("data", [b"", b"x", b"line\n" * 1000, b"y" * 65536])
def test_two_legs(zero: Callable[[int], None], data: bytes) -> None:
    """A pipe reaches the first leg whole, and the second once more; each finds its end, an empty one too."""
    piped(zero, data)
    stdin = Stdin(streams=False)
    assert stdin.piped
    assert through(stdin) == data
    assert through(stdin) == data


def test_prefix_and_cursor(zero: Callable[[int], None]) -> None:
    """A leg may get words before the rest, and the rest from any byte on."""
    piped(zero, b"first\nsecond\n")
    stdin = Stdin(streams=True)
    through(stdin)
    assert through(stdin, 6, b"ours\n") == b"ours\nsecond\n"
    assert through(stdin, 13) == b""
    assert through(stdin, 13, b"ours\n") == b"ours\n"


def test_second_leg_reads_on(zero: Callable[[int], None]) -> None:
    """What the first leg left unread comes to the second after what was kept."""
    theirs, ours = os.pipe()
    zero(theirs)
    os.write(ours, b"x" * 100)
    stdin = Stdin(streams=False)
    assert stdin.read(0) == (b"x" * 100, 100)
    os.write(ours, b"y" * 10)
    os.close(ours)
    assert through(stdin) == b"x" * 100 + b"y" * 10


def test_file(zero: Callable[[int], None], tmp_path: Path) -> None:
    """A file is the child's own, from where it stands; a second leg finds it wound back. As a stream
    of messages it goes through us."""
    (tmp_path / "f").write_bytes(b"0123456789")
    fd = os.open(tmp_path / "f", os.O_RDONLY)
    os.lseek(fd, 4, os.SEEK_SET)
    zero(fd)
    stdin = Stdin(streams=False)
    assert not stdin.piped
    assert os.read(0, 99) == b"456789"
    stdin.rewind()
    assert os.read(0, 99) == b"456789"
    assert Stdin(streams=True).piped


def test_what_is_inherited(zero: Callable[[int], None]) -> None:
    """/dev/null and a closed stdin are left as they are."""
    zero(os.open(os.devnull, os.O_RDONLY))
    assert not Stdin(streams=True).piped
    os.close(0)
    closed = Stdin(streams=False)
    assert closed.closed and not closed.piped
    zero(os.open(os.devnull, os.O_RDONLY))


class Full(Spool):
    def _to_disk(self) -> None:
        raise OSError(28, "No space left on device")


def test_no_room_to_keep(zero: Callable[[int], None]) -> None:
    """Without room to keep it the first leg still gets all of it, and a second leg never half of it."""
    piped(zero, b"x" * 60_000)
    stdin = Stdin(streams=False)
    stdin.kept = Full(limit=10)
    assert through(stdin) == b"x" * 60_000
    assert stdin.kept.lost
    assert through(stdin) == b""


def test_child_that_reads_no_more(zero: Callable[[int], None]) -> None:
    """A child that has closed its stdin ends the feed, not the run."""
    piped(zero, b"x" * CHUNK)
    theirs, ours = os.pipe()
    feed = Feed(Stdin(streams=False), ours)
    os.close(theirs)
    feed.step()
    assert not feed.wants_read and not feed.wants_write
