"""The cache folder: where it is, what is in it, who may fill it."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from claude_fallback.gateway.progress import Progress
from scripts import cache
from scripts.jobs import ScriptError

HOLDER = """
import sys
from claude_fallback.gateway.progress import QUIET
from scripts import cache
with cache.alone(sys.argv[1], QUIET):
    print(flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "{home}/.cache/claude-fallback/test"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/claude-fallback/test"),
        ({"XDG_CACHE_HOME": "/x", cache.VARIABLE: "/elsewhere"}, "/elsewhere"),
    ],
)
def test_where_it_is(home: str, environ: dict[str, str], expected: str) -> None:
    """Our own variable beats XDG's, which beats the home."""
    assert cache.folder(environ) == expected.format(home=home)


def package(folder: Path, version: str, file: str) -> Path:
    path = folder / "claude" / version / "node_modules" / "@anthropic-ai" / file
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def test_a_release_is_a_script_or_a_program(tmp_path: Path) -> None:
    """Up to 2.1.112 node runs it; then it is a program, and of twins not the one for musl."""
    script = package(tmp_path, "1.0.60", "claude-code/cli.js")
    package(tmp_path, "2.1.330", "claude-code-linux-x64-musl/claude")
    program = package(tmp_path, "2.1.330", "claude-code-linux-x64/claude")
    assert cache.claude_argv(str(tmp_path), "1.0.60") == ["node", str(script)]
    assert cache.claude_argv(str(tmp_path), "2.1.330") == [str(program)]
    assert cache.claude_argv(str(tmp_path), "2.0.42") is None


def test_a_folder_that_cannot_be_used_is_told_with_the_way_out(tmp_path: Path) -> None:
    """A file in its place stands for all that may be wrong with it."""
    (tmp_path / "cache").touch()
    with (
        pytest.raises(ScriptError, match=f"export {cache.VARIABLE}=FOLDER"),
        cache.alone(str(tmp_path / "cache"), Progress(io.StringIO())),
    ):
        pass


def test_a_second_set_up_waits_and_says_so(tmp_path: Path) -> None:
    """It goes on as soon as the first has ended."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        cwd=cache.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout and holder.stdin
        holder.stdout.readline()

        class LetGo(io.StringIO):
            def write(self, text: str) -> int:
                assert holder.stdin
                holder.stdin.close()
                return super().write(text)

        shown = LetGo()
        with cache.alone(str(tmp_path), Progress(shown)):
            assert "waiting for another set-up" in shown.getvalue()
