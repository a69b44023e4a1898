"""Around LiteLLM's application: errors, ids, activity. LiteLLM is a few lines of ASGI here."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from claude_fallback.gateway.inside.activity import Activity
from claude_fallback.gateway.inside.middleware import App, Event, Words, with_valid_ids
from claude_fallback.gateway.inside.tool_ids import outward

KIMI = "functions.Bash:0"


def ask(
    app: App, path: str = "/v1/messages", activity: Activity | None = None
) -> tuple[list[Event], dict[str, str]]:
    """What the client gets, and the headers of the answer."""
    sent: list[Event] = []

    async def send(event: Event) -> None:
        sent.append(event)

    async def receive() -> Event:
        return {"type": "http.request", "body": b"{}"}

    scope: Event = {
        "type": "http",
        "path": path,
        "headers": [(b"content-length", b"2"), (b"Accept-Encoding", b"gzip")],
    }
    asyncio.run(Words(app, activity or Activity())(scope, receive, send))
    return sent, {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}


def answering(status: int, kind: str, *pieces: bytes) -> App:
    async def app(scope: Event, receive: Any, send: Any) -> None:
        headers = [(b"Content-Type", kind.encode()), (b"Content-Length", b"%d" % sum(map(len, pieces)))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for number, piece in enumerate(pieces):
            await send({"type": "http.response.body", "body": piece, "more_body": number < len(pieces) - 1})

    return app


def test_an_error_is_reworded() -> None:
    """Status and shape stay, the words are claude's, and the length is right."""
    said = json.dumps(
        {"type": "error", "error": {"type": "t", "message": "ContextWindowExceededError: no"}}
    ).encode()
    sent, headers = ask(answering(400, "application/json", said[:20], said[20:]))
    body = b"".join(event.get("body", b"") for event in sent)
    assert sent[0]["status"] == 400
    assert json.loads(body)["error"]["message"].startswith("prompt is too long")
    assert headers["content-length"] == str(len(body))


@pytest.mark.parametrize("said", [b"<html>bad gateway</html>", b"[]", b'{"error": null}', b""])
def test_an_error_of_another_shape(said: bytes) -> None:
    """It passes as it is."""
    sent, _ = ask(answering(502, "text/html", said))
    assert sent[-1]["body"] == said


def test_a_stream_flows() -> None:
    """What is whole goes on at once; half a line waits for its rest, the name of an event for its data."""
    sent, _ = ask(answering(200, "text/event-stream; charset=utf-8", b"event: a\nda", b"ta: {}\n\n", b"end"))
    assert [event["body"] for event in sent[1:]] == [b"", b"event: a\ndata: {}\n\n", b"end"]


def test_ids_in_a_stream() -> None:
    """A call under an id that Anthropic would refuse goes on under one it takes; all else is untouched."""
    block = {"type": "tool_use", "id": KIMI, "name": "Bash", "input": {}}
    start = {"type": "content_block_start", "index": 1, "content_block": block}
    lines = b"event: content_block_start\ndata: " + json.dumps(start).encode() + b"\n\nevent: ping\n"
    changed = with_valid_ids(lines)
    assert json.loads(changed.split(b"\n")[1][5:])["content_block"] == {**block, "id": outward(KIMI)}
    assert changed.split(b"\n")[2:] == lines.split(b"\n")[2:]
    fine = lines.replace(KIMI.encode(), b"call_1")
    assert with_valid_ids(fine) == fine


@pytest.mark.parametrize(
    "line", [b'data: {"type": "tool_use"', b'data: {"type":"tool_use"}\n', b'x "type":"tool_use"\n']
)
def test_lines_that_only_look_like_calls(line: bytes) -> None:
    """They pass as they are."""
    assert with_valid_ids(line) == line


def test_ids_in_a_document() -> None:
    """The same where nothing is streamed."""
    document = {"content": [{"type": "text", "text": "a"}, {"type": "tool_use", "id": KIMI}]}
    sent, _ = ask(answering(200, "application/json", json.dumps(document).encode()))
    assert json.loads(sent[-1]["body"])["content"][1]["id"] == outward(KIMI)


def test_other_paths_pass() -> None:
    """Health and model lists are neither held nor counted, and keep their compression."""
    seen: list[Any] = []

    async def app(scope: Event, receive: Any, send: Any) -> None:
        seen.append(scope["headers"])
        await send({"type": "http.response.start", "status": 500, "headers": []})

    sent, _ = ask(app, "/v1/models")
    assert len(sent) == 1 and (b"Accept-Encoding", b"gzip") in seen[0]


def test_the_start_is_no_idle_time() -> None:
    """A start may take longer than nobody may ask: the time counts from its end."""
    now = [0.0]
    activity = Activity(lambda: now[0])

    async def starting(scope: Event, receive: Any, send: Any) -> None:
        now[0] = 60.0
        await send({"type": "lifespan.startup.complete"})

    async def server(_: Event | None = None) -> Event:
        return {}

    asyncio.run(Words(starting, activity)({"type": "lifespan"}, server, server))  # type: ignore[arg-type]
    assert activity.idle() == 0.0


def test_activity() -> None:
    """While an answer is given nothing is idle; afterwards the time since counts, after a failure too."""
    now = [0.0]
    activity = Activity(lambda: now[0])

    async def app(scope: Event, receive: Any, send: Any) -> None:
        assert (b"Accept-Encoding", b"gzip") not in scope["headers"]
        now[0] = 50.0
        assert activity.idle() == 0.0
        raise ConnectionError

    now[0] = 10.0
    assert activity.idle() == 10.0
    with pytest.raises(ConnectionError):
        ask(app, activity=activity)
    now[0] = 80.0
    assert activity.idle() == 30.0
