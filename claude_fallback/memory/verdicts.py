"""What the drill found about each claude: `verdicts.json` among our data. A changed program has none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from claude_fallback import __version__, paths
from claude_fallback.memory import store
from claude_fallback.memory.moments import parsed, written

_KEPT = 20  # programs


@dataclass(frozen=True)
class Verdict:
    """`modes`: each mode of the drill, with its fault; empty: recognised and switched."""

    release: str
    at: datetime
    modes: Mapping[str, str]

    @property
    def passed(self) -> bool:
        return bool(self.modes) and not any(self.modes.values())

    def line(self) -> str:
        """`claude 2.1.330: verified 2026-11-22 (text, json)`, or what failed."""
        day = self.at.astimezone().strftime("%Y-%m-%d")
        if self.passed:
            return f"claude {self.release}: verified {day} ({', '.join(self.modes)})"
        faults = [f"{mode}: {fault}" for mode, fault in self.modes.items() if fault]
        return f"claude {self.release}: failed the drill {day}: {'; '.join(faults) or 'it broke off'}"


def file(environ: Mapping[str, str]) -> str:
    return os.path.join(paths.data_dir(environ), "verdicts.json")


def of(path: str, environ: Mapping[str, str], release: str | None = None) -> Verdict | None:
    """The verdict on the very program at `path`, by this version of ours; None: there is none.

    A version manager's shim stays the same file for another release: give `release` to be sure.
    """
    kept = store.read(file(environ), lambda _: None).get("verdicts")
    found = kept.get(os.path.realpath(path)) if isinstance(kept, dict) else None
    if not isinstance(found, dict) or found.get("program") != _program(path):
        return None
    if release is not None and found.get("release") != release:
        return None
    modes, at = found.get("modes"), parsed(found.get("at"))
    if found.get("by") != __version__ or not isinstance(modes, dict) or at is None:
        return None
    return Verdict(str(found.get("release")), at, {str(mode): str(fault) for mode, fault in modes.items()})


def keep(path: str, verdict: Verdict, environ: Mapping[str, str], tell: store.Tell) -> None:
    """Raises nothing: what cannot be written is told."""
    row = {
        "program": _program(path),
        "release": verdict.release,
        "at": written(verdict.at),
        "by": __version__,
        "modes": dict(verdict.modes),
    }

    def change(document: store.Document) -> None:
        kept = document.get("verdicts")
        others = dict(kept) if isinstance(kept, dict) else {}
        others.pop(os.path.realpath(path), None)
        newest = list(others.items())[1 - _KEPT :]
        document["verdicts"] = {**dict(newest), os.path.realpath(path): row}

    store.update(file(environ), change, tell=tell)


def _program(path: str) -> str:
    """Size and time of the file behind the path; empty when it is gone."""
    try:
        found = os.stat(os.path.realpath(path))
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"
