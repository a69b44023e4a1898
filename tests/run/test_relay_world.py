"""What a program sees of the world when we started it, and how it is found."""

from __future__ import annotations

import json
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
Finish = Callable[..., "subprocess.CompletedProcess[bytes]"]
OURS = [sys.executable, "-m", "claude_fallback"]


def worlds(zoo: Zoo, *argv: str | bytes, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a program sees by itself, and under us."""
    native, ours = (
        json.loads(start("world", *argv, **options).communicate(timeout=30)[0])
        for start in (zoo.bare, zoo.ours)
    )
    return native, ours


@pytest.mark.parametrize(
    "changed",
    [{}, {"LANG": "C"}, {"LANG": ""}, {"LC_CTYPE": "C.UTF-8", "LANG": ""}, {"ODD": "\udcff\udcfe"}],
    ids=["usual", "C", "no language", "only LC_CTYPE", "no UTF-8"],
)
def test_environment(zoo: Zoo, changed: dict[str, str]) -> None:
    """The program's environment is the caller's, with two variables of ours."""
    zoo.env.update(changed)
    native, ours = (
        sorted(start("environ").communicate(timeout=30)[0].split(b"\0")) for start in (zoo.bare, zoo.ours)
    )
    assert ours == sorted([*native, b"CLAUDE_FALLBACK_ROUTE=native", b"CLAUDE_FALLBACK_DEPTH=1"])


def test_place_in_the_world(zoo: Zoo, tmp_path: Path) -> None:
    """Folder, umask, niceness, session, process group, terminal, inherited fds and argv are the caller's."""

    def prepare() -> None:
        os.umask(0o137)
        os.nice(3)

    spare = os.open(tmp_path, os.O_RDONLY)
    given: dict[str, Any] = {"cwd": tmp_path, "preexec_fn": prepare, "pass_fds": [spare]}
    native, ours = worlds(zoo, b"\xff\xfe", "", "two words", "é", "*", **given)
    os.close(spare)
    for name in ("cwd", "umask", "nice", "session", "group", "terminal", "fds", "stdin"):
        assert ours[name] == native[name], name
    assert (native["umask"], native["nice"], native["fds"]) == (0o137, 3, [spare])
    session = [ours["argv"][0], ours["argv"][1]]
    assert bytes.fromhex(session[0]) == b"--session-id"
    assert ours["argv"][2:] == native["argv"]


def test_long_argv(zoo: Zoo) -> None:
    """A command line of a megabyte arrives whole."""
    words = ["x" * 100_000] * 10
    native, ours = worlds(zoo, *words)
    assert ours["argv"][2:] == native["argv"]
    assert len(native["argv"]) == 11


@pytest.mark.parametrize(
    ("argv", "added"),
    [
        (["-p", "hi"], {"CLAUDE_FALLBACK": "off"}),
        (["-p", "hi"], {"CLAUDE_FALLBACK_ROUTE": "native"}),
        (["mcp", "list"], {}),
        (["--help"], {}),
    ],
    ids=["switched off", "nested", "subcommand", "help"],
)
def test_claude_takes_our_place(zoo: Zoo, argv: list[str], added: dict[str, str]) -> None:
    """Switched off, nested, or claude's own affair: the program runs in our process, with the same argv and
    signals, and one more variable in its environment."""
    process = subprocess.Popen([*OURS, *argv], env={**zoo.of("world"), **added}, stdout=subprocess.PIPE)
    ours = json.loads(process.communicate(timeout=30)[0])
    native = json.loads(
        subprocess.run([zoo.path("world"), *argv], env={**zoo.of("world"), **added}, stdout=subprocess.PIPE,
                       timeout=30, check=True).stdout
    )  # fmt: skip
    assert ours["pid"] == process.pid
    for name in ("argv", "signals", "fds", "cwd"):
        assert ours[name] == native[name]
    assert ours["env"] == {**native["env"], b"CLAUDE_FALLBACK_DEPTH".hex(): b"1".hex()}


def script(path: Path, text: str) -> None:
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)


@pytest.mark.parametrize("argv", [["-p", "hi"], ["--version"], ["mcp"]])
def test_shim_that_leads_back_to_us(zoo: Zoo, tmp_path: Path, argv: list[str], finish: Finish) -> None:
    """A `claude` on PATH that calls us through another script is not followed for ever: exit 127 and what to
    do, and not a word on stdout."""
    script(tmp_path / "claude", 'exec third "$@"\n')
    script(tmp_path / "third", f'exec {" ".join(OURS)} "$@"\n')
    env = {**zoo.env, "PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = finish([*OURS, *argv], env)
    assert done.returncode == 127
    assert done.stdout == b""
    assert b"leads back to claude-fallback; set CLAUDE_FALLBACK_CLAUDE" in done.stderr
    assert done.stderr.count(b"\n") == 1


def zoo_on_path(zoo: Zoo, folder: Path, name: str) -> str:
    """A folder with `name` installed as npm installs claude: a link to a file beside its package.json."""
    folder.mkdir()
    (folder / "claude").symlink_to(zoo.path(name))
    return str(folder)


def test_symlinked_as_claude(zoo: Zoo, tmp_path: Path, finish: Finish) -> None:
    """We stand first on PATH under the name claude: the real one behind us is found."""
    first = tmp_path / "first"
    first.mkdir()
    (first / "claude").symlink_to(Path(sys.executable).parent / "claude-fallback")
    real = zoo_on_path(zoo, tmp_path / "second", "echoes")
    env = {**zoo.env, "PATH": f"{first}:{real}:/usr/bin:/bin"}
    done = finish(["bash", "-c", "claude -p"], env, b"hello")
    assert (done.stdout, done.stderr, done.returncode) == (b"hello", b"", 0)


@pytest.mark.parametrize("command", [OURS, [str(Path(sys.executable).parent / "claude-fallback")]])
def test_cron(zoo: Zoo, tmp_path: Path, command: list[str], finish: Finish) -> None:
    """Without HOME, TERM and language and with a short PATH, as in cron, the run is as it is without us."""
    real = zoo_on_path(zoo, tmp_path / "bin", "echoes")
    env = {
        "PATH": f"{real}:/usr/bin:/bin",
        "CLAUDE_CONFIG_DIR": f"{tmp_path}/c",
        "CLAUDE_FALLBACK_DATA": f"{tmp_path}/d",
    }
    done = finish([*command, "-p"], env, "grüße".encode())
    assert (done.stdout, done.stderr, done.returncode) == ("grüße".encode(), b"", 0)


def test_no_claude(zoo: Zoo, finish: Finish) -> None:
    """No claude anywhere: exit 127, as a shell says it, and how to install it."""
    done = finish([*OURS, "-p", "x"], {**zoo.env, "PATH": "/nowhere"})
    assert (done.stdout, done.returncode) == (b"", 127)
    assert b"npm install -g @anthropic-ai/claude-code" in done.stderr


@pytest.mark.parametrize("name", ["litellm_config.json", "litellm_state.json"])
def test_fifo_in_the_place_of_a_file(zoo: Zoo, tmp_path: Path, name: str, finish: Finish) -> None:
    """A FIFO where our configuration or state should be does not hang the run."""
    folder = Path(zoo.env["HOME"], ".claude")
    folder.mkdir()
    os.mkfifo(folder / name)
    real = zoo_on_path(zoo, tmp_path / "bin", "echoes")
    done = finish([*OURS, "-p"], {**zoo.env, "PATH": f"{real}:{zoo.env['PATH']}"}, b"hello")
    assert (done.stdout, done.returncode) == (b"hello", 0)
