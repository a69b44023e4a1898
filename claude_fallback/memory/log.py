"""One JSON line per thing that happened, for `logs` and for bug reports. Never a reason for a run to fail."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from datetime import datetime, timezone

from claude_fallback import paths

LARGEST = 1_000_000  # bytes; then the file becomes `.1`, and the one before that is gone


def event(environ: Mapping[str, str], name: str, **fields: object) -> None:
    """Append `name` and `fields`. Strings are redacted; whatever goes wrong is nobody's concern."""
    import orjson

    from claude_fallback.memory import lines

    moment = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    record = {"at": moment, "event": name, "pid": os.getpid(), **fields}
    with contextlib.suppress(OSError, TypeError, ValueError):
        line = orjson.dumps(_clean(record), option=orjson.OPT_APPEND_NEWLINE)
        lines.append(paths.log_file(environ), line, LARGEST)


def _clean(value: object) -> object:
    from claude_fallback.memory.redact import one_line

    if isinstance(value, Mapping):
        return {str(name): _clean(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(inner) for inner in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return one_line(str(value), 1000)
