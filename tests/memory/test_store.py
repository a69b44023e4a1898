"""The JSON store when the file system is unkind."""

from __future__ import annotations

import errno
import json
import os
import resource
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from claude_fallback.memory import store
from claude_fallback.memory.store import Document, NotRecordedError


def count(document: Document) -> int:
    found = document.get("n", 0)
    document["n"] = found + 1 if isinstance(found, int) else 1
    return 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "state.json"


@pytest.fixture
def told() -> list[str]:
    return []


def test_a_missing_file_is_an_empty_document_and_reading_makes_nothing(path: Path, told: list[str]) -> None:
    """A reader leaves no trace."""
    assert store.read(str(path), told.append) == {}
    assert not path.parent.exists()
    assert told == []


def test_what_is_written_is_private_and_carries_its_schema(path: Path) -> None:
    """0600 in a folder of 0700, whatever the umask says; the lock too."""
    before = os.umask(0)
    try:
        store.update(str(path), count)
    finally:
        os.umask(before)
    assert json.loads(path.read_text()) == {"n": 1, "schema_version": store.SCHEMA}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(f"{path}.lock").stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_open_file_becomes_private_at_its_next_write(path: Path) -> None:
    """A file of the shell version was 0644."""
    path.parent.mkdir()
    path.write_text("{}")
    path.chmod(0o644)
    store.update(str(path), count)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_unknown_keys_and_a_newer_schema_survive(path: Path) -> None:
    """A later release's file is not pruned by an older one."""
    path.parent.mkdir()
    path.write_text('{"schema_version": 7, "later": {"deep": [1, null]}, "n": 1}')
    store.update(str(path), count)
    assert json.loads(path.read_text()) == {"schema_version": 7, "later": {"deep": [1, None]}, "n": 2}


def test_a_file_with_a_byte_order_mark_is_read(path: Path) -> None:
    """Editors on other systems write one."""
    path.parent.mkdir()
    path.write_bytes(b'\xef\xbb\xbf{"n": 4}')
    assert store.read(str(path)) == {"n": 4}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"n": 1}{', b"\0" * 4096])
@pytest.mark.parametrize("reading", [True, False])
def test_a_corrupt_file_is_moved_aside_and_named(
    path: Path, told: list[str], content: bytes, reading: bool
) -> None:
    """Its bytes are kept, one line says where, and defaults are used: by readers and by writers."""
    path.parent.mkdir()
    path.write_bytes(content)
    if reading:
        assert store.read(str(path), told.append) == {}
    else:
        assert store.update(str(path), count, tell=told.append) == 1
    (aside,) = path.parent.glob("state.json.corrupt-*")
    assert aside.read_bytes() == content
    assert len(told) == 1
    assert str(aside) in told[0]
    assert path.exists() is not reading


def test_readers_at_once_move_a_corrupt_file_aside_once(path: Path) -> None:
    """A reader that comes late must not move the file that a writer made good in the meantime."""
    path.parent.mkdir()
    path.write_text("{")
    work = (
        "import sys; from claude_fallback.memory import store; path = sys.argv[1]\n"
        "store.read(path); store.record(path, lambda d: d.update(n=d.get('n', 0) + 1), timeout=30)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", work, str(path)], stderr=subprocess.DEVNULL) for _ in range(8)
    ]
    assert [child.wait() for child in started] == [0] * 8
    assert json.loads(path.read_text())["n"] == 8
    assert len(list(path.parent.glob("state.json.corrupt-*"))) == 1


def test_a_linked_file_stays_a_link_and_its_target_changes(tmp_path: Path) -> None:
    """People keep their settings in a repository of dot files."""
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "home").mkdir()
    target, link = tmp_path / "dotfiles" / "state.json", tmp_path / "home" / "state.json"
    target.write_text('{"n": 1}')
    link.symlink_to("../dotfiles/state.json")
    store.update(str(link), count)
    assert link.is_symlink()
    assert json.loads(target.read_text())["n"] == 2


def test_a_dangling_link_makes_its_target(tmp_path: Path) -> None:
    """The target's folder too."""
    link = tmp_path / "state.json"
    link.symlink_to(tmp_path / "away" / "real.json")
    assert store.update(str(link), count) == 1
    assert (tmp_path / "away" / "real.json").exists()


def _folder(path: Path) -> None:
    path.mkdir()


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _circle(path: Path) -> None:
    path.symlink_to(path.name)


def _device(path: Path) -> None:
    path.symlink_to("/dev/null")


def _locked_by_folder(path: Path) -> None:
    Path(f"{path}.lock").mkdir()
    path.write_text("{")


@pytest.mark.parametrize("obstacle", [_folder, _fifo, _circle, _device, _locked_by_folder])
def test_an_obstacle_is_told_in_one_line_and_left_alone(
    path: Path, told: list[str], obstacle: Callable[[Path], None]
) -> None:
    """Neither a traceback nor a hang; what stands there still stands there afterwards."""
    path.parent.mkdir()
    obstacle(path)
    before = os.lstat(path)
    assert store.read(str(path), told.append) == {}
    assert store.update(str(path), count, tell=told.append) is None
    assert len(told) == 2
    after = os.lstat(path)
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path, told: list[str]) -> None:
    """`~/.claude` may be anything."""
    (tmp_path / "file").write_text("x")
    path = str(tmp_path / "file" / "state.json")
    assert store.read(path, told.append) == {}
    assert store.update(path, count, tell=told.append) is None
    assert len(told) == 2


def test_a_busy_lock_costs_the_record_and_not_the_run(path: Path, told: list[str]) -> None:
    """None, one line, the old file; a caller that must know gets the exception."""
    store.update(str(path), count)
    with FileLock(f"{path}.lock"):
        assert store.update(str(path), count, timeout=0.05, tell=told.append) is None
        with pytest.raises(NotRecordedError, match="lock"):
            store.record(str(path), count, timeout=0.05)
    assert store.read(str(path))["n"] == 1
    assert len(told) == 1


def test_the_lock_is_free_again_after_a_change_that_failed(path: Path) -> None:
    """A bug in one writer does not stop the next."""

    def broken(document: Document) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.record(str(path), broken)
    assert store.update(str(path), count, timeout=0.05) == 1


def test_a_value_json_cannot_hold_keeps_the_old_file(path: Path, told: list[str]) -> None:
    """Half a surrogate can come out of an argument that is no UTF-8."""
    store.update(str(path), count)
    assert store.update(str(path), lambda d: d.update(bad="\udc80"), tell=told.append) is None
    assert store.read(str(path))["n"] == 1
    assert len(told) == 1


def test_stray_temporary_files_are_swept(path: Path) -> None:
    """A writer that was killed leaves one; the next writer removes it, and nothing else."""
    path.parent.mkdir()
    (path.parent / ".state.json.tmp-999").write_text("half")
    (path.parent / ".other.json.tmp-1").write_text("not ours")
    store.update(str(path), count)
    assert sorted(found.name for found in path.parent.iterdir()) == [
        ".other.json.tmp-1",
        "state.json",
        "state.json.lock",
    ]


def test_nothing_is_written_when_nothing_changes(path: Path) -> None:
    """A file that many runs look at is not rewritten by each of them."""
    store.update(str(path), count)
    before = path.stat().st_ino
    store.update(str(path), lambda document: document.get("n"))
    assert path.stat().st_ino == before


# The child is no root where it matters: root may write into a read-only folder.
WRITE = """
import os, resource, sys
from claude_fallback.memory import store
import filelock, orjson
if sys.argv[2] == "size":
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
if sys.argv[2] == "nobody" and os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
print(store.read(sys.argv[1]).get("n"), store.update(sys.argv[1], lambda d: d.update(n=2, long="x" * 10000)))
"""


def _write(path: Path, how: str) -> subprocess.CompletedProcess[str]:
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    return subprocess.run(  # coverage could not write its own file either, and would say so
        [sys.executable, "-c", WRITE, str(path), how],
        env=unmeasured,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_file_that_may_not_grow_keeps_the_old_one(path: Path) -> None:
    """As with a quota: the temporary file is removed, the old file is whole, one line is said."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)
    store.update(str(path), count)
    done = _write(path, "size")
    assert (done.returncode, done.stdout) == (0, "1 None\n")
    assert done.stderr.count("\n") == 1
    assert json.loads(path.read_text())["n"] == 1
    assert sorted(found.name for found in path.parent.iterdir()) == ["state.json", "state.json.lock"]


def test_a_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    """ENOSPC on a tiny file system of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting needs root; the quota test covers the same path")
    try:
        path = disk / "state.json"
        store.update(str(path), count)
        (disk / "filler").write_bytes(b"x" * 8192)
        done = _write(path, "as it is")
        assert (done.returncode, done.stdout) == (0, "1 None\n")
        assert "No space left" in done.stderr
        assert json.loads(path.read_text())["n"] == 1
        assert not list(disk.glob(".*tmp*"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_read_only_folder_is_told_and_left_alone() -> None:
    """The file is readable and counts; only the record is lost."""
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        folder = Path(name)
        path = folder / "state.json"
        path.write_text('{"n": 1}')
        folder.chmod(0o555)
        done = _write(path, "nobody")
        folder.chmod(0o755)
        assert (done.returncode, done.stdout) == (0, "1 None\n")
        assert "was not written" in done.stderr
        assert done.stderr.count("\n") == 1
        assert path.read_text() == '{"n": 1}'


@pytest.mark.parametrize("stale", [1, 3, 1000])
def test_replaced_on_another_machine(path: Path, monkeypatch: pytest.MonkeyPatch, stale: int) -> None:
    """NFS: what was opened is stale, the new file is read as soon as it is seen. Where it never is, the write
    is given up, and said."""
    store.record(str(path), count)
    real, asked = os.fstat, []

    def fstat(descriptor: int) -> os.stat_result:
        if os.readlink(f"/proc/self/fd/{descriptor}") == str(path):
            asked.append(descriptor)
            if len(asked) <= stale:
                raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return real(descriptor)

    monkeypatch.setattr(os, "fstat", fstat)
    monkeypatch.setattr(store, "_PAUSE", 0.0)
    if stale < 100:
        store.record(str(path), count)
        assert store.read(str(path))["n"] == 2
        return
    with pytest.raises(NotRecordedError, match="Stale file handle"):
        store.record(str(path), count)
