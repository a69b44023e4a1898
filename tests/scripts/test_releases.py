"""`scripts/releases.txt`: what `scripts/test` installs is what the tests ask for."""

from __future__ import annotations

import glob
import os
import re

from scripts.cache import ROOT
from scripts.setup import releases

ASKED = re.compile(r"claude_release\(\s*\"([\d.]+)\"|^(?:RELEASES|NEWEST)\b[^=]*= (.*)$", re.MULTILINE)


def asked_for() -> set[str]:
    found: set[str] = set()
    for path in glob.glob(os.path.join(ROOT, "tests", "**", "*.py"), recursive=True):
        with open(path, encoding="utf-8") as file:
            for match in ASKED.finditer(file.read()):
                found |= set(re.findall(r"\d+\.\d+\.\d+", match[1] or match[2]))
    return found


def test_every_release_a_test_asks_for_is_installed() -> None:
    """A release that only one developer's cache has would fail everywhere else."""
    asked = asked_for()
    assert "1.0.60" in asked
    assert asked <= set(releases())


def test_the_newest_is_last() -> None:
    """The demo and the benchmark take the last line."""
    known = releases()
    assert known == sorted(known, key=lambda version: tuple(map(int, version.split("."))))
