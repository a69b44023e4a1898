"""`logs`: what claude-fallback did, and what its LiteLLM said."""

from __future__ import annotations

import os
import re
import time
from collections import deque
from collections.abc import Mapping, Sequence

import click

from claude_fallback import paths
from claude_fallback.admin.screen import show
from claude_fallback.gateway import process
from claude_fallback.output import printable, say

POLL = 0.3  # seconds
MOST = 1_000_000  # lines
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


@click.command()
@click.option("-f", "--follow", is_flag=True, help="Go on until Ctrl-C.")
@click.option(
    "-n", "--lines", type=click.IntRange(0, MOST), default=40, show_default=True, help="Of each log."
)
@click.option("--of", type=click.Choice(["runs", "gateway"]), help="Only this one; both otherwise.")
@click.pass_obj
def logs(environ: Mapping[str, str], follow: bool, lines: int, of: str | None) -> int:
    """The newest lines of claude-fallback's own log, then of the private LiteLLM's.

    Example: claude-fallback for litellm logs -f --of gateway
    """
    known = {"runs": paths.log_file(environ), "gateway": process.log_file(environ)}
    chosen = [known[of]] if of else list(known.values())
    ends = {path: _show_newest(path, lines, titled=not of) for path in chosen}
    while follow:
        time.sleep(POLL)
        ends = {path: _show_more(path, end) for path, end in ends.items()}
    return 0


def _show_newest(path: str, lines: int, titled: bool) -> int:
    """Print the last `lines` lines; where the next reading starts."""
    try:
        with open(path, "rb") as file:
            newest = deque(file, maxlen=lines)
            end = file.tell()
    except OSError as error:
        say(
            f"{path}: nothing there yet"
            if isinstance(error, FileNotFoundError)
            else f"{path}: {error.strerror}"
        )
        return 0
    if titled:
        show(f"==> {path} <==")
    show(*_texts(newest))
    return end


def _show_more(path: str, end: int) -> int:
    """Print what was added after `end`; a log that was rotated meanwhile is read from its start."""
    try:
        begin = end if os.path.getsize(path) >= end else 0
        with open(path, "rb") as file:
            file.seek(begin)
            added = file.readlines()
            show(*_texts(added))
            return file.tell()
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        return 0


def _texts(lines: Sequence[bytes] | deque[bytes]) -> list[str]:
    """Safe to print: LiteLLM logs its upstream's words as they are, between colours of its own."""
    return [printable(_COLOUR.sub("", line.decode("utf-8", "replace"))).rstrip("\n") for line in lines]
