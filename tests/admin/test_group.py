"""The words after `for`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

Command = Callable[..., CompletedProcess[str]]
MAIN = "import os, sys; from claude_fallback.admin import main; sys.exit(main(sys.argv[1:], os.environ))"


def for_(environ: dict[str, str], *argv: str) -> CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MAIN, *argv], env=environ, capture_output=True, text=True, check=False
    )


def test_for_alone_names_the_adapters(environ: dict[str, str]) -> None:
    """And how to go on."""
    done = for_(environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert "claude-fallback for litellm" in done.stdout
    unknown = for_(environ, "bogus")
    assert (unknown.returncode, unknown.stdout, unknown.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    "action",
    [
        "status",
        "connect",
        "disconnect",
        *(f"config {verb}" for verb in ("show", "get", "set", "unset", "path")),
    ],
)
def test_every_command_has_help_with_an_example(command: Command, action: str) -> None:
    """On stdout, exit 0; the example is the command itself."""
    done = command(*action.split(), "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Example: " in done.stdout
    assert f"claude-fallback for litellm {action}" in " ".join(done.stdout.split("Example: ")[1].split())


def test_an_unknown_action_is_one_line_and_exit_2(command: Command) -> None:
    """Without a traceback."""
    done = command("bogus")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_a_verb_imports_no_other_verb(environ: dict[str, str]) -> None:
    """The others may be heavy, or broken."""
    look = (
        "import os, sys; from claude_fallback.admin import main\n"
        "main(['litellm', 'config', 'path'], os.environ)\n"
        "print(*(name for name in sys.modules if name.startswith('claude_fallback.admin.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", look], env=environ, capture_output=True, text=True, check=True
    )
    loaded = done.stdout.splitlines()[1].split()
    assert sorted(loaded) == [f"claude_fallback.admin.{name}" for name in ("config", "group", "screen")]


def test_a_full_disk_behind_stdout_is_a_failure(environ: dict[str, str]) -> None:
    """Exit 0 would say that the answer is there."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", MAIN, "litellm", "config", "path"],
            env=environ,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_a_reader_that_left_is_no_traceback(environ: dict[str, str]) -> None:
    """As in `… config show | head -0`."""
    child = subprocess.Popen(
        [sys.executable, "-c", MAIN, "litellm", "config", "show"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait() != 0


def test_a_narrow_encoding_loses_signs_and_not_the_answer(command: Command) -> None:
    """cron has no UTF-8; claude's words do."""
    command("config", "set", "add-model-mapping", "claude:möwe∙")
    done = command("config", "get", "model-mappings", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "m?we?" in done.stdout
