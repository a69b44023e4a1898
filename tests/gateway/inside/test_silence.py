"""A request whose provider says nothing is ended. The clock is the test's, the limit a few milliseconds."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from claude_fallback.gateway.inside import silence
from claude_fallback.gateway.inside.silence import Silence, has_word

SHORT = 0.01


def line(kind: str, **content: object) -> bytes:
    return b"data: " + json.dumps({"type": kind, **content}).encode() + b"\n"


def delta(**said: object) -> bytes:
    return line("content_block_delta", index=0, delta=said)


def block(**said: object) -> bytes:
    return line("content_block_start", index=0, content_block=said)


WORDS = [
    delta(type="text_delta", text=" "),
    delta(type="input_json_delta", partial_json="{"),
    delta(type="thinking_delta", thinking="hm"),
    block(type="tool_use", id="a", name="Bash", input={}),
    b": hello\nevent: content_block_delta\n" + delta(type="text_delta", text="a"),
]
NO_WORDS = [
    b"",
    b": content_block_delta\n\n",
    b"event: content_block_delta\n",
    line("ping"),
    line("message_start", message={"content": [], "usage": {"input_tokens": 3}}),
    line("message_delta", delta={"stop_reason": "end_turn"}),
    line("content_block_stop", index=0),
    delta(type="text_delta", text=""),
    delta(type="input_json_delta", partial_json=""),
    block(type="text", text=""),
    b'data: {"type": "content_block_delta", "delta": null}\n',
    b'data: {"type": "content_block_delta", "delta": "a"}\n',
    b'data: ["content_block_delta"]\n',
    b'data: {"type": "content_block_de',
]


@pytest.mark.parametrize("lines", WORDS)
def test_words(lines: bytes) -> None:
    """A piece of text, of thinking or of a call, and the call itself."""
    assert has_word(lines)


@pytest.mark.parametrize("lines", NO_WORDS)
def test_no_words(lines: bytes) -> None:
    """Pings, comments, frames, empty pieces, and what nobody can read."""
    assert not has_word(lines)


async def never() -> None:
    await asyncio.Event().wait()


class Clock:
    """Time passes when a piece of work says so; it goes on when the timer has looked."""

    def __init__(self) -> None:
        self.now, self._looks = 0.0, 0

    def look(self) -> float:
        self._looks += 1
        return self.now

    async def passes(self, seconds: float) -> None:
        self.now += seconds
        before = self._looks
        while self._looks == before:
            await asyncio.sleep(0)


def bounded(work: Callable[[Silence, Clock], Coroutine[Any, Any, None]]) -> bool:
    clock = Clock()
    of = Silence(SHORT, clock.look)
    return asyncio.run(of.bounds(work(of, clock)))


def test_silence_ends_the_work() -> None:
    """It is cancelled, and has ended when that is told."""
    ended = []

    async def work(of: Silence, clock: Clock) -> None:
        try:
            await clock.passes(60.0)
            await never()
        finally:
            ended.append(of.over)

    assert bounded(work) is False
    assert ended == [True]


def test_work_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for a while only: claude gets its answer."""
    monkeypatch.setattr(silence, "GRACE", SHORT)
    release = asyncio.Event()

    async def work() -> None:
        while not release.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await release.wait()

    async def stubborn() -> bool:
        answered = await Silence(SHORT).bounds(work())
        release.set()
        return answered

    assert asyncio.run(stubborn()) is False


@pytest.mark.parametrize("limit", [0.0, 60.0])
def test_faults_pass(limit: float) -> None:
    """And so does the end of work that needs no bound."""

    async def fails() -> None:
        raise ConnectionError

    async def works() -> None:
        pass

    with pytest.raises(ConnectionError):
        asyncio.run(Silence(limit).bounds(fails()))
    assert asyncio.run(Silence(limit).bounds(works())) is True


@pytest.mark.parametrize("limit", [0.0, 60.0])
def test_the_caller_is_cancelled(limit: float) -> None:
    """The work is, too, and has ended by then."""
    told: list[str] = []

    async def work() -> None:
        told.append("begun")
        try:
            await never()
        finally:
            told.append("ended")

    async def cancelled() -> None:
        task = asyncio.ensure_future(Silence(limit).bounds(work()))
        while not told:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert told == ["begun", "ended"]

    asyncio.run(cancelled())


def test_words_go_on() -> None:
    """However long an answer is, a word begins the time anew; without one it is over."""

    async def speaks(of: Silence, clock: Clock) -> None:
        for _ in range(3):
            of.word()
            await clock.passes(0.8 * SHORT)

    async def stops(of: Silence, clock: Clock) -> None:
        of.word()
        await clock.passes(0.8 * SHORT)
        await clock.passes(0.8 * SHORT)

    assert bounded(speaks) is True
    assert bounded(stops) is False


def test_claude_does_not_take_it() -> None:
    """A stopped claude is not the provider's silence; what has passed before goes on to count."""

    async def stopped(of: Silence, clock: Clock) -> None:
        await of.passing(clock.passes(5 * SHORT))
        await clock.passes(0.8 * SHORT)

    async def silent_before(of: Silence, clock: Clock) -> None:
        clock.now += 0.8 * SHORT
        await of.passing(clock.passes(5 * SHORT))
        await clock.passes(0.8 * SHORT)

    assert bounded(stopped) is True
    assert bounded(silent_before) is False


def test_what_follows_the_answer() -> None:
    """LiteLLM's own work behind a whole answer has all the time."""

    async def logs(of: Silence, clock: Clock) -> None:
        of.whole()
        await clock.passes(5 * SHORT)

    assert bounded(logs) is True
