"""What a gateway answers may have any shape and any length: it costs no exception and no minutes.

Where a test is about length, it would take minutes without the bound that it is about.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from claude_fallback import paths
from claude_fallback.admin.checks import gateway as checks
from claude_fallback.gateway import http, listing, ollama, record, refusal
from claude_fallback.gateway.inside import error_words, runs, translation
from claude_fallback.gateway.inside.activity import Activity
from claude_fallback.gateway.inside.backend import Backend, tokens
from claude_fallback.gateway.inside.middleware import Event, Words
from claude_fallback.limits.limit import Kind, Limit

ODD: tuple[Any, ...] = (5, "words", ["words"], {"a": 1}, 1e300)
Environ = dict[str, str]


@pytest.fixture
def environ(tmp_path: Path) -> Environ:
    return {"HOME": str(tmp_path), "PATH": os.defpath, "CLAUDE_FALLBACK_DATA": str(tmp_path / "data")}


@pytest.mark.parametrize(
    "text", ["\n" * 300_000, "\nLiteLLM: model group " * 15_000, "maximum context length is 1 tokens " * 9000]
)
def test_long_words_of_a_provider(text: str) -> None:
    assert error_words.reworded(text)


def test_long_words_of_a_gateway() -> None:
    assert refusal.meant(Limit(Kind.UNKNOWN, "exceeded " * 100_000)).kind is Kind.UNKNOWN


def test_chunks_of_one_byte() -> None:
    """Each copied the rest of the answer: 14 s, whatever the deadline."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = http._parse(head + b"1\r\nx\r\n" * 166_000 + b"0\r\n\r\n").body
    assert body == b"x" * 166_000


def answered(kind: str, body: bytes) -> bytes:
    """What claude gets of an answer of the provider's."""
    sent: list[Event] = []

    async def app(scope: Event, receive: Any, send: Any) -> None:
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode())]}
        )
        await send({"type": "http.response.body", "body": body})

    async def send(event: Event) -> None:
        sent.append(event)

    async def receive() -> Event:
        return {"type": "http.request", "body": b""}

    scope: Event = {"type": "http", "path": "/v1/messages", "headers": []}
    asyncio.run(Words(app, Activity())(scope, receive, send))
    return b"".join(event.get("body", b"") for event in sent)


THINKS = {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking"}}
STARTS: tuple[dict[str, Any], ...] = (
    {"type": "content_block_start", "index": 1},
    {"type": "content_block_start", "index": 1, "content_block": None},
    {"type": "content_block_start", "index": None, "content_block": {"type": "text"}},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": None}},
)


@pytest.mark.parametrize("event", STARTS)
def test_stream_of_odd_events(event: dict[str, Any]) -> None:
    """It goes on to its end: an exception would cost the turn."""
    lines = [
        b"data: " + json.dumps(one).encode() + b"\n\n" for one in (THINKS, event, {"type": "message_stop"})
    ]
    said = answered("text/event-stream", b"".join(lines))
    assert b"message_stop" in said and b'"thinking"' not in said


def test_stream_nested_deeply() -> None:
    line = b'data: {"type":"tool_use","thinking":' + b"[" * 100_000 + b"\n\n"
    assert answered("text/event-stream", line) == line


@pytest.mark.parametrize(
    "body", [b'[{"type": "tool_use"}]', b'{"content": [null, {"type": "tool_use"}]}', b'"thinking"']
)
def test_whole_answer_of_odd_shape(body: bytes) -> None:
    """Nobody knows what it is: claude gets it as it is."""
    assert answered("application/json", body) == body


@pytest.mark.parametrize("name", ["²-x.json", "99999999999999999999-x.json"])
def test_file_among_runs_that_is_no_runs(name: str) -> None:
    """`_sweep` raised, so no run was switched any more."""
    assert runs.owner(name) is None


@pytest.mark.parametrize("field", ["base_url", "key", "pid", "born", "config", "stand_ins"])
@pytest.mark.parametrize("value", [None, ["x"], "\0"])
def test_record_of_wrong_types(environ: Environ, field: str, value: object) -> None:
    """It counts as none, and `status` and `start` go on."""
    good = {"base_url": "http://127.0.0.1:1", "key": "k", "pid": os.getpid(), "born": "x", "config": "c"}
    paths.make(paths.gateway_dir(environ))
    Path(record.record_file(environ)).write_text(json.dumps({**good, field: value}))
    assert record.running(environ) is None
    wrong = not isinstance(value, str) or field in ("pid", "stand_ins")
    assert (record.read(environ) is None) == wrong


@pytest.mark.parametrize("odd", ODD)
def test_list_of_models_with_odd_facts(odd: object) -> None:
    info = {"max_input_tokens": odd, "supports_function_calling": odd}
    found = listing._by_litellm({"model_name": "m", "model_info": info})
    assert found is not None and found.tools is None and found.context in (None, 5)


def test_date_of_no_calendar() -> None:
    assert checks._date("Mon, 01 Jan 2020 00:00:00 +99999999999999") is None


@pytest.mark.parametrize("messages", [5, ["words"], [{"role": "user", "content": [None]}]])
@pytest.mark.parametrize("native", [True, False])
def test_request_of_odd_shape(messages: object, native: bool) -> None:
    """It goes on as it is, and LiteLLM says what is wrong; an exception would say nothing."""
    assert translation.request({"messages": messages}, Backend("x", "m", native)) == {}


@pytest.mark.parametrize(
    ("told", "meant"),
    [(8192, 8192), ("8192", 8192), (None, None), ("8k", None), (-1, None), ([], None), ("9" * 5000, None)],
)
def test_tokens_of_a_configuration(told: object, meant: int | None) -> None:
    """`num_ctx: "8192"` cost every turn."""
    assert tokens(told) == meant


def test_context_length_that_is_none() -> None:
    assert ollama.num_ctx({}, {"OLLAMA_CONTEXT_LENGTH": "9" * 5000}) == ollama.CONTEXT
