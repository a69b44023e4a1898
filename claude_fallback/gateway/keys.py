"""The gateway's key: from a variable, a file, or a command such as a password manager's. Never kept."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from claude_fallback.errors import FallbackError
from claude_fallback.gateway.hearing import hear_all_signals
from claude_fallback.memory.settings import Settings

LONGEST = 30.0  # seconds for a command: a password manager may wait for a finger on a token
LARGEST = 4096  # bytes; keys have some fifty


@dataclass(frozen=True)
class Key:
    """`remedy` is what gives another one."""

    secret: str = field(repr=False)
    source: str  # "LITELLM_API_KEY", "the file …", "the command …"
    remedy: str


def find(settings: Settings, environ: Mapping[str, str]) -> Key | None:
    """The key: the variable's, else the file's, else the command's; None where none of them is set.

    Raises FallbackError for a file that others can read, and for a command that gives no key.
    """
    name, path, command = settings.api_key_env, settings.api_key_file, settings.api_key_command
    if environ.get(name):
        return Key(_checked(environ[name], name), name, f"export {name}=KEY")
    if path:
        return Key(_checked(_contents(path), path), f"the file {path}", f"put another key into {path}")
    if command:
        program = shlex.split(command)[0]
        secret = _checked(_said(command, environ), f"the command {program}")
        change = f"claude-fallback for {settings.adapter} config set api-key-command COMMAND"
        return Key(secret, f"the command {program}", change)
    return None


def is_set(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Whether there is a key, without reading a file or running a command for it."""
    return bool(environ.get(settings.api_key_env) or settings.api_key_file or settings.api_key_command)


def _checked(text: str, source: str) -> str:
    """One word that can stand in a header."""
    secret = text.strip()
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise FallbackError(f"{source} holds no key: one word of plain letters is expected")
    return secret


def _contents(path: str) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise FallbackError(f"{path} is no file; name another: api-key-file")
            if status.st_mode & 0o077:
                raise FallbackError(
                    f"others may read the key in {path}; first: chmod 600 {shlex.quote(path)}"
                )
            return file.read(LARGEST).decode("utf-8", "replace")
    except OSError as error:
        raise FallbackError(f"cannot read the key in {path}: {error.strerror}") from None


def _said(command: str, environ: Mapping[str, str]) -> str:
    """The first line on stdout. No shell; nothing on stdin; what it says on stderr may hold secrets."""
    program, *arguments = shlex.split(command)
    try:
        done = subprocess.run(
            [program, *arguments],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST,
            check=False,
            preexec_fn=hear_all_signals,  # it may leave an agent (gpg's) behind
        )
    except subprocess.TimeoutExpired:
        raise FallbackError(
            f"the command {program} gave no key within {LONGEST:g} s; run it by hand"
        ) from None
    except OSError as error:
        raise FallbackError(f"cannot run {program} for the key: {error.strerror}") from None
    if done.returncode:
        raise FallbackError(
            f"the command {program} ended with {done.returncode} and gave no key; run it by hand"
        )
    return done.stdout[:LARGEST].decode("utf-8", "replace").partition("\n")[0]
