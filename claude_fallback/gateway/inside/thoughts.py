"""Thinking taken out of answers.

claude keeps it in the session, and sends it back to Anthropic when the session is native again. Signed by
nobody, it costs the turn there: 1.0.60, 2.0.42 and 2.1.112 get a 400 and stop, 2.1.197 and later ask again
without it (run). Runs on the gateway do not ask for thinking, so nobody misses it.
"""

from __future__ import annotations

import json
from typing import Any

_KINDS = ("thinking", "redacted_thinking")


class Thoughts:
    """Of one stream of server-sent events: `without` gets whole lines, as they come."""

    def __init__(self) -> None:
        self._dropped: list[int] = []  # indexes of content blocks
        self._event = b""  # the `event:` line, until its `data:` shows whether it stays
        self._blank = False  # the blank line behind a dropped event goes, too

    def without(self, lines: bytes) -> bytes:
        return b"".join(map(self._line, lines.splitlines(keepends=True)))

    def rest(self) -> bytes:
        """What waits when the stream has ended."""
        event, self._event = self._event, b""
        return event

    def _line(self, line: bytes) -> bytes:
        if line.startswith(b"event:"):
            self._event = line
            return b""
        if line.startswith(b"data:"):
            kept, event = self._data(line), self._event
            self._event, self._blank = b"", not kept
            return event + kept if kept else b""
        if self._blank and not line.strip():
            self._blank = False
            return b""
        return line

    def _data(self, line: bytes) -> bytes:
        if not self._dropped and b"thinking" not in line:
            return line
        try:
            event = json.loads(line[5:])
            index = event["index"]
            begins = event["type"] == "content_block_start"
            thinks = begins and event["content_block"]["type"] in _KINDS
        except (ValueError, KeyError, TypeError, RecursionError):
            return line
        if not isinstance(index, int):
            return line
        if thinks:
            self._dropped.append(index)
        if index in self._dropped:
            return b""
        if not self._dropped:
            return line
        event["index"] = index - sum(1 for one in self._dropped if one < index)
        return b"data: " + json.dumps(event).encode() + b"\n"


def without_thoughts(document: dict[str, Any]) -> dict[str, Any]:
    """A whole answer."""
    blocks = document.get("content")
    if isinstance(blocks, list):
        document["content"] = [one for one in blocks if one["type"] not in _KINDS]
    return document
