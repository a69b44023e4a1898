"""What is kept of a cell: what detection reads, nothing that varies from run to run or from home to home."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scripts.cache import ROOT
from scripts.compatibility.cells import Cell, asked_of

FOLDER = os.path.join(ROOT, "tests", "limits", "recorded")
_API_FIELDS = ("error", "api_error", "api_error_params", "api_error_status", "is_api_error_message")
_EVENT = (
    "type", "subtype", "is_error", "result", "errors", "terminal_reason", "parent_tool_use_id",
    "rate_limit_info", *_API_FIELDS,
)  # fmt: skip
_ROW = (
    "type", "timestamp", "isSidechain", "isApiErrorMessage", "error", "apiError", "apiErrorParams",
    "apiErrorStatus", "quotaLimits", "version",
)  # fmt: skip
_DECISIVE = ("assistant", "result", "rate_limit_event")
_VARYING = (
    (re.compile(r"\b(req|msg|toolu)_[0-9A-Za-z]{8,}"), r"\1_1"),
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "00000000-0000-4000-8000-000000000000"),
)
_MOST = 2000  # characters of a text


@dataclass(frozen=True)
class Recording:
    """`now` and `resets_at` in epoch seconds. `seen` holds what the mode shows: exit, stdout, stderr, events,
    rows (of the transcript), screen (lines)."""

    cell: Cell
    now: int
    resets_at: int
    seen: Mapping[str, Any]


@dataclass(frozen=True)
class Release:
    """One release, as it was last recorded on `date`. `unshown`: the cells that it was asked for and did not
    show: it went on retrying, or drew no answer."""

    version: str
    date: str
    recordings: tuple[Recording, ...] = ()
    unshown: tuple[Cell, ...] = ()

    @property
    def missing(self) -> tuple[Cell, ...]:
        """The cells that it was not asked for yet."""
        known = {one.cell for one in self.recordings} | set(self.unshown)
        return tuple(cell for cell in asked_of(self.version) if cell not in known)

    def having(self, cell: Cell, found: Recording | None, date: str) -> Release:
        """With what was found of that cell, in place of what was known of it."""
        recordings = tuple(one for one in self.recordings if one.cell != cell)
        unshown = tuple(one for one in self.unshown if one != cell)
        if found is None:
            return replace(self, date=date, recordings=recordings, unshown=(*unshown, cell))
        return replace(self, date=date, recordings=(*recordings, found), unshown=unshown)


def compact(seen: Mapping[str, Any], home: str, port: int) -> dict[str, Any]:
    kept = dict(seen)
    if "events" in kept:
        kept["events"] = [_event(one) for one in kept["events"] if one.get("type") in _DECISIVE]
    if "rows" in kept:
        kept["rows"] = [_only(row, _ROW) for row in kept["rows"][-4:]]
    if not kept.get("stderr"):
        kept.pop("stderr", None)
    cleaned: dict[str, Any] = _cleaned(kept, (os.path.realpath(home), home), port)
    return cleaned


def path(version: str, folder: str = FOLDER) -> str:
    return os.path.join(folder, f"{version}.jsonl")


def read_all(folder: str = FOLDER) -> list[Release]:
    """Every recorded release, oldest first."""
    names = sorted(os.listdir(folder), key=_order)
    return [read(os.path.join(folder, name)) for name in names if name.endswith(".jsonl")]


def known(version: str, folder: str = FOLDER) -> Release:
    """What is recorded of it so far."""
    try:
        return read(path(version, folder))
    except FileNotFoundError:
        return Release(version, "")


def read(file_path: str) -> Release:
    with open(file_path, encoding="utf-8") as file:
        head, *lines = [json.loads(line) for line in file]
    found = [line for line in lines if "now" in line]
    recordings = tuple(
        Recording(Cell(*line.pop("cell")), line.pop("now"), line.pop("resets_at"), line) for line in found
    )
    unshown = tuple(Cell(*line["cell"]) for line in lines if "unshown" in line)
    return Release(head["release"], head["date"], recordings, unshown)


def write(release: Release, folder: str = FOLDER) -> str:
    """A line for each cell, so that a change is seen where it is; the path."""
    goal = path(release.version, folder)
    head = {"release": release.version, "date": release.date}
    recordings = map(_line, sorted(release.recordings, key=lambda one: one.cell))
    unshown = ({"cell": _coordinates(cell), "unshown": True} for cell in sorted(release.unshown))
    with open(goal + ".new", "w", encoding="utf-8") as file:
        for line in (head, *recordings, *unshown):
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    os.replace(goal + ".new", goal)
    return goal


def _line(one: Recording) -> dict[str, Any]:
    return {"cell": _coordinates(one.cell), "now": one.now, "resets_at": one.resets_at, **one.seen}


def _coordinates(cell: Cell) -> list[str]:
    return [cell.scenario, cell.moment, cell.mode]


def _order(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", name))


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    return _only(event, _EVENT)


def _only(event: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The named fields, and of a message its model and what it says or calls."""
    kept = {name: event[name] for name in names if event.get(name) is not None}
    if isinstance(message := event.get("message"), dict):
        content = message.get("content")
        kept["message"] = {"model": message.get("model"), "content": _content(content)}
    return kept


def _content(content: object) -> object:
    if not isinstance(content, list):
        return content
    return [{name: block[name] for name in ("type", "text", "name") if name in block} for block in content]


def _cleaned(value: Any, homes: tuple[str, ...], port: int) -> Any:
    if isinstance(value, dict):
        return {name: _cleaned(inner, homes, port) for name, inner in value.items()}
    if isinstance(value, list):
        return [_cleaned(inner, homes, port) for inner in value]
    if not isinstance(value, str):
        return value
    for home in homes:
        value = value.replace(home, "~")
    value = value.replace(f":{port}", ":4000")
    for pattern, instead in _VARYING:
        value = pattern.sub(instead, value)
    return value if len(value) <= _MOST else value[: _MOST - 1] + "…"
