"""A machine in a temporary folder: an empty home, a work folder, a claude, a private LiteLLM."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from claude_fallback import paths
from claude_fallback.gateway import service
from claude_fallback.gateway.progress import QUIET, Progress
from claude_fallback.memory.settings import Settings
from claude_fallback.rehearsal.embedded import embedded_config


@dataclass(frozen=True)
class World:
    """`env` is all that a claude in it gets to see; `claude` is on its PATH."""

    folder: str
    work: str
    env: Mapping[str, str]


@contextmanager
def world(claude: Sequence[str], base_url: str, path: str, programs: str) -> Iterator[World]:
    """A world whose claude (an argv) talks to `base_url`; `programs` is where our own command lies."""
    with tempfile.TemporaryDirectory(prefix="claude-fallback-") as folder:
        home, work, bin_folder = (os.path.join(folder, name) for name in ("home", "work", "bin"))
        for made in (home, work, bin_folder):
            os.mkdir(made, 0o700)
        os.symlink(claude[-1], os.path.join(bin_folder, "claude"))
        os.symlink(os.path.join(programs, "claude-fallback"), os.path.join(bin_folder, "claude-fallback"))
        yield World(folder, work, _clean_room(home, base_url, f"{bin_folder}{os.pathsep}{path}"))


def _clean_room(home: str, base_url: str, path: str) -> dict[str, str]:
    return {
        "HOME": home,
        "PATH": path,
        "LANG": "C.UTF-8",
        "TERM": os.environ.get("TERM", "dumb"),
        "ANTHROPIC_BASE_URL": base_url,
        "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-made-up",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_TELEMETRY": "1",
        "CLAUDE_FALLBACK_VERIFY": "off",
    }


@contextmanager
def gateway(there: World, cache: str, progress: Progress = QUIET) -> Iterator[service.Running]:
    """The private LiteLLM of this world, with the embedded model, from the installation in the cache."""
    os.makedirs(paths.data_dir(there.env), mode=0o700, exist_ok=True)
    installed = os.path.realpath(paths.litellm_env({"CLAUDE_FALLBACK_DATA": cache}))
    os.symlink(installed, paths.litellm_env(there.env))
    config = embedded_config(os.path.join(there.folder, "embedded"))
    try:
        yield service.start(there.env, Settings(gateway_config=config), progress, install=False, port=0)
    finally:
        service.stop(there.env)
