"""Files of lines that many processes append to."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from claude_fallback.memory import lines

WRITE = """
import sys
from claude_fallback.memory import lines
for number in range(200):
    lines.append(sys.argv[1], f"{sys.argv[2]} {number} {'x' * 90}\\n".encode(), int(sys.argv[3]))
"""


def written_by_eight(path: Path, largest: int) -> list[bytes]:
    command = [sys.executable, "-c", WRITE, str(path)]
    writers = [subprocess.Popen([*command, str(name), str(largest)]) for name in range(8)]
    assert [writer.wait() for writer in writers] == [0] * 8
    return list(lines.read(str(path)))


def test_many_writers_lose_and_mix_nothing(tmp_path: Path) -> None:
    """Eight processes, two hundred lines each: all are there, each whole."""
    found = written_by_eight(tmp_path / "lines", 10_000_000)
    assert len(found) == 1600
    assert {line.split()[0] for line in found} == {b"%d" % name for name in range(8)}
    assert all(line.endswith(b" " + b"x" * 90) for line in found)


def test_many_writers_turn_it_over(tmp_path: Path) -> None:
    """Two files at most, the older one full, and what they hold is whole."""
    found = written_by_eight(tmp_path / "lines", 20_000)
    assert {one.name for one in tmp_path.iterdir()} <= {"lines", "lines.1"}
    assert (tmp_path / "lines.1").stat().st_size > 20_000
    assert all(line.endswith(b" " + b"x" * 90) for line in found)


def test_a_file_is_turned_over_once(tmp_path: Path) -> None:
    """A writer that still has the old file open does not move the new one over it."""
    path = tmp_path / "lines"
    path.write_bytes(b"old\n" * 10)
    late = os.open(path, os.O_WRONLY | os.O_APPEND)
    lines.append(str(path), b"first to see that it is large\n", 10)
    lines.append(str(path), b"new\n", 1000)
    lines._turn_over(str(path), late)
    os.close(late)
    assert path.read_bytes() == b"new\n"
    assert (tmp_path / "lines.1").read_bytes().startswith(b"old\n")


def test_a_full_disk(tmp_path: Path) -> None:
    """A line that has no room leaves no piece of itself, which would spoil the next one."""
    path = tmp_path / "lines"
    lines.append(str(path), b"one\n", 1000)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 2, usual[1]))
    try:
        with pytest.raises(OSError) as refused:
            lines.append(str(path), b"two\n", 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert refused.value.errno == errno.ENOSPC
    lines.append(str(path), b"three\n", 1000)
    assert path.read_bytes() == b"one\nthree\n"


def test_a_file_that_was_turned_over_meanwhile(tmp_path: Path) -> None:
    """Another writer has moved it, and nobody has begun the next one: nothing to do, no error."""
    path = tmp_path / "lines"
    late = os.open(path, os.O_WRONLY | os.O_CREAT)
    path.rename(tmp_path / "lines.1")
    lines._turn_over(str(path), late)
    os.close(late)
    assert [one.name for one in tmp_path.iterdir()] == ["lines.1"]


def test_private(tmp_path: Path) -> None:
    """0600 in a folder of 0700, whatever the umask; a link in its place is not followed."""
    before = os.umask(0)
    try:
        lines.append(str(tmp_path / "new" / "lines"), b"x\n", 100)
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new" / "lines").stat().st_mode & 0o777 == 0o600
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="symbolic links"):
        lines.append(str(tmp_path / "link"), b"x\n", 100)


def test_what_is_no_file_is_passed_over(tmp_path: Path) -> None:
    """A folder, a FIFO that nobody writes to, nothing at all: no line, and no waiting."""
    os.mkfifo(tmp_path / "fifo")
    for name in ("fifo", "", "missing"):
        assert list(lines.read(str(tmp_path / name))) == []
