"""A provider on 127.0.0.1 that speaks OpenAI's two formats and Ollama's, answers by script, and is strict."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.upstreams import ollama, openai_chat, openai_responses
from tests.upstreams.turns import BadRequestError, Refuse, Say, Script, Seen

_FORMATS = {"/v1/chat/completions": openai_chat, "/v1/responses": openai_responses, "/api/chat": ollama}


class Upstream:
    """`with Upstream(script) as provider`: `url`, `seen` (accepted), `refused` (the 400s), `left`."""

    def __init__(
        self, script: Script, models: Mapping[str, ollama.Model] | None = None, context: int = 0
    ) -> None:
        """`models`: those of Ollama. `context`: more tokens than that (4 bytes each) are refused; 0: any."""
        self.script, self.context = script, context
        self.models = models if models is not None else {"qwen2.5-coder:latest": ollama.Model()}
        self.seen: list[Seen] = []
        self.refused: list[str] = []
        self.waits = threading.Event()  # a script that sets `hold` streams its first word, then waits
        self.left = threading.Event()  # a client went away in the middle of an answer
        self.hold = False
        self.headers: list[dict[str, str]] = []
        self._server = _Server(("127.0.0.1", 0), _Connection)
        self._server.upstream = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Upstream:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.left.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def forget(self) -> None:
        """As after the start."""
        self.context, self.hold = 0, False
        for kept in (self.seen, self.refused, self.left, self.waits):
            kept.clear()

    @property
    def main(self) -> list[Seen]:
        """The conversation's requests."""
        return [seen for seen in self.seen if seen.is_main]

    def decide(self, path: str, body: dict[str, Any], size: int) -> Say | Refuse:
        try:
            if self.context and size // 4 > self.context:
                message = (
                    f"This model's maximum context length is {self.context} tokens. However, your messages"
                )
                message += f" resulted in {size // 4} tokens. Please reduce the length of the messages."
                self.refused.append(message)
                return Refuse(400, message, "context_length_exceeded")
            check = _FORMATS[path]
            seen = ollama.check(body, self.models) if check is ollama else check.check(body)
        except BadRequestError as error:
            self.refused.append(str(error))
            return Refuse(400, str(error))
        self.seen.append(seen)
        return self.script(seen)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    upstream: Upstream

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is no news."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        if self.path == "/api/tags":
            self._json(200, ollama.tags(self.server.upstream.models))
        else:
            self._json(404, {"error": "not found"})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        body = json.loads(raw or b"{}")
        upstream = self.server.upstream
        upstream.headers.append(dict(self.headers.items()))
        if self.path == "/api/show":
            model = upstream.models.get(body.get("model") or body.get("name", ""))
            self._json(200, ollama.show(model)) if model else self._json(404, {"error": "not found"})
            return
        if self.path not in _FORMATS:
            self._json(
                404, {"error": {"message": f"no such path {self.path}", "type": "invalid_request_error"}}
            )
            return
        chosen = upstream.decide(self.path, body, len(raw))
        if isinstance(chosen, Refuse):
            self._refuse(chosen)
        elif body.get("stream", self.path == "/api/chat"):
            self._stream(_FORMATS[self.path].stream(chosen, body["model"]))
        else:
            self._json(200, _FORMATS[self.path].message(chosen, body["model"]))

    def _refuse(self, refusal: Refuse) -> None:
        if self.path == "/api/chat":
            self._json(refusal.status, {"error": refusal.message})
            return
        error = {
            "message": refusal.message,
            "type": "invalid_request_error",
            "param": None,
            "code": refusal.code,
        }
        self._json(refusal.status, {"error": error})

    def _stream(self, pieces: Iterator[bytes]) -> None:
        kind = "application/x-ndjson" if self.path == "/api/chat" else "text/event-stream"
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        upstream = self.server.upstream
        try:
            for number, piece in enumerate(pieces):
                self._chunk(piece)
                if upstream.hold and number == 2:
                    upstream.waits.set()
                    self._wait_for_the_client_to_leave()
                    return
            self._chunk(b"")
        except OSError:
            upstream.left.set()

    def _wait_for_the_client_to_leave(self) -> None:
        with contextlib.suppress(OSError):
            while self.connection.recv(1024):
                pass
        self.server.upstream.left.set()
        self.close_connection = True

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _json(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
