"""Around LiteLLM's web application: errors in claude's words, tool ids that Anthropic takes, no thinking.

Plain ASGI. LiteLLM has a hook for errors, `async_post_call_failure_hook`: on /v1/messages what it returns is
ignored (1.106.2, run).
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .activity import Activity
from .error_words import reworded
from .thoughts import Thoughts, without_thoughts
from .tool_ids import outward

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Event, Receive, Send], Awaitable[None]]

PATH = "/v1/messages"
_CALL = re.compile(rb'"type"\s*:\s*"tool_use"')
_THINKING = b"thinking"


class Words:
    """The middleware. Anything but a request for an answer passes untouched."""

    def __init__(self, app: App, activity: Activity) -> None:
        self._app, self._activity = app, activity

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._once_started(send))
            return
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        answer = Answer(send)
        # LiteLLM would compress, under us; on the loopback interface that is of no use to anybody
        plain = [row for row in scope["headers"] if row[0].lower() != b"accept-encoding"]
        with self._activity.request():
            await self._app({**scope, "headers": plain}, receive, answer.send)

    def _once_started(self, send: Send) -> Send:
        async def told(event: Event) -> None:
            self._activity.begin()
            await send(event)

        return told


class Answer:
    """One answer on its way: an error is held until it is whole, a stream flows line by line."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Event | None = None
        self._streams = False
        self._held = bytearray()
        self._thoughts = Thoughts()

    async def send(self, event: Event) -> None:
        if event["type"] == "http.response.start":
            self._streams = event["status"] == 200 and b"event-stream" in _header(event, b"content-type")
            self._start = event
            if self._streams:
                await self._send(event)
        elif event["type"] == "http.response.body":
            await self._body(event)
        else:
            await self._send(event)

    async def _body(self, event: Event) -> None:
        self._held += event.get("body", b"")
        last = not event.get("more_body")
        if self._streams:
            whole = len(self._held) if last else self._held.rfind(b"\n") + 1
            lines, self._held = bytes(self._held[:whole]), self._held[whole:]
            body = self._thoughts.without(with_valid_ids(lines))
            await self._send({**event, "body": body + (self._thoughts.rest() if last else b"")})
        elif last and self._start:
            body = self._document(self._start["status"])
            headers = [row for row in self._start["headers"] if row[0].lower() != b"content-length"]
            length = (b"content-length", str(len(body)).encode())
            await self._send({**self._start, "headers": [*headers, length]})
            await self._send({**event, "body": body})

    def _document(self, status: int) -> bytes:
        body = bytes(self._held)
        try:
            document = json.loads(body)
            if status == 200:
                touched = _CALL.search(body) or _THINKING in body
                return json.dumps(without_thoughts(_valid(document))).encode() if touched else body
            error = document["error"]
            error["message"] = reworded(str(error["message"]))
            return json.dumps(document).encode()
        except (ValueError, KeyError, TypeError):
            return body


def with_valid_ids(lines: bytes) -> bytes:
    """Whole lines of a stream of server-sent events, their tool calls under ids that Anthropic takes."""
    if not _CALL.search(lines):
        return lines
    return b"".join(_line(line) for line in lines.splitlines(keepends=True))


def _line(line: bytes) -> bytes:
    if not line.startswith(b"data:") or not _CALL.search(line):
        return line
    try:
        event = json.loads(line[5:])
        block = event["content_block"]
        new = outward(block["id"])
    except (ValueError, KeyError, TypeError):
        return line
    if new == block["id"]:
        return line
    return b"data: " + json.dumps({**event, "content_block": {**block, "id": new}}).encode() + b"\n"


def _valid(document: dict[str, Any]) -> dict[str, Any]:
    for block in document.get("content") or ():
        if block.get("type") == "tool_use" and isinstance(block.get("id"), str):
            block["id"] = outward(block["id"])
    return document


def _header(holder: Event, name: bytes) -> bytes:
    return next((bytes(value) for key, value in holder["headers"] if key.lower() == name), b"")
