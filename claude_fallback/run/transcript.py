"""The session's transcript: what claude itself wrote down about this run.

`<config dir>/projects/<cwd, every other character a dash>/<session>.jsonl`, one row a line.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from claude_fallback import paths
from claude_fallback.limits.ending import parsed
from claude_fallback.run.controls import text

Row = dict[str, Any]
_FIRST_LOOK = 4 << 20  # bytes from the end; more only when this run wrote more


def rows(environ: Mapping[str, str], session: str, since: datetime) -> list[Row] | None:
    """What the session wrote since `since` (aware), oldest first; None when nothing is to be found.

    By their times: 2.1.128 to 2.1.277 sometimes write the first prompt behind the error that it got.

    A row belongs to the session that it names, whatever its file is called: 1.0.128 writes what
    `--continue` adds into a file of another name.
    """
    found = [
        row
        for path in _written(environ, since)
        for row in _read(path, since)
        if row.get("sessionId", _stem(path)) == session or _stem(path) == session
    ]
    return sorted(found, key=lambda row: _written_at(row) or since) or None


def all_rows(environ: Mapping[str, str], since: datetime) -> list[Row]:
    """What any session wrote since `since`, oldest first."""
    found = [row for path in _written(environ, since) for row in _read(path, since)]
    return sorted(found, key=lambda row: _written_at(row) or since)


def is_split(environ: Mapping[str, str], session: str, since: datetime) -> bool:
    """Whether the session's error since `since` is in a file of another name: a resume misses that turn."""
    files = [path for path in _written(environ, since) if any(map(_is_error, _read(path, since)))]
    return bool(files) and session not in map(_stem, files)


def session_that_said(environ: Mapping[str, str], words: str, since: datetime) -> str | None:
    """The session that wrote `words` as an error since `since`: for runs whose id nobody named."""
    for path in reversed(_written(environ, since)):
        for row in _read(path, since):
            if row.get("isApiErrorMessage") and said(row) == words:
                return str(row.get("sessionId") or _stem(path))
    return None


def went_on_as(environ: Mapping[str, str], session: str, since: datetime) -> str | None:
    """Where a resume of `session` wrote instead: releases before 1.0.128 give it a new id."""
    if rows(environ, session, since):
        return None
    written = [path for path in _written(environ, since) if any(map(_is_main, _read(path, since)))]
    return _stem(written[-1]) if written else None


def last_usage(environ: Mapping[str, str], session: str) -> Mapping[str, Any] | None:
    """What the session's newest answer took (`usage` of the API); None when its file's end has none, or the
    conversation was compacted since."""
    places = os.path.join(
        glob.escape(paths.config_dir(environ)), "projects", "*", f"{glob.escape(session)}.jsonl"
    )
    for path in glob.glob(places):
        if not _changed(path):
            continue
        with open(path, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _FIRST_LOOK))
            rows = _rows_in(file.read())
        for row in reversed(rows):
            usage = (row.get("message") or {}).get("usage")
            if row.get("isCompactSummary"):
                return None
            if _is_main(row) and not _is_error(row) and isinstance(usage, dict):
                return usage
    return None


def _is_error(row: Row) -> bool:
    return bool(row.get("isApiErrorMessage")) and not row.get("isSidechain")


def _is_main(row: Row) -> bool:
    return row.get("type") == "assistant" and not row.get("isSidechain")


def _written(environ: Mapping[str, str], since: datetime) -> list[str]:
    """The transcripts that were written to since `since`, the newest last."""
    found = glob.glob(os.path.join(glob.escape(paths.config_dir(environ)), "projects", "*", "*.jsonl"))
    dated = sorted((_changed(path), path) for path in found)
    return [path for changed, path in dated if changed >= since.timestamp()]


def _stem(path: str) -> str:
    return os.path.basename(path).removesuffix(".jsonl")


def said(row: Row) -> str:
    content = (row.get("message") or {}).get("content")
    if isinstance(content, str):
        return content.strip()
    blocks = content if isinstance(content, list) else []
    texts = [block.get("text") for block in blocks if isinstance(block, dict)]
    return "".join(text for text in texts if isinstance(text, str)).strip()


def prompts(found: list[Row]) -> str:
    """All that the user said until the last error, as lines; what waited for a turn or in one included."""
    last = max((at for at, row in enumerate(found) if _is_error(row)), default=len(found))
    return "\n".join(filter(None, (_prompt(row) for row in found[:last])))


def _prompt(row: Row) -> str:
    if row.get("isSidechain") or row.get("isMeta"):
        return ""
    attached = row.get("attachment")
    if isinstance(attached, dict) and attached.get("type") == "queued_command":
        return text({"message": {"content": attached.get("prompt")}})
    return text(row) if row.get("type") == "user" else ""


def tools_used(found: list[Row]) -> bool:
    """Whether any tool was called, by the main thread or a subagent."""
    return any(
        isinstance(block, dict) and block.get("type") == "tool_use"
        for row in found
        if row.get("type") == "assistant" and isinstance((row.get("message") or {}).get("content"), list)
        for block in row["message"]["content"]
    )


def _changed(path: str) -> float:
    try:
        found = os.stat(path)
    except OSError:
        return 0.0
    return found.st_mtime if stat.S_ISREG(found.st_mode) else 0.0  # a FIFO of that name would hang us


def _read(path: str, since: datetime) -> list[Row]:
    """Rows since `since`, read from the end backwards: transcripts grow to many megabytes."""
    look = _FIRST_LOOK
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            while True:
                file.seek(max(0, size - look))
                found = _rows_in(file.read())
                if look >= size or any(at and at < since for at in map(_written_at, found)):
                    break
                look *= 4
    except OSError:
        return []
    return [row for row in found if (at := _written_at(row)) and at >= since]


def _rows_in(raw: bytes) -> list[Row]:
    """A row whose `message` is no object is none of claude's."""
    found = map(parsed, raw.splitlines())
    return [row for row in found if row and isinstance(row.get("message") or {}, dict)]


def _written_at(row: Row) -> datetime | None:
    """None for rows without a time (summaries, titles): they belong to no run."""
    try:
        written = datetime.fromisoformat(str(row.get("timestamp")).replace("Z", "+00:00"))
    except ValueError:
        return None
    return written if written.tzinfo else written.replace(tzinfo=timezone.utc)
