"""The main thread of a session, row by row, as far as a switch depends on it. Pure.

Rows are claude's own (1.0.60 to 2.1.330): `user` with the prompt or tool results, `assistant` with one block
or more, `permission-mode` (2.1.197 and later; before, a field of `user` rows since 2.0.76).

They need not stand in order: 2.1.128 to 2.1.277 sometimes write a session's first prompt behind its answer,
or behind the error that it got. Their times tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

Row = Mapping[str, Any]

_KEPT = 100  # prompts; what was typed long ago matters to nobody
_OWN_WORDS = ("<command-", "<local-command", "<bash-", "[Request interrupted", "Caveat: ")


class Turns:
    """What has happened since `began` (aware): rows before it are history, copied or resumed."""

    def __init__(self, began: datetime) -> None:
        self.began = began
        self.waits = False  # a prompt has been accepted, and nobody has said anything to it
        self.accepted: list[str] = []  # the user's prompts, as claude took them
        self.tools_used = False  # since the last one whose turn was not stopped; by a subagent, too
        self.model: str | None = None  # that answered last
        self.permission_mode: str | None = None
        self.cwd: str | None = None
        self.error: Row | None = None  # the last word is claude's own: an API error
        self.answered = 0  # prompts
        self.failed = 0  # errors
        self.last_at: datetime | None = None
        self._spoke_at = began  # claude, in its own words or the model's

    def add(self, row: Row) -> None:
        kind = row.get("type")
        if kind == "permission-mode":
            self.permission_mode = _text(row.get("permissionMode")) or self.permission_mode
            return
        at = written_at(row)
        if kind not in ("user", "assistant") or at is None or at < self.began:
            return
        if row.get("isSidechain") is True:
            self.tools_used = self.tools_used or calls_tool(row)
            return
        late = self.last_at is not None and at < self.last_at
        self.last_at = max(at, self.last_at or at)
        self.cwd = _text(row.get("cwd")) or self.cwd
        if kind == "user":
            self._said_by_user(row, late=at < self._spoke_at)
        else:
            self._said_by_claude(row, at, late)

    def _said_by_user(self, row: Row, late: bool) -> None:
        self.permission_mode = _text(row.get("permissionMode")) or self.permission_mode
        prompt = None if row.get("isMeta") is True else prompt_of(row)
        if prompt is None:
            return
        self.accepted = [*self.accepted[1 - _KEPT :], prompt]
        if late:  # the last word is another's, and stays it
            self.answered += self.error is None and not self.waits
            return
        self.tools_used = self.tools_used and self.error is not None
        self.waits = True
        self.error = None

    def _said_by_claude(self, row: Row, at: datetime, late: bool) -> None:
        message = row.get("message")
        message = message if isinstance(message, Mapping) else {}
        is_error = row.get("isApiErrorMessage") is True
        if message.get("model") == "<synthetic>" and not is_error:
            return  # "No response requested.", written by a resume
        self._spoke_at = max(at, self._spoke_at)
        if is_error:
            self.failed += 1
            if not late:
                self.error, self.waits = row, False
            return
        self.model = _text(message.get("model")) or self.model
        self.tools_used = self.tools_used or calls_tool(row)
        if not late:
            self.error = None
            self.answered += self.waits
            self.waits = False


def prompt_of(row: Row) -> str | None:
    """The user's own words; None for tool results, slash commands and notes that claude writes itself."""
    content = (row.get("message") or {}).get("content")
    blocks = [content] if isinstance(content, str) else list(_texts(content))
    text = "\n".join(blocks).strip()
    return None if not text or text.startswith(_OWN_WORDS) else text


def calls_tool(row: Row) -> bool:
    content = (row.get("message") or {}).get("content")
    return isinstance(content, list) and any(
        isinstance(block, dict) and block.get("type") == "tool_use" for block in content
    )


def written_at(row: Row) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(row.get("timestamp")).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def _texts(content: object) -> Iterator[str]:
    for block in content if isinstance(content, list) else []:
        if isinstance(block, dict) and block.get("type") == "text" and isinstance(block.get("text"), str):
            yield block["text"]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
