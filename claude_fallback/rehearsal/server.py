"""A stand-in for Anthropic's API on 127.0.0.1: scripted, recorded, one object for each server."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence

from claude_fallback.rehearsal import refusals, wire
from claude_fallback.rehearsal.answers import Answer, Refusal, Turn, answer
from claude_fallback.rehearsal.connection import Listener
from claude_fallback.rehearsal.record import Received, Record
from claude_fallback.rehearsal.roles import side_answer
from claude_fallback.rehearsal.script import Rule, Script, rule


class StandIn:
    """The server. `with StandIn([limit(), "hello"]) as api:` … `api.url`, `api.record`."""

    def __init__(  # noqa: PLR0913 - each is one trait of the server
        self,
        script: Script,
        *,
        beside: Script | None = None,
        strict_thinking: bool = False,
        headers: Mapping[str, str] | None = None,
        models: Sequence[str] = ("claude-opus-4-8", "claude-sonnet-5", "claude-haiku-4-5-20251001"),
        record_file: str | None = None,
        port: int = 0,
    ) -> None:
        """`script` answers the conversation, `beside` the rest; `headers` go with every answer."""
        self.record = Record(record_file)
        self.models = models
        self.headers: Mapping[str, str] = dict(headers or {})
        self.stopping = threading.Event()
        self._rule = rule(script)
        self._beside: Rule = rule(beside) if beside else lambda received: side_answer(received.role)
        self._strict = strict_thinking
        self._signed: set[str] = set()
        self._listener = Listener(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def play(self, script: Script, beside: Rule | None = None) -> None:
        """Go on with another script."""
        self._rule = rule(script)
        self._beside = beside or self._beside

    def start(self) -> StandIn:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening, cut what is still open and wait for its threads."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        self._listener.shutdown()
        self._listener.cut_all()
        self._listener.server_close()
        self._thread.join()

    def __enter__(self) -> StandIn:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def decide(self, received: Received) -> Answer:
        """The answer to a `POST /v1/messages`, its ids and signatures filled in."""
        foreign = self._foreign_thinking(received) if self._strict else None
        if foreign is not None:
            return foreign
        chosen = answer((self._rule if received.role == "main" else self._beside)(received))
        if isinstance(chosen, Turn):
            chosen = wire.named(chosen, uuid.uuid4().hex[:20])
            self._signed.update(wire.signatures(chosen))
        return chosen

    def _foreign_thinking(self, received: Received) -> Refusal | None:
        for m, sent in enumerate(received.messages):
            blocks = sent["content"] if isinstance(sent["content"], list) else []
            for c, block in enumerate(blocks):
                kind = block.get("type")
                proof = block.get("signature" if kind == "thinking" else "data")
                if kind in ("thinking", "redacted_thinking") and proof not in self._signed:
                    return refusals.invalid_signature(f"messages.{m}.content.{c}", kind)
        return None
