"""The consumer's side of a stream (`--input-format stream-json`), for a leg on the gateway. Pure.

A program that drives claude, such as the Agent SDKs, writes lines to its stdin: messages of the user, control
requests of its own, and its answers to claude's. A second claude has to be told again what the first one was
told (hooks, permission mode, servers), must not hear what only the first one asked for, and has the gateway's
models.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from claude_fallback.limits.ending import Event, encoded, parsed

# Control requests that set what lasts for the session; of the others an answered one is over and done.
# (Subtypes of @anthropic-ai/claude-agent-sdk 0.3.331 and claude-agent-sdk 0.2.188.)
_LASTING = frozenset(
    ("initialize", "set_permission_mode", "set_model", "set_max_thinking_tokens", "set_cwd",
     "set_mcp_permission_mode_override", "mcp_set_servers", "mcp_toggle", "apply_flag_settings",
     "seed_read_state", "channel_enable")
)  # fmt: skip
_CONTROL = b'"control_'
_LONGEST = 1 << 20  # bytes of a line that is read whole; a longer one is a message with images in it
_OURS = ("ANTHROPIC_", "CLAUDE_CODE_")  # variables that lead a run: on the gateway these are ours


@dataclass(frozen=True)
class Said:
    """What the consumer has said up to the end of its `count`-th message."""

    end: int  # bytes
    requests: tuple[bytes, ...]  # the lines of its control requests


def messages(kept: bytes) -> list[str]:
    """The texts of the user's messages, in order."""
    found = (parsed(line) for line in kept.splitlines())
    return [text(event) for event in found if event and event.get("type") == "user"]


def text(message: Event) -> str:
    """What a user message says, as a transcript has it: its text blocks as lines."""
    inner = message.get("message")
    content = inner.get("content") if isinstance(inner, dict) else None
    if not isinstance(content, list):
        return content if isinstance(content, str) else ""
    return "\n".join(str(block["text"]) for block in content if isinstance(block, dict) and "text" in block)


def answered(said: Sequence[str], results: int, transcript: str) -> int:
    """How many messages of the consumer no later leg must get: those up to the turn that failed, which is in
    the transcript.

    `results` turns have ended before it. claude takes messages that wait for a turn into it together (2.1.112
    and later, run), so a turn may answer several.
    """
    lines, at, last = f"\n{transcript}\n", 0, 0
    for number, message in enumerate(said, 1):
        place = lines.find(f"\n{message}\n", at) if message else -1
        if place >= 0:
            at, last = place + len(message) + 1, number
    return max(results + 1, last)


def up_to(kept: bytes, count: int) -> Said:
    """What was said up to the end of the `count`-th message."""
    requests: list[bytes] = []
    at = 0
    while count and at < len(kept):
        end = kept.find(b"\n", at) + 1 or len(kept)
        event = parsed(kept[at:end]) or {}
        if event.get("type") == "user":
            count -= 1
        elif event.get("type") == "control_request":
            requests.append(kept[at:end])
        at = end
    return Said(at, tuple(requests))


def cancellations(asked: Collection[str], kept: bytes) -> bytes:
    """Takes back what an ended claude has asked and the consumer has not answered yet."""
    found = (parsed(line) for line in kept.splitlines() if _CONTROL in line)
    open_ones = set(asked) - {_answers(event) for event in found if event}
    return b"".join(_line({"type": "control_cancel_request", "request_id": one}) for one in sorted(open_ones))


class Rewritten:
    """Pieces of the consumer's stream in, what a claude on the gateway shall read out."""

    def __init__(
        self,
        model_for: Callable[[str | None], str],
        replied: Collection[str] = (),
        asked: Collection[str] | None = None,
    ) -> None:
        """`replied`: control requests that an earlier leg has answered. `asked`: those that this leg makes, a
        set that grows; answers to others are for an earlier leg. None: there was no earlier leg."""
        self._model_for, self._replied, self._asked = model_for, replied, asked
        self._line = bytearray()
        self._long = False

    def __call__(self, data: bytes) -> bytes:
        """An empty piece is the end."""
        out = bytearray()
        for piece in data.splitlines(keepends=True) if data else [b"\n"] if self._line else []:
            self._line += piece
            whole = piece.endswith(b"\n")
            if whole or self._long or len(self._line) > _LONGEST:
                out += self._line if self._long or not whole else self.rewritten(bytes(self._line))
                self._line.clear()
                self._long = not whole
        return bytes(out)

    def rewritten(self, line: bytes) -> bytes:
        """One line; empty when it is not for this leg."""
        event = parsed(line) if _CONTROL in line else None
        kind = event.get("type") if event else None
        if event is None or kind not in ("control_request", "control_response"):
            return line
        if kind == "control_response":
            return line if self._asked is None or _answers(event) in self._asked else b""
        request = event.get("request")
        if not isinstance(request, dict):
            return line
        if str(event.get("request_id")) in self._replied and str(request.get("subtype")) not in _LASTING:
            return b""
        changed = self._request(request)
        return line if changed is request else _line({**event, "request": changed})

    def _request(self, request: Event) -> Event:
        if request.get("subtype") == "set_model":
            return {**request, "model": self._model(request.get("model"))}
        if request.get("subtype") == "set_max_thinking_tokens":
            return {**request, "max_thinking_tokens": 0}  # see childenv: most models behind a gateway refuse
        settings = request.get("settings")
        if request.get("subtype") == "apply_flag_settings" and isinstance(settings, dict):
            return {**request, "settings": self._settings(settings)}
        return request

    def _settings(self, settings: Event) -> Event:
        """They would lie over our own, by which the run finds the gateway."""
        kept = {name: value for name, value in settings.items() if name != "apiKeyHelper"}
        env = kept.get("env")
        if isinstance(env, dict):
            kept["env"] = {name: value for name, value in env.items() if not name.startswith(_OURS)}
        return {**kept, "model": self._model(kept["model"])} if "model" in kept else kept

    def _model(self, wanted: object) -> str:
        return self._model_for(wanted if isinstance(wanted, str) and wanted != "default" else None)


def _answers(event: Event) -> str:
    """The id of the control request that the event answers, if it does."""
    response = event.get("response")
    return str(response.get("request_id")) if isinstance(response, dict) else ""


def _line(event: Event) -> bytes:
    return encoded(event) + b"\n"
