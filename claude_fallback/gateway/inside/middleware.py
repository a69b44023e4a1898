"""Around LiteLLM's web application: errors in claude's words, tool ids that Anthropic takes, no thinking, and
an end to silence.

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
from .silence import Silence, has_word
from .thoughts import Thoughts, without_thoughts
from .tool_ids import outward

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Event, Receive, Send], Awaitable[None]]

PATH = "/v1/messages"
SILENT = "claude-fallback: the model's provider said nothing for {minutes} min (gateway-timeout-minutes)"
_CALL = re.compile(rb'"type"\s*:\s*"tool_use"')
_THINKING = b"thinking"


class Words:
    """The middleware. Anything but a request for an answer passes untouched."""

    def __init__(self, app: App, activity: Activity, longest_silence: float = 0.0) -> None:
        """`longest_silence`: seconds, 0: for ever."""
        self._app, self._activity, self._longest_silence = app, activity, longest_silence

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._once_started(send))
            return
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        silence = Silence(self._longest_silence)
        answer = Answer(send, silence)
        # LiteLLM would compress, under us; on the loopback interface that is of no use to anybody
        plain = [row for row in scope["headers"] if row[0].lower() != b"accept-encoding"]
        with self._activity.request():
            if not await silence.bounds(self._app({**scope, "headers": plain}, receive, answer.send)):
                await answer.fail(SILENT.format(minutes=f"{silence.limit / 60:g}"))

    def _once_started(self, send: Send) -> Send:
        async def told(event: Event) -> None:
            self._activity.begin()
            await send(event)

        return told


class Answer:
    """One answer on its way: an error is held until it is whole, a stream flows line by line."""

    def __init__(self, send: Send, silence: Silence) -> None:
        self._to_client, self._silence = send, silence
        self._start: Event | None = None
        self._streams = False
        self._held = bytearray()
        self._thoughts = Thoughts()

    async def fail(self, message: str) -> None:
        """The end, whatever of it has been sent.

        Without the header claude asks twice more; after an error in a stream once more, not streamed
        (1.0.60, 2.0.42, 2.1.112, 2.1.330, run).
        """
        error = json.dumps({"type": "error", "error": {"type": "timeout_error", "message": message}}).encode()
        if self._streams:  # the empty line ends an event that has no end yet
            error = b"\nevent: error\ndata: " + error + b"\n\n"
        else:
            await self._to_client({"type": "http.response.start", "status": 504, "headers": [
                (b"content-type", b"application/json"), (b"content-length", b"%d" % len(error)),
                (b"x-should-retry", b"false")]})  # fmt: skip
        await self._to_client({"type": "http.response.body", "body": error})

    async def _send(self, event: Event) -> None:
        if self._silence.over:
            raise ConnectionResetError("claude has had its answer")
        await self._silence.passing(self._to_client(event))
        if event["type"] == "http.response.body" and not event.get("more_body"):
            self._silence.whole()

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
            if self._silence.limit and has_word(lines):
                self._silence.word()
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
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return body  # of a shape that nobody knows: claude gets it as it is


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
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
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
