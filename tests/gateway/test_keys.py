"""Where the gateway's key comes from."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from claude_fallback.errors import FallbackError
from claude_fallback.gateway import keys
from claude_fallback.memory.settings import Settings

SECRET = "sk-made-up-0123456789"


def from_file(path: Path, text: str, mode: int = 0o600) -> Settings:
    path.write_text(text)
    path.chmod(mode)
    return Settings(api_key_file=str(path))


def test_variable_file_command(environ: dict[str, str], tmp_path: Path) -> None:
    """The variable's beats the file's, the file's the command's; none is no error."""
    settings = Settings(api_key_command="echo from-command")
    assert keys.find(Settings(), environ) is None
    found = keys.find(settings, environ)
    assert found is not None and (found.secret, found.source) == ("from-command", "the command echo")
    both = Settings(
        api_key_file=from_file(tmp_path / "key", "from-file\n").api_key_file, api_key_command="false"
    )
    found = keys.find(both, environ)
    assert found is not None and found.secret == "from-file"
    found = keys.find(both, {**environ, "LITELLM_API_KEY": "from-variable"})
    assert found is not None and found.secret == "from-variable"


def test_never_shown(environ: dict[str, str], tmp_path: Path) -> None:
    """No value, and no traceback's representation of one, holds the key."""
    found = keys.find(from_file(tmp_path / "key", SECRET), environ)
    assert found is not None and found.secret == SECRET
    assert SECRET not in f"{found!r} {found.source} {found.remedy}"


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o602])
def test_a_file_that_others_may_read(environ: dict[str, str], tmp_path: Path, mode: int) -> None:
    """It is not used, and the line says what closes it."""
    with pytest.raises(FallbackError, match="chmod 600"):
        keys.find(from_file(tmp_path / "key", SECRET, mode), environ)


@pytest.mark.parametrize("text", ["", "\n", "two words", "sk-\x07", "sk-ü"])
def test_no_key_in_it(environ: dict[str, str], tmp_path: Path, text: str) -> None:
    """What cannot stand in a header is no key, and is not repeated."""
    with pytest.raises(FallbackError, match="holds no key") as caught:
        keys.find(from_file(tmp_path / "key", text), environ)
    assert not text.strip() or text not in str(caught.value)


def test_a_pipe_as_the_file(environ: dict[str, str], tmp_path: Path) -> None:
    """It hangs nothing."""
    os.mkfifo(tmp_path / "key", 0o600)
    with pytest.raises(FallbackError, match="is no file"):
        keys.find(Settings(api_key_file=str(tmp_path / "key")), environ)
    with pytest.raises(FallbackError, match="No such file"):
        keys.find(Settings(api_key_file=str(tmp_path / "none")), environ)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (f"sh -c 'echo {SECRET} >&2; exit 3'", "ended with 3"),
        ("no-such-program show litellm", "cannot run no-such-program"),
        ("true", "holds no key"),
        (f"echo {SECRET} and more", "holds no key"),
    ],
)
def test_a_command_that_fails(
    environ: dict[str, str], capfd: pytest.CaptureFixture[str], command: str, told: str
) -> None:
    """One line that names the program; neither its arguments nor what it says are shown."""
    with pytest.raises(FallbackError, match=told) as caught:
        keys.find(Settings(api_key_command=command), environ)
    assert SECRET not in str(caught.value) + "".join(capfd.readouterr())


def test_no_shell(environ: dict[str, str], tmp_path: Path) -> None:
    """Words are words: nothing in them is expanded or run."""
    command = f"echo $HOME;touch${{IFS}}{tmp_path}/made"
    with pytest.raises(FallbackError):
        keys.find(Settings(api_key_command=f"{command} more"), environ)
    assert not (tmp_path / "made").exists()


def test_a_command_hears_signals(environ: dict[str, str], tmp_path: Path) -> None:
    """A session asks it while it has signals blocked; an agent that it leaves behind can be stopped."""
    asks = tmp_path / "asks.py"
    asks.write_text(
        "import signal; print(len(signal.pthread_sigmask(signal.SIG_BLOCK, ())), 'blocked', sep='-')"
    )
    usual = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD})
    try:
        found = keys.find(Settings(api_key_command=f"{sys.executable} {asks}"), environ)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, usual)
    assert found is not None and found.secret == "0-blocked"


def test_a_command_that_never_ends(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ended, and said to be slow."""
    monkeypatch.setattr(keys, "LONGEST", 0.2)
    with pytest.raises(FallbackError, match="no key within"):
        keys.find(Settings(api_key_command="sleep 600"), environ)
