"""The relay: with our command in between, a program and its user see what they see without it."""

from __future__ import annotations

import json
import signal
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
EVERY_BYTE = bytes(range(256)).decode("latin-1")
WORDS = {
    "plain": [[1, "hello\n"]],
    "nothing": [],
    "no newline at the end": [[1, "hello"]],
    "every byte": [[1, EVERY_BYTE], [2, EVERY_BYTE]],
    "CRLF": [[1, "a\r\nb\r\n"]],
    "only stderr": [[2, "warning\n"]],
    "mixed": [[1, "1\n"], [2, "2\n"], [1, "3"], [2, "4\n"], [1, "5\n"]],
    "a line cut": [[1, '{"type":"sys'], [1, 'tem"}\n{"a'], [1, '":1}']],
    "long": [[1, "x" * 300_000 + "\n"], [2, "y" * 200_000]],
    "a long line of JSON": [[1, '{"type":"assistant","text":"' + "z" * 2_500_000 + '"}\n{"type":"x"}\n']],
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())
def test_bytes(zoo: Zoo, words: object, form: str) -> None:
    """stdout and stderr arrive byte for byte, each in its own stream, whatever the format was said to be."""
    zoo.words(words)
    native, ours = zoo.both("says", "--output-format", form)
    assert ours == native


@pytest.mark.parametrize("form", FORMATS)
def test_order_of_two_streams_in_one(zoo: Zoo, form: str) -> None:
    """`2>&1`: words of both streams arrive in the order in which they were written."""
    zoo.words([[1 + number % 2, f"{number}\n"] for number in range(200)])
    native, ours = zoo.both("says", "--output-format", form, stderr=subprocess.STDOUT)
    assert ours == native


@pytest.mark.parametrize("end", [0, 1, 2, 3, 42, 126, 127, 128, 130, 143, 254, 255])
def test_exit_code(zoo: Zoo, end: int) -> None:
    """Our exit code is the program's."""
    zoo.env["ZOO_END"] = str(end)
    assert zoo.both("exits") == [(b"", b"", end)] * 2


@pytest.mark.parametrize("name", ["HUP", "INT", "QUIT", "KILL", "USR1", "PIPE", "ALRM", "TERM"])
def test_exit_code_of_a_signal(zoo: Zoo, name: str) -> None:
    """A program that a signal ends gives 128 + n, as in a shell."""
    zoo.env["ZOO_END"] = f"-{name}"
    assert zoo.both("exits") == [(b"", b"", 128 + getattr(signal, f"SIG{name}"))] * 2


def test_reader_that_leaves(zoo: Zoo) -> None:
    """`| head -1`: the program finds out that nobody reads as without us; the exit code is its own."""
    zoo.env["ZOO_MEGABYTES"] = "50"
    codes = []
    for command in (zoo.path("floods"), " ".join(OURS)):
        script = f"{command} -p </dev/null | head -c 10 >/dev/null; echo ${{PIPESTATUS[*]}}"
        done = zoo.shell("floods", script)
        codes.append(done.stdout)
        assert b"BrokenPipe" in done.stderr
    assert codes[0] == codes[1]


def test_sigpipe_ends_a_program(zoo: Zoo) -> None:
    """A program that leaves SIGPIPE alone dies of it, as without us."""
    script = f"yes | {' '.join(OURS)} -p | head -1; echo ${{PIPESTATUS[*]}}"
    done = zoo.shell("echoes", script)
    assert done.stdout == b"y\n141 141 0\n", done


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams(zoo: Zoo, tmp_path: Path, closed: str) -> None:
    """Whichever of stdin, stdout and stderr is closed, no pipe of ours takes its place, but for stdout's own,
    and the run ends as it does without us."""
    zoo.env["ZOO_FILE"] = str(tmp_path / "world")
    found = []
    for start in ([zoo.path("world"), "-p"], [*OURS, "-p"]):
        done = zoo.shell("world", f'"$@" {closed}', *start)
        standard = json.loads((tmp_path / "world").read_text())["standard"]
        found.append((done.stdout, done.stderr, done.returncode, standard[0], standard[2] or "/dev/null"))
    stdin = [fields[3] for fields in found]
    assert stdin == [None, None] if "<&-" in closed else all("pipe:" in link for link in stdin)
    if closed == "2>&-":
        assert {fields[4] for fields in found} == {"/dev/null"}
    assert [fields[:3] for fields in found] == [(b"", b"", 0)] * 2


def test_grandchild_that_holds_stdout(zoo: Zoo) -> None:
    """We end when the program ends, though a process that it left behind still holds its stdout."""
    ours = zoo.ours("parent", stderr=subprocess.DEVNULL)
    assert ours.wait(timeout=30) == 0
    assert ours.stdout and ours.stdout.read() == b"done\n"
    zoo.open_gate()


def test_grandchild_that_floods(zoo: Zoo) -> None:
    """…and though it writes for ever: what comes after the program's end is not the program's."""
    ours = zoo.ours("leaves-yes", stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stdout, _ = ours.communicate(timeout=60)
    assert stdout.startswith(b"done\n") or stdout.startswith(b"y\n")
    assert ours.returncode == 0


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("size", [10, 500_000])
def test_full_disk(zoo: Zoo, form: str, size: int) -> None:
    """Output that cannot be written is an error, said so: exit 1, as claude's own is (2.1.330)."""
    zoo.words([[1, "x" * size]])
    with open("/dev/full", "wb") as full:
        ours = zoo.ours("says", "--output-format", form, stdout=full)
        _, stderr = ours.communicate(timeout=30)
    assert ours.returncode == 1
    words = [line for line in stderr.splitlines() if line.startswith(b"claude-fallback: ")]
    assert len(words) == 1
    assert b"cannot write all of claude's output: No space left on device" in words[0]


def test_stream_json_flows_at_once(zoo: Zoo, line_of: Callable[[Any], bytes]) -> None:
    """A line of stream-json arrives while the program still runs."""
    zoo.env["ZOO_STEPS"] = "3"
    ours = zoo.ours("steps", "--output-format", "stream-json", "--verbose")
    for step in range(3):
        assert json.loads(line_of(ours.stdout))["step"] == step
        assert ours.poll() is None
        zoo.open_gate()
    assert ours.wait(timeout=30) == 0
