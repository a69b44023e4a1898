"""stdin on its way through us: whole, in flat memory, and never a reason to hang."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.run.conftest import Zoo

FORMATS = ("text", "json", "stream-json")
OURS = [sys.executable, "-m", "claude_fallback"]


@pytest.mark.parametrize("data", [b"", b"x", b"line\n", bytes(range(256)) * 5000, b"\n" * 100])
@pytest.mark.parametrize("form", FORMATS)
def test_stdin_through_a_pipe(zoo: Zoo, data: bytes, form: str) -> None:
    """What is piped in reaches the program whole, its end too."""
    native, ours = zoo.both("echoes", "--output-format", form, input=data)
    assert ours == native == (data, b"", 0)


def test_stdin_that_is_a_file(zoo: Zoo, tmp_path: Path) -> None:
    """A file is the program's own fd: it reads on from where the file stands."""
    file = tmp_path / "input"
    file.write_text("skipped\nread\n")
    with file.open("rb") as stdin:
        os.lseek(stdin.fileno(), 8, os.SEEK_SET)
        assert zoo.ours("echoes", stdin=stdin).communicate(timeout=30)[0] == b"read\n"


@pytest.mark.parametrize("extra", [[], ["--input-format", "stream-json"]])
def test_program_that_never_reads(zoo: Zoo, extra: list[str]) -> None:
    """A program that ends without reading ends the run, though the writer goes on or never closes."""
    ours = zoo.ours("deaf", *extra, stdin=subprocess.PIPE)
    assert ours.stdin and ours.stdout
    assert ours.stdout.read() == b"heard nothing\n"
    assert ours.wait(timeout=30) == 0
    with pytest.raises(BrokenPipeError):
        os.write(ours.stdin.fileno(), b"more")


def test_program_that_closes_its_stdin(zoo: Zoo, line_of: Callable[[Any], bytes]) -> None:
    """A program that stops reading early costs the run nothing, however much comes after."""
    ours = zoo.ours("closes", stdin=subprocess.PIPE)
    assert ours.stdin
    os.write(ours.stdin.fileno(), b"first\n")
    assert line_of(ours.stderr) == b"closed\n"
    os.write(ours.stdin.fileno(), b"x" * 60_000)
    zoo.open_gate()
    assert ours.stdout and ours.stdout.read() == b"first\n"
    assert ours.wait(timeout=30) == 0


def test_flood_both_ways(zoo: Zoo) -> None:
    """200 MB out while 50 MB go in: nothing is lost, nobody waits for ever."""
    zoo.env["ZOO_MEGABYTES"] = "200"
    script = f"head -c 50000000 /dev/zero | {' '.join(OURS)} -p | wc -c"
    done = zoo.shell("floods", script)
    assert (done.stdout.strip(), done.stderr) == (b"209715200", b"50000000")


def peak_memory(pid: int) -> int:
    """Kilobytes of resident memory at most so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def test_memory_stays_flat(zoo: Zoo, line_of: Callable[[Any], bytes], tmp_path: Path) -> None:
    """50 MB of stdin cost less than 30 MB of memory: what is kept for a replay goes to disk."""
    (tmp_path / "tmp").mkdir()
    zoo.env = {name: value for name, value in zoo.env.items() if not name.startswith("COVERAGE_")}
    zoo.env["TMPDIR"] = str(tmp_path / "tmp")
    ours = zoo.ours("counts", stdin=subprocess.PIPE)
    assert ours.stdin
    for _ in range(50):
        ours.stdin.write(b"x" * 1_000_000)
    ours.stdin.close()
    ours.stdin = None
    assert line_of(ours.stderr).strip() == b"50000000"
    assert peak_memory(ours.pid) < 30 << 10
    assert list((tmp_path / "tmp").iterdir()) == []
    zoo.open_gate()
    assert ours.communicate(timeout=30)[0] == b"counted\n"


def test_kill_leaves_nothing(zoo: Zoo, line_of: Callable[[Any], bytes], tmp_path: Path, home: str) -> None:
    """kill -9 of us in the middle of a run that keeps a large stdin: no file of ours is left anywhere."""
    (tmp_path / "tmp").mkdir()
    zoo.env["TMPDIR"] = str(tmp_path / "tmp")
    ours = zoo.ours("counts", stdin=subprocess.PIPE)
    assert ours.stdin
    ours.stdin.write(b"x" * 20_000_000)
    ours.stdin.close()
    ours.stdin = None
    line_of(ours.stderr)
    ours.kill()
    ours.wait(timeout=30)
    zoo.open_gate()  # the program lives on, and ends
    assert list((tmp_path / "tmp").iterdir()) == []
    assert [file for _, _, files in os.walk(home) for file in files] == []
