"""What `scripts/matrix` does in the development environment."""

from __future__ import annotations

import argparse
import os
import sys

from claude_fallback.gateway.progress import Progress
from scripts import boundary, cache, pages
from scripts.compatibility import changes, page, play, recording
from scripts.compatibility.conclusion import conclude
from scripts.jobs import ScriptError


def main(argv: list[str]) -> int:
    """0: every conclusion is right; 1: one is not."""
    options = _parser().parse_args(argv)
    os.nice(10)
    progress = Progress()
    for version in options.releases:
        before = recording.read_all()
        new = _played(version, options, progress)
        print(*changes.told(before, new), sep="\n")
    known = recording.read_all()
    pages.write("docs/compatibility.md", page.compatibility_page(known))
    played = [one for one in known if one.version in options.releases] or known
    print(*page.summary(played), sep="\n")
    wrong = [conclusion for one in played for conclusion in map(conclude, one.recordings) if conclusion.fault]
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("scripts/matrix")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rest", action="store_true")
    parser.add_argument("releases", nargs="*")
    return parser


def _played(version: str, options: argparse.Namespace, progress: Progress) -> recording.Release:
    command = cache.claude_argv(cache.folder(os.environ), version)
    assert command, "the set-up installed it"
    try:
        known = recording.read(recording.path(version)) if options.rest else None
        new = play.release(version, command, options.at_once, progress, known)
    except OSError as error:
        raise ScriptError(f"claude {version} cannot be started: {error.strerror}") from error
    finally:
        progress.end()
    recording.write(new)
    return new


if __name__ == "__main__":
    boundary.run(lambda: main(sys.argv[1:]))
