"""The one place where exceptions become exit codes."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from claude_fallback import paths
from claude_fallback.boundary import guard
from claude_fallback.errors import FallbackError, UsageError
from claude_fallback.memory import fault


def raising(error: BaseException) -> int:
    raise error


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (FallbackError("no gateway; start it"), 1, "claude-fallback: no gateway; start it\n"),
        (UsageError("no such word"), 2, "claude-fallback: no such word\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_expected_endings(
    environ: dict[str, str], capfd: pytest.CaptureFixture[str], error: BaseException, code: int, said: str
) -> None:
    """One line on stderr, nothing on stdout, the code that belongs to it."""
    assert guard(lambda: raising(error), environ) == code
    assert tuple(capfd.readouterr()) == ("", said)


def test_what_main_returns_is_the_exit_code(environ: dict[str, str]) -> None:
    """Whatever it is."""
    assert guard(lambda: 42, environ) == 42


def test_a_bug_leaves_a_log_that_can_be_pasted(
    environ: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit 3; the file is private, has the traceback and the versions, and no key."""
    assert guard(lambda: raising(ValueError("bad key sk-ant-secret-1")), environ) == 3
    (log,) = Path(paths.data_dir(environ)).glob("crash-*.log")
    text = log.read_text()
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert str(log) in said.err
    assert "in raising" in text
    assert "python 3" in text
    assert "sk-ant-secret-1" not in text + said.err
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_bug_where_nothing_can_be_written_is_told_whole(capfd: pytest.CaptureFixture[str]) -> None:
    """The traceback goes to stderr then."""
    assert guard(lambda: raising(ValueError("odd")), {"HOME": "/dev/null"}) == 3
    assert "in raising" in capfd.readouterr().err


def test_a_reader_that_left_ends_quietly(environ: dict[str, str]) -> None:
    """141 as a shell reports it, and the interpreter has nothing to complain about at its end."""
    script = (
        "import os, sys; from claude_fallback.boundary import guard\n"
        "def main():\n    print('x' * 100000, flush=True)\n    return 0\n"
        "sys.exit(guard(main, os.environ))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait() == 141


def test_reports_do_not_fill_the_disk(environ: dict[str, str]) -> None:
    """A fault in a cron job leaves the newest ones only."""
    paths_of = [fault.write(environ, str(number)) for number in range(fault.MOST + 2)]
    folder = Path(paths.data_dir(environ))
    assert sorted(map(str, folder.glob("crash-*.log"))) == paths_of[2:]


def test_no_room_for_a_report(environ: dict[str, str]) -> None:
    """The words are told all the same, and nothing is raised."""
    error = ValueError("no room for hunter2-hunter2")
    said = fault.kept({"HOME": "/dev/null", "X_API_KEY": "hunter2-hunter2"}, "test", error)
    assert said == "ValueError: no room for [redacted]"
