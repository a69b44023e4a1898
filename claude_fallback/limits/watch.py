"""claude's stdout as it passes: what may go on at once, and what is held because it may be a limit's words.

Three watches, one for each `--output-format`. `feed` takes bytes and returns those to forward; `release`
gives what was held, unchanged. Nothing here decides: `ending` tells the raw facts, `evidence` judges them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from claude_fallback.limits.ending import (
    Ending,
    Event,
    encoded,
    is_control,
    last_document,
    note,
    nothing_generated,
    parsed,
    uses_tool,
    warns,
)

TEXT_HELD = 64 << 10  # no limit message comes near it: longer output is an answer and flows
LINE_HELD = 1 << 20  # a longer line of stream-json is no failure and flows in pieces
LINE_CHANGED = 16 << 20  # …and goes through as it is, where lines are rewritten
_SUSPECTS = (b'"rate_limit_event"', b'"assistant"', b'"result"', b'"control_')
_LIMIT_WORDS = (b"limit", b" cap ", b" resets ", b"out of ")
_RETRYING = b'"api_retry"'
_TOOL = b'"type":"tool_use"'  # inside a JSON string its quotes would be escaped


class TextWatch:
    """Text is printed at the end, so holding it costs nothing."""

    def __init__(self, mixed: bool = False) -> None:
        """`mixed`: stderr comes the same way (`2>&1`) and shall flow, so only the last line is held."""
        self.mixed = mixed
        self._held = bytearray()
        self._flows = False

    def feed(self, data: bytes) -> bytes:
        if self._flows:
            return data
        self._held += data
        if len(self._held) <= TEXT_HELD:
            return self._before_last_line() if self.mixed else b""
        self._flows = True
        return b"".join(self.release())

    def _before_last_line(self) -> bytes:
        start = self._held.rstrip(b"\n").rfind(b"\n") + 1
        before, self._held = bytes(self._held[:start]), self._held[start:]
        return before

    @property
    def may_have_failed(self) -> bool:
        """Whether an exit code of 0 needs a second look (a real limit was once seen with it): one line with
        a limit's vocabulary. The proof is another's."""
        line = self._held.strip()
        return len(line) < 500 and b"\n" not in line and any(word in line for word in _LIMIT_WORDS)

    def release(self, failure: bool = True) -> Iterator[bytes]:
        """What is held, unchanged; without `failure` nothing, for all of it is the failure's words."""
        held, self._held = bytes(self._held), bytearray()
        if failure:
            yield held

    def ending(self) -> Ending:
        return Ending(text=self._held.decode("utf-8", "replace"))


class JsonWatch:
    """One JSON document at the end: an object, or with --verbose an array of all events."""

    def __init__(self, held: Any) -> None:
        """`held` keeps bytes: `append(bytes)`, `read(offset) -> bytes`, `bytes()`, `size`, `lost`."""
        self._held = held
        self._flows = False
        self.rewrite: Callable[[Ending], bytes] | None = None  # another document in the place of this one

    def feed(self, data: bytes) -> bytes:
        if self._flows:
            return data
        self._held.append(data)
        if not self._held.lost:
            return b""
        before = b"".join(self.release())
        self._flows = True
        return before + data

    @property
    def may_have_failed(self) -> bool:
        """Results that failed are short; a long document of a run that exited with 0 is not read at all."""
        return not self._flows and self._held.size < LINE_HELD and self.ending().failed

    def release(self, failure: bool = True) -> Iterator[bytes]:
        """The document, or what `rewrite` makes of it; without `failure` nothing: the next leg has both."""
        if not failure or self._flows:
            return
        if self.rewrite:
            ending = self.ending()
            if ending.result:
                yield self.rewrite(ending)
                return
        at = 0
        while data := self._held.read(at):
            yield data
            at += len(data)

    def ending(self) -> Ending:
        document = last_document(self._held.bytes())
        events = document if isinstance(document, list) else [document] if document else []
        events = [event for event in events if isinstance(event, dict)]
        found = Ending(events=events if isinstance(document, list) else [])
        for event in events:
            note(found, event)
        if found.events:
            found.tools_used = any(uses_tool(event) for event in found.events)
        elif found.result:
            found.tools_used = nothing_generated(found.result)
        return found


class StreamWatch:
    """stream-json flows line by line; only the lines of a failure wait until it is decided."""

    def __init__(self, change: Callable[[Event], Event | None] | None = None, *, turns: bool = False) -> None:
        """`change` rewrites an event on its way to the user (None drops it). `turns`: there may be several,
        and what follows a failed one waits with it."""
        self.change, self._turns = change, turns
        self._line = bytearray()
        self._long = False
        self._held: list[tuple[bytes, bool]] = []  # line, whether it belongs to the failure
        self._ending = Ending(tools_used=False)
        self._after = bytearray()  # what follows a failure that waits: the next turn's
        self.answered = 0  # results of the consumer's messages that went through
        self.asked: set[str] = set()  # ids of control requests that claude made
        self.replied: set[str] = set()  # …and of the consumer's, which claude has answered
        self.limit_is_near = False  # claude's own warning (2.1.112 and later)

    @property
    def failed(self) -> bool:
        """A turn has ended in a failure, whose result is held."""
        return self._ending.failed

    @property
    def _waits(self) -> bool:
        return self._turns and self._ending.failed

    @property
    def may_have_failed(self) -> bool:
        return self.failed

    def feed(self, data: bytes) -> bytes:
        out = bytearray()
        start = 0
        while not self._waits and (newline := data.find(b"\n", start)) >= 0:
            self._line += data[start : newline + 1]
            out += self._whole(bytes(self._line)) if not self._long else self._line
            self._line.clear()
            self._long = False
            start = newline + 1
        if self._waits:
            self._after += data[start:]
            return bytes(out)
        self._line += data[start:]
        if self._long or len(self._line) > (LINE_CHANGED if self.change else LINE_HELD):
            self._long = True
            self._ending.tools_used = True  # it may be a large file's Write: nobody reads it whole
            out += b"".join(self.release())
        return bytes(out)

    def release(self, failure: bool = True) -> Iterator[bytes]:
        """What is held; without `failure` only the lines that do not belong to it."""
        if self.failed and failure:
            self._count(self._ending.result)
        self._ending.failed = False  # first of all: who takes these may stop taking
        held, self._held = self._held, []
        after, self._after = bytes(self._after), bytearray()
        for line, belongs in held:
            if failure or not belongs:
                yield self._changed(line)
        rest, self._line = bytes(self._line), bytearray()
        yield rest
        if failure and after:
            yield self.feed(after)  # it may end in a failure again

    def ending(self) -> Ending:
        return self._ending

    def _whole(self, line: bytes) -> bytes:
        found = self._ending
        if _TOOL in line:
            found.tools_used = True
        if not self._held and found.session and not any(word in line for word in _SUSPECTS):
            return self._changed(line)
        event = parsed(line)
        if event is not None:
            return self._judged(line, event)
        if self._held:  # no JSON, from stderr perhaps: it keeps its place
            self._held.append((line, False))
            return b""
        return line

    def _judged(self, line: bytes, event: Event) -> bytes:
        if is_control(event):
            return self._control(line, event)
        self.limit_is_near = self.limit_is_near or warns(event)
        if note(self._ending, event):
            self._held.append((line, True))
            return b""
        goes_on = event.get("type") in ("assistant", "user", "stream_event", "result") or _RETRYING in line
        if self._held and not goes_on:
            self._held.append((line, False))
            return b""
        if event.get("type") == "result":
            self._count(event)
        before = b"".join(self._changed(held) for held, _ in self._held)
        self._held.clear()
        return before + self._changed(line)

    def _control(self, line: bytes, event: Event) -> bytes:
        """Between claude and the program that drives it: never held, or each would wait for the other."""
        if event["type"] == "control_request":
            self.asked.add(str(event.get("request_id")))
        response = event.get("response")
        if isinstance(response, dict):
            self.replied.add(str(response.get("request_id")))
        return self._changed(line)

    def _count(self, result: Event | None) -> None:
        """A turn that the end of a background task began answers no message of the consumer's."""
        origin = (result or {}).get("origin")
        if not isinstance(origin, dict) or origin.get("kind") != "task-notification":
            self.answered += 1

    def _changed(self, line: bytes) -> bytes:
        event = parsed(line) if self.change else None
        if not self.change or event is None:
            return line
        new = self.change(event)
        return line if new is event else b"" if new is None else encoded(new) + b"\n"
