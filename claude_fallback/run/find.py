"""Finding the user's own claude, and which release it is, without running it where that can be helped."""

from __future__ import annotations

import os
import sys

from claude_fallback import paths
from claude_fallback.errors import FallbackError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OLDEST = (1, 0, 60)  # before it claude knows neither --session-id nor CLAUDE_CODE_OAUTH_TOKEN
SETTINGS_FLAG = (1, 0, 61)  # since then `--settings <file>` is understood


class ClaudeNotFoundError(FallbackError):
    exit_code = 127


def claude(environ: Mapping[str, str], configured: str | None = None) -> str:
    """The path of the real claude: `CLAUDE_FALLBACK_CLAUDE`, config `claude-path`, else PATH without us.

    Raises ClaudeNotFoundError (exit 127) when there is none.
    """
    for chosen, origin in ((environ.get("CLAUDE_FALLBACK_CLAUDE"), "CLAUDE_FALLBACK_CLAUDE"),
                           (configured, "the config key claude-path")):  # fmt: skip
        if chosen:
            path = os.path.expanduser(chosen)
            if not _executable(path):
                raise ClaudeNotFoundError(f"{origin} names {chosen}, which is no program; mend or unset it")
            return path
    for path in _on_path(environ):
        if not is_ours(path):
            return path
    raise ClaudeNotFoundError(
        "no claude on PATH. Install it with `npm install -g @anthropic-ai/claude-code`,"
        " or set CLAUDE_FALLBACK_CLAUDE to its path"
    )


def release(path: str, environ: Mapping[str, str]) -> tuple[int, ...] | None:
    """The version of the claude at `path` as numbers, None when it does not tell."""
    real = os.path.realpath(path)
    text = _from_package(real) or _numbers_only(os.path.basename(real)) or _asked(real, environ)
    return tuple(int(part) for part in text.split(".")) if text else None


def _on_path(environ: Mapping[str, str]) -> Iterator[str]:
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder or os.curdir, "claude")
        if _executable(path):
            yield path


def _executable(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def is_ours(path: str) -> bool:
    """Ourselves under the name claude: the same file, or a short script that calls us."""
    if os.path.realpath(path) == os.path.realpath(sys.argv[0]):
        return True
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    return head.startswith(b"#!") and (b"claude-fallback" in head or b"claude_fallback" in head)


def _from_package(real: str) -> str | None:
    """npm packages say it in package.json, beside the program or one folder up."""
    folder = os.path.dirname(real)
    for place in (folder, os.path.dirname(folder)):
        try:
            with open(os.path.join(place, "package.json"), encoding="utf-8") as file:
                text = file.read(65536)
        except (OSError, UnicodeDecodeError):
            continue
        if '"@anthropic-ai/claude-code' in text:
            return _numbers_only(text.partition('"version":')[2].lstrip(' "').partition('"')[0])
    return None


def _numbers_only(text: str) -> str | None:
    """The native installer keeps each release in a file that is named by its number."""
    parts = text.split(".")
    good = len(text) < 60 and all(part.isdecimal() for part in parts)
    return text if good and len(parts) >= 3 else None


def _asked(real: str, environ: Mapping[str, str]) -> str | None:
    """`claude --version`, asked once for a file of this path, size and time, then remembered."""
    try:
        status = os.stat(real)
    except OSError:
        return None
    line = f"{status.st_size} {status.st_mtime_ns} {real}"
    memory = os.path.join(paths.data_dir(environ), "releases")
    known = _remembered(memory)
    if line not in known:
        known[line] = _ask(real, environ) or ""
        _remember(memory, known)
    return _numbers_only(known[line])


def _ask(real: str, environ: Mapping[str, str]) -> str | None:
    import subprocess

    try:
        done = subprocess.run([real, "--version"], env=dict(environ), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=10, check=False)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return _numbers_only(done.stdout.decode("ascii", "replace").partition(" ")[0].strip())


def _remembered(memory: str) -> dict[str, str]:
    """A line each: `<version or -> <size> <mtime> <path>`; JSON would cost the run its import."""
    try:
        with open(memory, encoding="utf-8", errors="surrogateescape") as file:
            pairs = [line.rstrip("\n").partition(" ") for line in file]
    except OSError:
        return {}
    return {key: "" if version == "-" else version for version, _, key in pairs if key}


def _remember(memory: str, known: dict[str, str]) -> None:
    try:
        paths.make(os.path.dirname(memory))
        temporary = f"{memory}.{os.getpid()}"
        with open(temporary, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.writelines(f"{version or '-'} {key}\n" for key, version in list(known.items())[-50:])
        os.replace(temporary, memory)
    except OSError:
        pass  # asked again next time
