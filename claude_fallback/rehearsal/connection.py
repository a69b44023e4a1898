"""HTTP on a stand-in's sockets: threads, keep-alive, streams in chunks."""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler
from types import MappingProxyType
from typing import Any, Protocol

from claude_fallback.rehearsal import refusals, wire
from claude_fallback.rehearsal.answers import Answer, Ending, Gate, Refusal, Turn
from claude_fallback.rehearsal.record import Received, Record
from claude_fallback.rehearsal.roles import role

_NONE: Mapping[str, str] = MappingProxyType({})


class Owner(Protocol):
    """What a connection asks of the stand-in it belongs to."""

    record: Record
    headers: Mapping[str, str]
    models: Sequence[str]
    stopping: threading.Event

    def decide(self, received: Received) -> Answer: ...


class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A TCP server that knows its open connections, so that a test's end never waits for a client."""

    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], owner: Owner) -> None:
        self.owner = owner
        self._open: set[socket.socket] = set()
        super().__init__(address, Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def cut_all(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is no news."""


class Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Listener

    def do_HEAD(self) -> None:
        self._note(b"")
        self.close_connection = False
        self._begin(200, {"content-length": "0"})
        self.wfile.flush()

    def do_GET(self) -> None:
        received = self._note(b"")
        place = received.path.partition("?")[0].rstrip("/")
        if place == "/v1/models":
            self._json(200, _models(self.server.owner.models))
        else:
            self._refuse(refusals.error(404, "not_found_error", "Not found"))

    def do_POST(self) -> None:
        received = self._note(self.rfile.read(int(self.headers.get("content-length") or 0)))
        if received.role == "count_tokens":
            self._json(200, {"input_tokens": max(1, len(received.raw) // 4)})
        elif received.role == "other":
            self._refuse(refusals.error(404, "not_found_error", "Not found"))
        else:
            self._answer(received, self.server.owner.decide(received))

    do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 - the base class's names

    def log_message(self, *_args: object) -> None:
        """Nothing on stderr; the record has it all."""

    def _note(self, raw: bytes) -> Received:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            body = json.loads(raw or b"{}")
        except ValueError:
            body = {}
        kind = role(self.command, self.path, body)
        return self.server.owner.record.add(
            lambda number: Received(number, time.time(), self.command, self.path, headers, raw, body, kind)
        )

    def _answer(self, received: Received, chosen: Answer) -> None:
        if not self._open_gate(chosen.gate):
            self.close_connection = True
        elif isinstance(chosen, Refusal):
            self._refuse(chosen)
        elif received.body.get("stream"):
            self._stream(chosen, received.model)
        else:
            self._whole(chosen, received.model)

    def _whole(self, turn: Turn, model: str) -> None:
        """A plain answer; a turn that would break in its stream breaks here too."""
        if turn.ending is Ending.ERROR:
            self._refuse(turn.failure or refusals.overloaded())
        elif turn.ending is Ending.CUT:
            self.close_connection = True
        else:
            self._json(200, wire.message(turn, _identity("msg"), model), turn.headers)

    def _open_gate(self, gate: Gate | None) -> bool:
        """Wait for the gate; False when the server stops first."""
        stopping = self.server.owner.stopping
        while gate is not None and not gate():
            if stopping.wait(0.01):
                return False
        return True

    def _refuse(self, refusal: Refusal) -> None:
        identity = _identity("req")
        body = {**refusal.body, "request_id": identity}
        self._json(refusal.status, body, {**refusal.headers, "request-id": identity})

    def _json(self, status: int, body: Mapping[str, object], headers: Mapping[str, str] = _NONE) -> None:
        raw = json.dumps(body).encode()
        content = {"content-type": "application/json", "content-length": str(len(raw))}
        self._begin(status, {**content, **headers})
        self.wfile.write(raw)

    def _stream(self, turn: Turn, model: str) -> None:
        content = {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"}
        self._begin(200, {**content, "cache-control": "no-cache", **turn.headers})
        for event in wire.events(turn, _identity("msg"), model):
            data = wire.frame(event)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
        if turn.ending is Ending.CUT:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _begin(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        everything = {"request-id": _identity("req"), **self.server.owner.headers, **headers}
        for name, value in everything.items():
            self.send_header(name, value)
        self.end_headers()


def _identity(kind: str) -> str:
    return f"{kind}_01{uuid.uuid4().hex[:22]}"


def _models(names: Sequence[str]) -> dict[str, object]:
    since = "2025-01-01T00:00:00Z"
    data = [{"type": "model", "id": name, "display_name": name, "created_at": since} for name in names]
    return {"data": data, "has_more": False, "first_id": names[0], "last_id": names[-1]}
