"""The one `--settings` file of a gateway run."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_fallback import paths
from claude_fallback.errors import FallbackError
from claude_fallback.run import settings_file


@pytest.mark.parametrize(
    "content",
    [b'{"model":"opus"}', b'\xef\xbb\xbf{"model":"opus"}', b'\n  {"model": "opus"}\r\n'],
    ids=["plain", "BOM", "blanks"],
)
def test_file_of_the_user(tmp_path: Path, content: bytes) -> None:
    """The user's --settings file is read as claude reads it."""
    (tmp_path / "mine.json").write_bytes(content)
    assert settings_file.users_own(str(tmp_path / "mine.json")) == {"model": "opus"}


def test_paths_of_the_user(home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path may start in the home or in the working folder."""
    Path(home, "mine.json").write_text('{"a": 1}')
    monkeypatch.chdir(home)
    assert settings_file.users_own("~/mine.json") == settings_file.users_own("mine.json") == {"a": 1}


@pytest.mark.parametrize(
    ("value", "found"), [(None, {}), ("", {}), ('{"a": {"b": 1}}', {"a": {"b": 1}}), ('  {"a":1} ', {"a": 1})]
)
def test_inline(value: str | None, found: dict[str, object]) -> None:
    """It may stand in argv itself, or not at all."""
    assert settings_file.users_own(value) == found


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b"null", b'{"a": 1,}', b"\xff\xfe"])
def test_no_settings(tmp_path: Path, content: bytes) -> None:
    """What is no JSON object cannot be added to: said, never guessed at."""
    (tmp_path / "bad.json").write_bytes(content)
    with pytest.raises(FallbackError, match="no JSON object"):
        settings_file.users_own(str(tmp_path / "bad.json"))


@pytest.mark.parametrize("value", ["{not json}", '{"a": 1'])
def test_no_inline_settings(value: str) -> None:
    """The same inline."""
    with pytest.raises(FallbackError, match="no JSON object"):
        settings_file.users_own(value)


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(FallbackError, match=r"cannot read --settings .*gone.json: No such file"):
        settings_file.users_own(str(tmp_path / "gone.json"))


def test_pipe(tmp_path: Path) -> None:
    """`--settings <(…)` is read as a file is."""
    reader, writer = os.pipe()
    os.write(writer, b'{"a": 1}')
    os.close(writer)
    assert settings_file.users_own(f"/dev/fd/{reader}") == {"a": 1}
    os.close(reader)


@pytest.mark.parametrize("kind", ["nobody writes", "nobody closes", "endless"])
def test_what_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """It does not hang the run, nor fill its memory."""
    monkeypatch.setattr(settings_file, "PATIENCE", 0.01 if kind != "endless" else 60.0)
    path = tmp_path / "settings"
    if kind == "endless":
        path = Path("/dev/zero")
    else:
        os.mkfifo(path)
    held = os.open(path, os.O_RDWR) if kind == "nobody closes" else -1
    with pytest.raises(FallbackError, match="it does not end"):
        settings_file.users_own(str(path))
    if held >= 0:
        os.close(held)


def test_bytes_that_are_no_text(environ: dict[str, str]) -> None:
    """A variable that is no UTF-8 cannot stand in JSON: said, and nothing is left behind."""
    with pytest.raises(FallbackError, match="no UTF-8"):
        settings_file.write({"env": {"NO_PROXY": "\udcff"}}, environ)
    assert os.listdir(paths.runs_dir(environ)) == []


def test_written_for_us_alone(environ: dict[str, str]) -> None:
    """0600 in a 0700 folder, whatever the umask; two of one process do not collide; removed twice is fine."""
    before = os.umask(0)
    try:
        one, other = (settings_file.write({"env": {"KEY": "secret"}}, environ) for _ in range(2))
    finally:
        os.umask(before)
    assert one != other
    assert stat.S_IMODE(os.stat(one).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(paths.runs_dir(environ)).st_mode) == 0o700
    assert json.loads(Path(one).read_bytes()) == {"env": {"KEY": "secret"}}
    settings_file.remove(one)
    settings_file.remove(one)
    assert os.listdir(paths.runs_dir(environ)) == [os.path.basename(other)]


def test_dead_runs_are_swept(environ: dict[str, str]) -> None:
    """Files of processes that have ended go with the next run; those of the living and of others stay."""
    folder = Path(paths.runs_dir(environ))
    folder.mkdir(parents=True)
    ended = subprocess.Popen(["true"])
    ended.wait()
    names = [f"{ended.pid}-aa.json", f"{os.getpid()}-bb.json", "1-cc.json", "note.txt"]
    for name in names:
        (folder / name).write_text("{}")
    ours = os.path.basename(settings_file.write({}, environ))
    assert sorted(os.listdir(folder)) == sorted([*names[1:], ours])


def test_no_room(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that cannot be made is said, with the path."""
    Path(environ["HOME"], ".local").write_text("a file in the way")
    with pytest.raises(FallbackError, match=r"cannot write .*/runs/.*: "):
        settings_file.write({}, environ)


def full_disk() -> Callable[[], None]:
    import resource

    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))


def test_full_disk(environ: dict[str, str]) -> None:
    """A file that could not be written whole is not left behind, and nobody uses it."""
    import sys

    program = (
        "import os\n"
        "from claude_fallback.run import settings_file\n"
        "try: settings_file.write({'env': {'A': 'x' * 100}}, os.environ)\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, timeout=30, check=True,
        preexec_fn=full_disk(),
    )  # fmt: skip
    assert done.stdout.startswith("FallbackError cannot write ")
    assert "File too large" in done.stdout
    assert os.listdir(paths.runs_dir(environ)) == []


def test_none_outlives_its_run(environ: dict[str, str]) -> None:
    """The gateway's key is in it: at the end of a run all of its files go, and nobody else's."""
    mine = [settings_file.write({"n": n}, environ) for n in range(2)]
    other = Path(mine[0]).with_name(f"{os.getppid()}-0.json")
    other.write_text("{}")
    settings_file.remove_own(environ)
    assert [Path(path).exists() for path in mine] == [False, False]
    assert other.exists()
