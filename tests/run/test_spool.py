"""Bytes kept for a second reading."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from claude_fallback.run.spool import MEMORY_LIMIT, Spool


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def files_of_ours() -> list[str]:
    """What we hold open of deleted files."""
    links = []
    for fd in os.listdir("/proc/self/fd"):
        try:
            links.append(os.readlink(f"/proc/self/fd/{fd}"))
        except OSError:
            continue
    return [link for link in links if "claude-fallback-" in link and link.endswith("(deleted)")]


@pytest.mark.parametrize("sizes", [[], [0], [10], [9, 1], [10, 1], [11], [5, 5, 5, 5], [100, 1]])
def test_every_byte_is_kept(temporary: Path, sizes: list[int]) -> None:
    """Whatever the pieces, in memory or on disk: what was appended is read back from any offset."""
    spool = Spool(limit=10)
    whole = b""
    for number, size in enumerate(sizes):
        piece = bytes([number]) * size
        spool.append(piece)
        whole += piece
        assert spool.bytes() == whole
    assert spool.size == len(whole)
    for offset in range(0, len(whole) + 2, 3):
        assert spool.read(offset) == whole[offset : offset + 65536]
        assert spool.read(offset, 2) == whole[offset : offset + 2]
    assert not spool.lost
    spool.close()


def test_bound_of_memory(temporary: Path) -> None:
    """Up to 8 MB stay in memory; one byte more and all of it is in a file that only we can read, and that has
    no name any more."""
    others = files_of_ours()  # of tests before this one
    spool = Spool()
    spool.append(b"x" * MEMORY_LIMIT)
    assert MEMORY_LIMIT == 8 << 20
    assert files_of_ours() == others
    spool.append(b"y")
    assert len(files_of_ours()) == len(others) + 1
    assert list(temporary.iterdir()) == []
    assert stat.S_IMODE(os.fstat(spool._fd).st_mode) == 0o600
    assert os.fstat(spool._fd).st_size == MEMORY_LIMIT + 1
    assert not os.get_inheritable(spool._fd)
    assert spool.read(MEMORY_LIMIT - 1) == b"xy"
    spool.close()
    assert files_of_ours() == others


def test_nowhere_to_write(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a temporary folder it is told that bytes are missing; those that came before are there."""
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(temporary / "gone"))
    spool = Spool(limit=3)
    spool.append(b"abc")
    spool.append(b"def")
    spool.append(b"ghi")
    assert spool.lost
    assert (spool.size, spool.bytes()) == (3, b"abc")


@pytest.mark.parametrize("room", [0, 2, 6])
def test_full_disk(temporary: Path, room: int) -> None:
    """A disk that fills up, before or in the middle of a piece: told, nothing raised, no torn piece read."""
    program = (
        "import resource, sys\n"
        "from claude_fallback.run.spool import Spool\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))\n"
        "spool = Spool(limit=3)\n"
        "for piece in (b'abc', b'de', b'fgh', b'i'): spool.append(piece)\n"
        "print(spool.lost, spool.bytes(), spool.read(0, 99), spool.read(9))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )  # fmt: skip
    kept = b"abcde" if room == 6 else b"abc"
    assert done.stdout == f"True {kept!r} {kept!r} b''\n"
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(("sizes", "lost"), [([10], False), ([4, 6], False), ([11], True), ([4, 7, 1], True)])
def test_bound_of_the_disk(temporary: Path, sizes: list[int], lost: bool) -> None:
    """What is larger than the bound fills no folder: it is told that the rest is not kept."""
    spool = Spool(limit=3, most=10)
    for size in sizes:
        spool.append(b"x" * size)
    assert spool.lost == lost
    assert spool.bytes() == b"x" * (sum(sizes) if not lost else sizes[0] if sizes[0] <= 10 else 0)
    spool.close()
