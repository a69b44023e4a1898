"""No test can touch the real home: HOME is a temporary folder before the first import of ours runs."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from claude_fallback import paths
from claude_fallback.gateway import install, record, service
from claude_fallback.memory.settings import Settings
from claude_fallback.rehearsal.embedded import embedded_config
from claude_fallback.rehearsal.server import StandIn
from scripts.cache import VARIABLE as CACHE
from scripts.cache import claude_argv

_KEPT = ("PATH", "LANG", "TMPDIR", CACHE)
_TOOLS = ("PYTEST", "COV", "HYPOTHESIS")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty HOME, and nothing of the machine's claude, keys or settings in the environment."""
    folder: Path = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name not in _KEPT and not name.startswith(_TOOLS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    yield str(folder)


@pytest.fixture
def environ(home: str) -> dict[str, str]:
    """A clean environment to hand to functions and child processes."""
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    clean = {"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm"}
    return {**clean, "CLAUDE_FALLBACK_VERIFY": "off", **measured}  # no drill behind the runs of the tests


@pytest.fixture
def anthropic() -> Iterator[Callable[..., StandIn]]:
    """Start a stand-in for Anthropic's API with a script: `api = anthropic([limit(), "hello"])`."""
    with contextlib.ExitStack() as started:
        yield lambda script, **options: started.enter_context(StandIn(script, **options))


@pytest.fixture
def claude_release() -> Callable[[str], list[str]]:
    """The argv prefix of a real claude release: `[*claude_release("2.1.112"), "-p", "hi"]`."""
    return claude_argv_of


@pytest.fixture
def clean_room() -> Callable[..., dict[str, str]]:
    """The environment of a real claude that talks to a stand-in only; see `clean_room_of`."""
    return clean_room_of


def claude_argv_of(version: str) -> list[str]:
    cache = os.environ.get(CACHE, "")
    argv = claude_argv(cache, version)
    if argv is None:
        pytest.fail(
            f"claude {version} is not in the test cache ({cache or f'no {CACHE}'});"
            " scripts/test fills it with the releases in scripts/releases.txt"
        )
    return argv


def clean_room_of(environ: Mapping[str, str], base_url: str, **extra: str | None) -> dict[str, str]:
    """`environ` for a subscription login at `base_url`; a variable given as None is left out."""
    room: dict[str, str | None] = {
        **environ,
        "IS_SANDBOX": "1",  # claude refuses some flags to root outside a sandbox
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_TELEMETRY": "1",
        "ANTHROPIC_BASE_URL": base_url,
        "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-made-up",
        **extra,
    }
    return {name: value for name, value in room.items() if value is not None}


@pytest.fixture(scope="session")
def litellm_installed() -> str:
    """The folder of a real LiteLLM; it stays in the test cache, its first installation takes 40 s."""
    cache = os.environ.get(CACHE, "")
    if not cache:
        pytest.fail(f"{CACHE} names no folder; scripts/test sets it")
    where = {**os.environ, "CLAUDE_FALLBACK_DATA": cache}
    install.install(where)
    return os.path.realpath(paths.litellm_env(where))


@pytest.fixture(scope="session")
def litellm(litellm_installed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[service.Running]:
    """A real LiteLLM with the embedded model, one for all tests of a worker: `base_url`, `key`."""
    folder = tmp_path_factory.mktemp("litellm")
    where = {"HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    link_litellm(where, litellm_installed)
    settings = Settings(gateway_config=embedded_config(str(folder / "embedded")))
    yield service.start(where, settings, port=0)
    service.stop(where)


@pytest.fixture
def private_litellm(
    environ: dict[str, str], litellm: service.Running, litellm_installed: str
) -> service.Running:
    """`litellm` as the private one of `environ`: installed, running. A test that stops it starts its own."""
    link_litellm(environ, litellm_installed)
    os.makedirs(paths.gateway_dir(environ), mode=0o700)
    record.write(environ, litellm)
    return litellm


def link_litellm(environ: Mapping[str, str], installed: str) -> None:
    os.makedirs(paths.data_dir(environ), mode=0o700, exist_ok=True)
    os.symlink(installed, paths.litellm_env(environ))


@pytest.fixture
def wait_for() -> Callable[[Callable[[], bool]], None]:
    """Until it is true; a minute at most."""

    def wait(true: Callable[[], bool]) -> None:
        ends_at = time.monotonic() + 60
        while not true():
            assert time.monotonic() < ends_at
            time.sleep(0.02)

    return wait
