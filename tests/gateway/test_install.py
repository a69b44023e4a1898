"""LiteLLM's environment is there whole or not at all, whatever happens while it is made.

A package of three lines stands for LiteLLM: the same venv, the same pip, the same hashes, in seconds.
"""

from __future__ import annotations

import base64
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from claude_fallback import paths
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import install, pip
from claude_fallback.gateway.progress import QUIET

Serving = Callable[..., AbstractContextManager[tuple[str, list[str]]]]
CODE = """
import os, sys
from claude_fallback.gateway.install import install
from claude_fallback.gateway.progress import Progress
install(os.environ, Progress(), sys.argv[1])
"""


@dataclass
class Package:
    """A wheel, its lock, and an index that gives it out once `open` is set."""

    wheel: Path
    lock: str
    open: threading.Event

    @contextmanager
    def index(self, serving: Serving) -> Iterator[str]:
        page = f'<a href="/{self.wheel.name}">{self.wheel.name}</a>'.encode()
        files = {"/cf-tiny/": page, f"/{self.wheel.name}": self.wheel.read_bytes()}

        def behave(connection: socket.socket, head: str, stopping: threading.Event) -> None:
            body = files[head.split(" ")[1]]
            self.open.wait()
            kind = "text/html" if body is page else "application/zip"
            top = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            connection.sendall(f"{top}Connection: close\r\n\r\n".encode() + body)

        with serving(behave) as (url, _):
            yield url
            self.open.set()


@pytest.fixture
def package(tmp_path: Path) -> Package:
    wheel = tmp_path / "cf_tiny-1.0-py3-none-any.whl"
    info = "cf_tiny-1.0.dist-info"
    files = {
        "cf_tiny.py": "word = 'here'\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: cf-tiny\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        rows = []
        for name, text in files.items():
            archive.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            rows.append(f"{name},sha256={digest},{len(text)}")
        archive.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,"]) + "\n")
    lock = tmp_path / "tiny.lock"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock.write_text(
        f"cf-tiny==1.0 \\\n    --hash=sha256:{digest}\nnever==1 ; sys_platform == 'x' \\\n"
        f"    --hash=sha256:{digest}\n"
    )
    return Package(wheel, str(lock), threading.Event())


@pytest.fixture
def room(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """An environment whose pip knows the folder of the wheel and nothing else."""
    return {
        **environ,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path),
        "PIP_NO_CACHE_DIR": "1",
    }


def online(room: dict[str, str], url: str) -> dict[str, str]:
    extra = {"PIP_INDEX_URL": url, "PIP_RETRIES": "0", "PIP_TIMEOUT": "60"}
    return {k: v for k, v in room.items() if k not in ("PIP_NO_INDEX", "PIP_FIND_LINKS")} | extra


def started(room: dict[str, str], lock: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CODE, lock],
        env=room,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def until(process: subprocess.Popen[str], marker: str) -> None:
    assert process.stderr
    for line in process.stderr:
        if marker in line:
            return
    pytest.fail(f"{marker!r} never came")


def leftovers(room: dict[str, str]) -> list[str]:
    return sorted(name for name in os.listdir(paths.data_dir(room)) if name.startswith("litellm-"))


def test_install_and_again(room: dict[str, str], package: Package, tmp_path: Path) -> None:
    """Made once; a second call does nothing; another lock makes it anew and removes the old one."""
    install.install(room, QUIET, package.lock)
    python = os.path.join(paths.litellm_env(room), "bin", "python")
    command = [python, "-c", "import cf_tiny; print(cf_tiny.word)"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.stdout == "here\n"
    assert install.is_installed(room, package.lock)
    first = leftovers(room)
    install.install({**room, "PIP_FIND_LINKS": "/nowhere"}, QUIET, package.lock)
    assert leftovers(room) == first
    assert not install.is_installed(room)  # this is not the lock that ships
    with open(package.lock, "a") as file:
        file.write("\n")
    install.install(room, QUIET, package.lock)
    assert len(leftovers(room)) == 1 and leftovers(room) != first


def test_wrong_hash(room: dict[str, str], package: Package) -> None:
    """A package that is not the pinned one is not installed, and nothing is left behind."""
    package.wheel.write_bytes(package.wheel.read_bytes() + b"\0")
    with pytest.raises(FallbackError, match="not the one that was pinned"):
        install.install(room, QUIET, package.lock)
    assert leftovers(room) == []
    assert not os.path.lexists(paths.litellm_env(room))


def test_no_network(room: dict[str, str], package: Package) -> None:
    """An index that is not there: one sentence, pip's own word, the next command."""
    with pytest.raises(FallbackError) as caught:
        install.install(online(room, "http://127.0.0.1:9/simple"), QUIET, package.lock)
    assert "the package index could not be used" in str(caught.value)
    assert "claude-fallback for litellm start" in str(caught.value)
    assert "pip said:" in str(caught.value)
    assert leftovers(room) == []


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_interrupted(room: dict[str, str], package: Package, serving: Serving, sign: int) -> None:
    """Ctrl-C leaves nothing; after a kill the next installation cleans up and succeeds."""
    with package.index(serving) as url:
        process = started(online(room, url), package.lock)
        until(process, "downloading")
        process.send_signal(sign)
        process.communicate()
        assert process.returncode != 0
        assert not install.is_installed(room, package.lock)
        assert sign == signal.SIGKILL or leftovers(room) == []
    install.install(room, QUIET, package.lock)
    assert install.is_installed(room, package.lock)
    assert len(leftovers(room)) == 1


def test_two_at_once(room: dict[str, str], package: Package, serving: Serving) -> None:
    """One installs, the other says what it waits for and then uses the result."""
    with package.index(serving) as url:
        first = started(online(room, url), package.lock)
        until(first, "downloading")
        second = started(online(room, url), package.lock)
        until(second, "another claude-fallback is installing LiteLLM; waiting")
        package.open.set()
        assert "LiteLLM is installed" in first.communicate()[1]
        assert "downloading" not in second.communicate()[1]
    assert (first.returncode, second.returncode) == (0, 0)
    assert len(leftovers(room)) == 1


def test_no_room(room: dict[str, str], package: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is too small is noticed before the download."""
    monkeypatch.setattr(install, "NEEDED_BYTES", 10**18)
    with pytest.raises(FallbackError, match="CLAUDE_FALLBACK_DATA"):
        install.install(room, QUIET, package.lock)


def test_no_place(room: dict[str, str], package: Package, tmp_path: Path) -> None:
    """A data folder that cannot be made is named, with the way out."""
    (tmp_path / "file").write_text("")
    with pytest.raises(FallbackError, match=r"file.*CLAUDE_FALLBACK_DATA"):
        install.install({**room, "CLAUDE_FALLBACK_DATA": str(tmp_path / "file" / "x")}, QUIET, package.lock)


def test_no_venv_module(room: dict[str, str], tmp_path: Path) -> None:
    """Debian's Python without python3-venv: the package to install is named."""
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/sh\necho 'The virtual environment was not created: ensurepip is not available.'\nexit 1\n"
    )
    python.chmod(0o755)
    with pytest.raises(FallbackError, match="sudo apt install python3-venv"):
        pip.make_environment(str(python), str(tmp_path / "env"), room, QUIET)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
            "disk is full",
        ),
        ("ERROR: HTTP error 403 while getting https://index.example/x.whl\n", "index could not be used"),
        ("ERROR: something new\n", "pip said: something new"),
        ("", "claude-fallback for litellm start"),
    ],
)
def test_words_of_pip(said: str, word: str) -> None:
    """pip's known failures become a sentence; an unknown one is quoted."""
    assert word in pip.explain(said, "pip ended with 1")


def test_pips_environment() -> None:
    """pip keeps the user's index, proxy and certificates, and sees no key, nothing that redirects it."""
    given = {
        "PATH": "/bin", "PIP_INDEX_URL": "https://i", "HTTPS_PROXY": "http://p", "https_proxy": "http://p",
        "SSL_CERT_FILE": "/c", "OPENAI_API_KEY": "sk", "ANTHROPIC_API_KEY": "sk", "LITELLM_API_KEY": "sk",
        "PIP_USER": "1", "PIP_TARGET": "/t", "PYTHONPATH": "/x",
    }  # fmt: skip
    kept = {"PATH", "PIP_INDEX_URL", "HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE"}
    assert set(pip.environment(given)) == kept


def test_real_litellm(litellm_installed: str) -> None:
    """The lock that ships gives a LiteLLM of the pinned version that starts."""
    said = subprocess.run(
        [os.path.join(litellm_installed, "bin", "python"), "-c",
         "from importlib.metadata import version; print(version('litellm'))"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.stdout == "1.106.2\n"
