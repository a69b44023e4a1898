"""What claude gets of an answer that is ended for its silence."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from claude_fallback.gateway.inside import middleware
from claude_fallback.gateway.inside.activity import Activity
from claude_fallback.gateway.inside.middleware import App, Event, Words
from claude_fallback.gateway.inside.silence import Silence
from tests.gateway.inside.test_silence import SHORT, Clock, block, delta, line, never

STREAM: Event = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/event-stream")],
}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The middleware's, from now on."""
    made = Clock()
    monkeypatch.setattr(middleware, "Silence", lambda limit: Silence(limit, made.look))
    return made


def told(app: App, limit: float = SHORT) -> list[Event]:
    """What claude gets."""
    sent: list[Event] = []

    async def send(event: Event) -> None:
        sent.append(event)

    async def receive() -> Event:
        return {"type": "http.request", "body": b"{}"}

    scope: Event = {"type": "http", "path": "/v1/messages", "headers": []}
    asyncio.run(Words(app, Activity(), limit)(scope, receive, send))
    return sent


def answering(clock: Clock, *events: Event) -> App:
    """Those, then nothing; when it is cancelled it still tries to say something."""

    async def app(scope: Event, receive: Any, send: Any) -> None:
        for event in events:
            await send(event)
        try:
            await clock.passes(60.0)
            await never()
        finally:
            await send({"type": "http.response.body", "body": b"late\n", "more_body": False})

    return app


def piece(body: bytes) -> Event:
    return {"type": "http.response.body", "body": body, "more_body": True}


@pytest.mark.parametrize(
    "begun",
    [[], [{"type": "http.response.start", "status": 200, "headers": []}, piece(b'{"type": ')]],
    ids=["nothing", "half a document"],
)
def test_an_answer_that_has_not_begun(clock: Clock, begun: list[Event]) -> None:
    """An error of Anthropic's shape that claude does not ask again on."""
    start, body = told(answering(clock, *begun), 0.012)
    assert start["status"] == 504 and (b"x-should-retry", b"false") in start["headers"]
    assert (b"content-length", str(len(body["body"])).encode()) in start["headers"]
    error = json.loads(body["body"])
    assert (error["type"], error["error"]["type"]) == ("error", "timeout_error")
    words = "claude-fallback: the model's provider said nothing for 0.0002 min (gateway-timeout-minutes)"
    assert error["error"]["message"] == words


def test_a_stream_that_has_begun(clock: Clock) -> None:
    """An event that is an error, apart from an unended one; half a line is gone; LiteLLM is mute."""
    sent = told(answering(clock, STREAM, piece(b"event: ping\ndata: {}\nevent: content_bl")))
    assert sent[:2] == [STREAM, piece(b"event: ping\ndata: {}\n")]
    (last,) = sent[2:]
    assert not last.get("more_body")
    assert last["body"].startswith(b"\nevent: error\ndata: ") and last["body"].endswith(b"\n\n")
    assert json.loads(last["body"].split(b"data: ")[1])["error"]["type"] == "timeout_error"


def test_words_in_a_stream_are_heard(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words that come in pieces, and thinking that claude does not get, hold the end off; pings do not."""
    heard: list[int] = []
    monkeypatch.setattr(Silence, "word", lambda of: heard.append(1))
    word = delta(type="text_delta", text="a")
    pieces = [word[:20], word[20:], block(type="thinking", thinking=""), line("ping"),
              delta(type="thinking_delta", thinking="hm")]  # fmt: skip
    sent = told(answering(clock, STREAM, *map(piece, pieces)))
    assert len(heard) == 2
    assert b"hm" not in b"".join(event.get("body", b"") for event in sent)


def test_the_end_of_an_answer_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """What LiteLLM does behind it is not ended."""
    heard: list[int] = []
    monkeypatch.setattr(Silence, "whole", lambda of: heard.append(1))

    async def app(scope: Event, receive: Any, send: Any) -> None:
        for event in (STREAM, piece(b"event: a\n")):
            await send(event)
            assert not heard
        await send({"type": "http.response.body", "body": b"\n"})
        assert heard

    told(app, 60.0)
    assert heard == [1]
