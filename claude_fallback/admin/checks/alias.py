"""Whether `claude` leads to us in the user's shell, as far as that can be seen from outside of it.

An alias lives in a shell. To ask one would mean to start it with all that its start-up files do, so these are
only read, with what they source by a plain path. `type claude` is the user's own look.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
from collections.abc import Iterator, Mapping

from claude_fallback import paths
from claude_fallback.admin.checks.finding import Finding, ok, warn
from claude_fallback.run import find

ALIAS = "alias claude=claude-fallback"
_FILES = {
    "bash": (".bashrc", ".bash_aliases", ".bash_profile", ".bash_login", ".profile"),
    "zsh": (".zshrc", ".zshenv", ".zprofile", ".zlogin"),
    "fish": (".config/fish/config.fish", ".config/fish/conf.d/*.fish", ".config/fish/functions/claude.fish"),
}
_DEFINED = re.compile(
    r"^[ \t]*(?:alias[ \t]+(?:-\S+[ \t]+)*claude[= \t]+(?P<alias>[^\n]+)"
    r"|(?:function[ \t]+claude(?![\w.-])|claude[ \t]*\([ \t]*\))"
    r"(?P<function>.{0,400}?)(?:\}|^[ \t]*end\b|\Z))",
    re.MULTILINE | re.DOTALL,
)
_SOURCED = re.compile(
    r"^[^#\n]*?(?:\bsource|(?<![\w./])\.)[ \t]+[\"']?(?:~|\$HOME|\$\{HOME\})/([\w./-]+)", re.MULTILINE
)
_LARGEST = 1 << 20  # bytes of a file


def leads_to_us(environ: Mapping[str, str]) -> Finding:
    """By a file named `claude` on PATH, or by an alias or a function of the shell."""
    first = shutil.which("claude", path=environ.get("PATH", os.defpath))
    if first and find.is_ours(first):
        return ok("alias", f"{first} is claude-fallback")
    files = _start_files(environ)
    for path in _read_at_start(files, paths.home(environ)):
        found = [match["alias"] or match["function"] for match in _DEFINED.finditer(_text(path))]
        if found:
            return _judged(found[-1].strip().strip("'\""), path)
    return warn(
        "alias",
        f"nothing in your shell's start-up files ({', '.join(files[:2])}, …) makes claude claude-fallback",
        f"type claude: unless your shell says claude-fallback, add to {files[0]}: {ALIAS}",
    )


def _judged(meaning: str, path: str) -> Finding:
    if "claude-fallback" not in meaning:
        return warn("alias", f"{path} makes claude {' '.join(meaning.split())[:60]}", ALIAS)
    return ok("alias", f"in {path}; a shell that was open before does not have it: type claude")


def _start_files(environ: Mapping[str, str]) -> list[str]:
    """Patterns of the shell that is the user's; of all of them when we do not know it."""
    home = paths.home(environ)
    shell = os.path.basename(environ.get("SHELL", ""))
    names = _FILES.get(shell) or [name for names in _FILES.values() for name in names]
    root = environ.get("ZDOTDIR", home) if shell == "zsh" else home
    return [os.path.join(root, name) for name in names]


def _read_at_start(patterns: list[str], home: str) -> Iterator[str]:
    """Files of ours, each followed by those that it sources."""
    for pattern in patterns:
        for path in sorted(glob.glob(pattern)):
            yield path
            yield from (os.path.join(home, name) for name in _SOURCED.findall(_text(path)))


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_LARGEST)
    except OSError:
        return ""
