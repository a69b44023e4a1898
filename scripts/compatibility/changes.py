"""What a release says otherwise than the one before it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from claude_fallback.limits.catalogue import classify
from scripts.compatibility.cells import Cell
from scripts.compatibility.conclusion import conclude
from scripts.compatibility.grouped import shape
from scripts.compatibility.recording import Recording, Release


def told(known: Sequence[Release], new: Release) -> list[str]:
    """Lines for a reader: new words, new fields, words that the catalogue lacks, cells that are gone."""
    numbers = _numbers(new.version)
    before = [one for one in known if _numbers(one.version) < numbers]
    lines = [f"claude {new.version}, recorded {new.date}"]
    if before:
        lines += _against(before[-1], new)
    lines += [f"  not in the catalogue: {words}" for words in _unknown(new)]
    return lines


def _against(old: Release, new: Release) -> list[str]:
    """Of the cells that both were asked for."""
    words = _words(old), _words(new)
    both = [cell for cell in words[1] if cell in words[0]]
    lines = list(_reworded(*words))
    fields = _fields(old, both), _fields(new, both)
    lines += [f"  a new field: {name}" for name in sorted(fields[1] - fields[0])]
    lines += [f"  a field is gone: {name}" for name in sorted(fields[0] - fields[1])]
    lines += [f"  no longer shown: {cell}" for cell in sorted(set(words[0]) & set(new.unshown))]
    lines += [f"  not shown before: {cell}" for cell in sorted(set(words[1]) & set(old.unshown))]
    return lines or [f"  says what {old.version} says"]


def _reworded(old: dict[Cell, str], new: dict[Cell, str]) -> Iterator[str]:
    """Each change once, with the first of its cells."""
    changed = sorted(cell for cell in new if cell in old and old[cell] != new[cell])
    where: dict[tuple[str, str], list[Cell]] = {}
    for cell in changed:
        where.setdefault((old[cell], new[cell]), []).append(cell)
    for (before, after), cells in where.items():
        more = f" and {len(cells) - 1} more" if len(cells) > 1 else ""
        yield f"  {before!r} is now {after!r}: {cells[0]}{more}"


def _words(release: Release) -> dict[Cell, str]:
    return {one.cell: shape(conclude(one).printed) for one in release.recordings if "alone" not in one.seen}


def _unknown(release: Release) -> list[str]:
    """Each once: the words of a stop that no wording fits."""
    found = [conclude(one) for one in release.recordings if "alone" not in one.seen]
    stops = {shape(one.printed): one.printed for one in found if one.limit}
    return [words for words, printed in stops.items() if printed and classify(printed) is None]


def _fields(release: Release, cells: Collection[Cell]) -> set[str]:
    return {name for one in release.recordings if one.cell in cells for name in _names(one)}


def _names(one: Recording) -> Iterator[str]:
    for kind in ("events", "rows"):
        for found in one.seen.get(kind, ()):
            yield from (f"{kind[:-1]}.{name}" for name in _deep(found))


def _deep(value: dict[str, Any], lead: str = "") -> Iterator[str]:
    for name, inner in value.items():
        yield f"{lead}{name}"
        if isinstance(inner, dict) and name != "message":
            yield from _deep(inner, f"{lead}{name}.")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
