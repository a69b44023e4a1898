"""What `scripts/matrix` does in the development environment."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import count, groupby

from claude_fallback.gateway.progress import Progress
from scripts import boundary, cache, pages
from scripts.compatibility import changes, page, recording
from scripts.compatibility.cells import Cell, asked_of, rank
from scripts.compatibility.conclusion import conclude
from scripts.compatibility.play import play
from scripts.jobs import ScriptError


def main(argv: list[str]) -> int:
    """0: every conclusion is right; 1: one is not."""
    options = _parser().parse_args(argv)
    os.nice(10)
    progress = Progress()
    try:
        for version, asked in _asked(options.releases, options.rest):
            _played(version, asked, options.at_once, progress)
    finally:
        progress.end()
    known = recording.read_all()
    pages.write("docs/compatibility.md", page.compatibility_page(known))
    played = [one for one in known if one.version in options.releases]
    for release in played:
        print(*changes.told(known, release), sep="\n")
    shown = played or known
    print(*page.summary(shown), sep="\n")
    return 1 if any(conclude(one).fault for release in shown for one in release.recordings) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("scripts/matrix")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rest", action="store_true")
    parser.add_argument("releases", nargs="*")
    return parser


def _asked(versions: Sequence[str], rest: bool) -> Iterator[tuple[str, list[Cell]]]:
    """All of a release, one after the other; of the rest first of every release what matters most."""
    if not rest:
        yield from ((version, asked_of(version)) for version in versions)
        return
    missing = [(version, cell) for version in versions for cell in recording.known(version).missing]
    missing.sort(key=lambda one: rank(one[1]))
    for (version, _), group in groupby(missing, key=lambda one: (one[0], rank(one[1]))):
        yield version, [cell for _, cell in group]


def _played(version: str, asked: Sequence[Cell], at_once: int, progress: Progress) -> None:
    command = cache.claude_argv(cache.folder(os.environ), version)
    assert command, "the set-up installed it"
    done = count(1)

    def keep(release: recording.Release) -> None:
        recording.write(release)
        progress.step(f"claude {version}", next(done), len(asked))

    try:
        play(recording.known(version), asked, command, at_once, keep)
    except OSError as error:
        raise ScriptError(f"claude {version} cannot be started: {error.strerror}") from error


if __name__ == "__main__":
    boundary.run(lambda: main(sys.argv[1:]))
