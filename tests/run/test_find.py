"""Finding the user's own claude, and its release."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from claude_fallback import paths
from claude_fallback.run import find

Environ = dict[str, str]


@pytest.fixture
def ourselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The console script that runs: sys.argv[0]."""
    path = program(
        tmp_path / "ours" / "claude-fallback", "#!/usr/bin/python3\nfrom claude_fallback.cli import main\n"
    )
    monkeypatch.setattr(sys, "argv", [str(path)])
    return path


def program(path: Path, text: str = "#!/bin/sh\nexit 0\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def on_path(environ: Environ, *folders: Path) -> Environ:
    return {**environ, "PATH": os.pathsep.join(map(str, folders))}


def package(folder: Path, version: str, script: str = "cli.js") -> Path:
    """claude as npm installs it: a package, and a link to its program in a bin folder."""
    path = program(folder / "lib/node_modules/@anthropic-ai/claude-code" / script)
    manifest = {"name": "@anthropic-ai/claude-code", "version": version, "bin": {"claude": script}}
    path.parent.joinpath("package.json").write_text(json.dumps(manifest, indent=2))
    link = folder / "bin" / "claude"
    link.parent.mkdir()
    link.symlink_to(path)
    return link


def asking(path: Path, version: str = "2.1.330 (Claude Code)", asked: Path | None = None) -> Path:
    """A claude that tells its release only when it is asked."""
    noted = f"echo asked >>{asked}\n" if asked else ""
    return program(path, f"#!/bin/sh\n{noted}echo '{version}'\n")


def test_first_on_path(environ: Environ, ourselves: Path, tmp_path: Path) -> None:
    """The first claude on PATH, as it stands there: a version manager's link must not be resolved."""
    link = package(tmp_path / "npm", "2.1.330")
    program(tmp_path / "later" / "claude")
    missing, empty = tmp_path / "missing", tmp_path / "empty"
    empty.mkdir()
    assert find.claude(on_path(environ, missing, empty, link.parent, tmp_path / "later")) == str(link)


def test_not_ourselves(environ: Environ, ourselves: Path, tmp_path: Path) -> None:
    """Under the name claude we are passed over: as a link, as a copy, as a script that calls us."""
    program(ourselves, "\x7fELF")  # a launcher that is no script tells nothing by its words
    folders = [tmp_path / name for name in ("link", "chain", "copy", "shell", "module")]
    for folder in folders:
        folder.mkdir()
    (folders[0] / "claude").symlink_to(ourselves)
    (folders[1] / "claude").symlink_to(folders[0] / "claude")
    program(folders[2] / "claude", "#!/other/python\nimport sys\nfrom claude_fallback.cli import main\n")
    program(folders[3] / "claude", '#!/bin/sh\nexec claude-fallback "$@"\n')
    program(folders[4] / "claude", '#!/bin/sh\nexec python3 -m claude_fallback "$@"\n')
    real = program(tmp_path / "real" / "claude")
    assert find.claude(on_path(environ, *folders, real.parent)) == str(real)
    with pytest.raises(find.ClaudeNotFoundError):
        find.claude(on_path(environ, *folders))


def test_what_is_no_program(environ: Environ, ourselves: Path, tmp_path: Path) -> None:
    """A folder, a dangling link, a file that may not be run: none of them is claude."""
    (tmp_path / "folder" / "claude").mkdir(parents=True)
    (tmp_path / "dangling").mkdir()
    (tmp_path / "dangling" / "claude").symlink_to(tmp_path / "gone")
    program(tmp_path / "plain" / "claude").chmod(0o644)
    real = program(tmp_path / "real" / "claude")
    folders = [tmp_path / name for name in ("folder", "dangling", "plain", "real")]
    assert find.claude(on_path(environ, *folders)) == str(real)


def test_large_program(environ: Environ, ourselves: Path, tmp_path: Path) -> None:
    """A program is no script of ours because it mentions us somewhere."""
    binary = program(tmp_path / "b" / "claude", "\x7fELF claude-fallback")
    assert find.claude(on_path(environ, binary.parent)) == str(binary)
    script = program(tmp_path / "s" / "claude", "#!/bin/sh\n" + "#\n" * 4096 + "# not claude-fallback\n")
    assert find.claude(on_path(environ, script.parent)) == str(script)


def test_chosen(environ: Environ, ourselves: Path, tmp_path: Path) -> None:
    """CLAUDE_FALLBACK_CLAUDE beats the config, the config beats PATH; both may start with ~."""
    mine = program(Path(environ["HOME"], "mine"))
    theirs = program(tmp_path / "theirs")
    first = program(tmp_path / "bin" / "claude")
    where = on_path(environ, first.parent)
    assert find.claude({**where, "CLAUDE_FALLBACK_CLAUDE": "~/mine"}, str(theirs)) == str(mine)
    assert find.claude(where, str(theirs)) == str(theirs)
    assert find.claude({**where, "CLAUDE_FALLBACK_CLAUDE": ""}, None) == str(first)


@pytest.mark.parametrize("chosen", ["/nowhere/claude", "/", ""])
def test_chosen_wrongly(environ: Environ, ourselves: Path, chosen: str) -> None:
    """What was chosen and is no program is named with where it was chosen, and ends the run with 127; another
    claude is never taken for it."""
    if chosen:
        with pytest.raises(find.ClaudeNotFoundError, match=f"CLAUDE_FALLBACK_CLAUDE names {chosen},"):
            find.claude({**environ, "CLAUDE_FALLBACK_CLAUDE": chosen})
        with pytest.raises(find.ClaudeNotFoundError, match=f"config key claude-path names {chosen},"):
            find.claude(environ, chosen)
    assert find.ClaudeNotFoundError.exit_code == 127


def test_nothing_found(environ: Environ, ourselves: Path, tmp_path: Path) -> None:
    """No claude: how to install one."""
    with pytest.raises(find.ClaudeNotFoundError, match="npm install -g @anthropic-ai/claude-code"):
        find.claude(on_path(environ, tmp_path))


def never(environ: Environ) -> Environ:
    """An environment in which nothing can be started."""
    return {**environ, "PATH": "/nowhere"}


@pytest.mark.parametrize("script", ["cli.js", "bin/claude.exe"])
def test_release_of_a_package(environ: Environ, tmp_path: Path, script: str) -> None:
    """npm's package.json tells the release; nothing is started for it."""
    link = package(tmp_path, "2.1.112", script)
    assert find.release(str(link), never(environ)) == (2, 1, 112)
    assert not os.path.exists(paths.data_dir(environ))


def test_release_of_the_native_installer(environ: Environ, tmp_path: Path) -> None:
    """The native installer names the file by its release; nothing is started for it."""
    real = program(tmp_path / "share/claude/versions/2.1.330", "\x7fELF")
    link = tmp_path / "claude"
    link.symlink_to(real)
    assert find.release(str(link), never(environ)) == (2, 1, 330)


def test_release_of_a_package_that_is_not_claudes(environ: Environ, tmp_path: Path) -> None:
    """A package.json of something else beside claude is not its release."""
    path = asking(tmp_path / "claude")
    (tmp_path / "package.json").write_text('{"name": "mine", "version": "9.9.9"}')
    assert find.release(str(path), environ) == (2, 1, 330)


def test_release_is_asked_once(environ: Environ, tmp_path: Path) -> None:
    """Another claude is asked, once for a file of this path, size and time; a changed file is asked again."""
    asked = tmp_path / "asked"
    path = asking(tmp_path / "claude", "2.1.30 (Claude Code)", asked)
    assert [find.release(str(path), environ) for _ in range(3)] == [(2, 1, 30)] * 3
    assert asked.read_text() == "asked\n"
    asking(path, "2.1.112 (Claude Code)", asked)
    assert find.release(str(path), environ) == (2, 1, 112)
    os.utime(path, ns=(1, 1))
    assert find.release(str(path), environ) == (2, 1, 112)
    assert asked.read_text() == "asked\n" * 3


@pytest.mark.parametrize("says", ["", "hello", "2.1", "v2.1.3", "2.1.x (Claude Code)"])
def test_release_unknown(environ: Environ, tmp_path: Path, says: str) -> None:
    """A claude that does not tell has no release, and is not asked for it on every run."""
    asked = tmp_path / "asked"
    path = asking(tmp_path / "claude", says, asked)
    assert [find.release(str(path), environ) for _ in range(2)] == [None, None]
    assert asked.read_text() == "asked\n"


def test_release_without_a_memory(environ: Environ, tmp_path: Path) -> None:
    """Where nothing can be written, it is asked each time: no fault of the run."""
    Path(environ["HOME"], ".local").write_text("a file in the way")
    path = asking(tmp_path / "claude")
    assert [find.release(str(path), environ) for _ in range(2)] == [(2, 1, 330)] * 2


@pytest.mark.parametrize("memory", [b"\xff\xfe\x00", b"no sense\n\n", b"2.1.1\n", b" \n" * 9])
def test_odd_memory(environ: Environ, tmp_path: Path, memory: bytes) -> None:
    """What is remembered may be damaged: it is asked again."""
    folder = Path(paths.data_dir(environ))
    folder.mkdir(parents=True)
    (folder / "releases").write_bytes(memory)
    path = asking(tmp_path / "claude")
    assert [find.release(str(path), environ) for _ in range(2)] == [(2, 1, 330)] * 2


def test_path_that_is_no_utf_8(environ: Environ, tmp_path: Path) -> None:
    """A claude in a folder whose name is no UTF-8 is asked and remembered like any other."""
    asked = tmp_path / "asked"
    path = asking(tmp_path / os.fsdecode(b"odd \xff\xfe") / "claude", asked=asked)
    assert [find.release(str(path), environ) for _ in range(2)] == [(2, 1, 330)] * 2
    assert asked.read_text() == "asked\n"


def test_memory_is_bounded(environ: Environ, tmp_path: Path) -> None:
    """Of fifty files that were asked at most, the last ones are remembered."""
    folder = Path(paths.data_dir(environ))
    folder.mkdir(parents=True)
    (folder / "releases").write_text("".join(f"2.1.{n} 1 1 /old/{n}\n" for n in range(80)))
    find.release(str(asking(tmp_path / "claude")), environ)
    lines = (folder / "releases").read_text().splitlines()
    assert len(lines) == 50
    assert lines[-1].endswith(str(tmp_path / "claude"))


def test_release_of_nothing(environ: Environ, tmp_path: Path) -> None:
    """A path that is gone has no release."""
    assert find.release(str(tmp_path / "gone"), environ) is None
