"""Where everything lies. Every function takes the environment, so that tests can never touch a real home."""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def home(environ: Mapping[str, str]) -> str:
    """The user's home; cron may have no HOME, then the password database knows.

    A container's made-up user is not in it: `/`, as containers do, never a folder called `~` in a project.
    """
    known = environ.get("HOME") or os.path.expanduser("~")
    return "/" if known == "~" else known


def config_dir(environ: Mapping[str, str]) -> str:
    """Claude's own configuration directory (`CLAUDE_CONFIG_DIR`, documented by Claude Code)."""
    return environ.get("CLAUDE_CONFIG_DIR") or os.path.join(home(environ), ".claude")


def state_file(environ: Mapping[str, str]) -> str:
    return os.path.join(config_dir(environ), "litellm_state.json")


def config_file(environ: Mapping[str, str]) -> str:
    return os.path.join(config_dir(environ), "litellm_config.json")


def data_dir(environ: Mapping[str, str]) -> str:
    """LiteLLM's own environment, the private gateway's files, our log."""
    chosen = environ.get("CLAUDE_FALLBACK_DATA")
    if chosen:
        return chosen
    share = environ.get("XDG_DATA_HOME") or os.path.join(home(environ), ".local", "share")
    return os.path.join(share, "claude-fallback")


def log_file(environ: Mapping[str, str]) -> str:
    return os.path.join(data_dir(environ), "claude-fallback.log")


def litellm_env(environ: Mapping[str, str]) -> str:
    """The Python environment that holds LiteLLM and nothing of ours."""
    return os.path.join(data_dir(environ), "litellm")


def gateway_dir(environ: Mapping[str, str]) -> str:
    """The private gateway's key, configuration, log and pid record; 0700."""
    return os.path.join(data_dir(environ), "gateway")


def usage_file(environ: Mapping[str, str]) -> str:
    """One JSON line for every request that the private gateway answered; written inside LiteLLM."""
    return os.path.join(gateway_dir(environ), "usage.jsonl")


def ledger_file(environ: Mapping[str, str]) -> str:
    """One JSON line for every run that a gateway had, whichever gateway it was."""
    return os.path.join(data_dir(environ), "ledger.jsonl")


def runs_dir(environ: Mapping[str, str]) -> str:
    """Settings files of runs on the gateway: 0700, each 0600 and gone with its run."""
    return os.path.join(data_dir(environ), "runs")


def make(folder: str) -> None:
    """With all that is missing above it, 0700, as the XDG base directory specification wants it; `makedirs`
    does so with the last one only. Raises OSError."""
    folder = os.path.abspath(folder)
    if os.path.isdir(folder):
        return
    make(os.path.dirname(folder))
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder) from None
