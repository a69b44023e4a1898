"""How claude's output ended, read from its own events. Facts only: `evidence` judges them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

Event = dict[str, Any]


@dataclass
class Ending:
    """How the output ended, as claude's own objects."""

    text: str = ""  # text format: all of it; else the result's words
    result: Event | None = None  # the last `result` event
    failed: bool = False  # …and it is a failure
    synthetic: Event | None = None  # the last main-thread assistant event that claude wrote itself
    answered: bool = False  # the main thread's last words are the model's own
    rate_limit: Event | None = None  # the last `rate_limit_info` that refused
    session: str | None = None
    tools_used: bool | None = None  # None: this format does not tell
    events: list[Event] = field(default_factory=list)  # json --verbose: the whole array


def note(found: Ending, event: Event) -> bool:
    """Take down what the event says of a failure; whether it belongs to one."""
    kind = event.get("type")
    session = event.get("session_id")
    found.session = session if session and isinstance(session, str) else found.session
    if kind == "rate_limit_event":
        info = event.get("rate_limit_info")
        if isinstance(info, dict) and info.get("status") == "rejected" and not info.get("isUsingOverage"):
            found.rate_limit = info
            return True
    elif kind == "assistant" and not event.get("parent_tool_use_id"):
        written_by_claude = _message(event).get("model") == "<synthetic>"
        found.synthetic = event if written_by_claude else None
        found.answered = not written_by_claude
        if not written_by_claude:
            found.rate_limit = None  # the model has answered since
        return written_by_claude
    elif kind == "result":
        if _adds_nothing(found, event):
            return True
        found.failed = bool(event.get("is_error")) or event.get("subtype") != "success"
        found.result = event
        found.text = str(event.get("result") or "")
        return found.failed
    return False


def is_control(event: Event) -> bool:
    """Not of the conversation: what an Agent SDK and claude ask of each other beside it."""
    return str(event.get("type")).startswith("control_")


def _adds_nothing(found: Ending, event: Event) -> bool:
    """2.1.330 ends the turn of a background agent, too: a second result, empty and no error, while claude's
    last word still is its own failure and the exit code is 1.
    """
    said = event.get("result") or event.get("is_error")
    return found.failed and found.synthetic is not None and not said and event.get("subtype") == "success"


def warns(event: Event) -> bool:
    """claude's own warning that a limit is near; the run goes on."""
    info = event.get("rate_limit_info") if event.get("type") == "rate_limit_event" else None
    return isinstance(info, dict) and info.get("status") == "allowed_warning"


def uses_tool(event: Event) -> bool:
    content = _message(event).get("content") if event.get("type") == "assistant" else None
    return isinstance(content, list) and any(
        isinstance(block, dict) and block.get("type") == "tool_use" for block in content
    )


def _message(event: Event) -> dict[str, Any]:
    message = event.get("message")
    return message if isinstance(message, dict) else {}


def nothing_generated(result: Event) -> bool | None:
    """False when the result shows that the model never said a word; else it does not tell."""
    usage = result.get("usage")
    return False if isinstance(usage, dict) and usage.get("output_tokens") == 0 else None


def parsed(line: bytes) -> Event | None:
    if line.lstrip()[:1] != b"{":
        return None  # without the cost of an error: there may be millions of empty lines
    try:
        found = _loads(line)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def last_document(raw: bytes) -> Any:
    """The JSON at the end of the output; words of others may stand before it when stderr is mixed in."""
    for candidate in (raw, raw.strip().rpartition(b"\n")[2]):
        try:
            return _loads(candidate)
        except orjson.JSONDecodeError:
            continue
    return None


def encoded(document: Any) -> bytes:
    """JSON. orjson reads 1,024 levels and writes 254."""
    try:
        return orjson.dumps(document)
    except TypeError:
        import json

        return json.dumps(document).encode()


def _loads(raw: bytes) -> Any:
    """JSON. Half of a surrogate pair, an emoji that a tool cut in two, is JSON to Node and none to orjson."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        if b"\\ud" not in raw:
            raise
    import re

    escapes = rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)"
    return orjson.loads(re.sub(escapes, lambda found: b"\\ufffd" if found[1] else found[0], raw))
