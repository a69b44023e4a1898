"""Which releases `scripts/matrix` runs. Standard library only: it comes before the environment."""

from __future__ import annotations

import argparse
import glob
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from scripts.cache import ROOT
from scripts.jobs import ScriptError
from scripts.setup import PACKAGE, become, set_up

_FOLDER = os.path.join(ROOT, "tests", "limits", "recorded")
_PATIENCE = 60  # seconds for npm


def main(argv: Sequence[str], environ: Mapping[str, str], usage: str) -> NoReturn:
    options = _options(argv, usage)
    versions = _chosen(options)
    if options.new and not versions:
        print(f"npm has no release beyond {recorded()[-1]}, the newest that is recorded")
        sys.exit(0)
    programs = set_up(environ, versions)
    at_once = ("--at-once", str(options.at_once)) if options.at_once else ()
    rest = ("--rest",) if options.rest else ()
    become(programs, "scripts.compatibility", environ, *at_once, *rest, *versions)


def recorded() -> list[str]:
    """Oldest first."""
    found = [
        os.path.basename(path).removesuffix(".jsonl") for path in glob.glob(os.path.join(_FOLDER, "*.jsonl"))
    ]
    return sorted(found, key=numbers)


def newer(known: Sequence[str], published: Sequence[str]) -> list[str]:
    """What is published beyond the newest that is known, oldest first."""
    newest = max(map(numbers, known), default=())
    return sorted((one for one in published if numbers(one) > newest), key=numbers)


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _options(argv: Sequence[str], usage: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "scripts/matrix", description=usage, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--judge", action="store_true", help=argparse.SUPPRESS)
    which.add_argument("--rest", action="store_true", help=argparse.SUPPRESS)
    which.add_argument("--new", action="store_true", help=argparse.SUPPRESS)
    which.add_argument("--add", nargs="+", metavar="VERSION", type=_version, help=argparse.SUPPRESS)
    parser.add_argument("--at-once", type=int, metavar="N", help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def _version(text: str) -> str:
    if not re.fullmatch(r"\d+\.\d+\.\d+", text):
        raise argparse.ArgumentTypeError(f"{text} is no version, like 2.1.330")
    return text


def _chosen(options: argparse.Namespace) -> list[str]:
    if options.judge:
        return []
    if options.add:
        return sorted(options.add, key=numbers)
    if options.new:
        return newer(recorded(), _published())
    return recorded()


def _published() -> list[str]:
    """Every release that npm has; only its list is asked for."""
    command = ["npm", "view", PACKAGE, "versions", "--json"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False)
        found = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise ScriptError(f"npm does not tell the releases of {PACKAGE}; try: {' '.join(command)}") from error
    return [one for one in found if re.fullmatch(r"\d+\.\d+\.\d+", str(one))]
