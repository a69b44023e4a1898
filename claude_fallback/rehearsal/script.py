"""Scripts: which answer a request of the conversation gets."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Mapping

from claude_fallback.rehearsal.answers import Answer, Gate, Short, answer
from claude_fallback.rehearsal.record import Received

Rule = Callable[[Received], Short]
Script = list[Short] | Rule | Short
"""A list is used up in order and its last answer repeated; a rule is asked for each request.

Retries use a list up too, with one exception: releases up to 2.0.42 repeat a failed stream at once as a plain
request, and this twin gets the stream's answer again.
"""


def rule(script: Script) -> Rule:
    """The script as a rule with a memory of its own: play one script twice by calling this twice."""
    if isinstance(script, list):
        return _in_order([answer(short) for short in script])
    if callable(script):
        return script
    always = answer(script)
    return lambda _received: always


def until(instant: float, before: Script, after: Script, clock: Callable[[], float] = time.time) -> Rule:
    """One script before the instant (epoch seconds), another from then on: a limit that resets."""
    first, second = rule(before), rule(after)
    return lambda received: first(received) if clock() < instant else second(received)


def first(count: int, before: Script, after: Script) -> Rule:
    """One script for the first `count` requests, another for the others: refuse after N."""
    early, late, numbers = rule(before), rule(after), itertools.count()

    def play(received: Received) -> Short:
        return early(received) if next(numbers) < count else late(received)

    return play


def by_model(scripts: Mapping[str, Script], otherwise: Script) -> Rule:
    """The script of the first key that occurs in the requested model's name: a model's own limit."""
    rules = {key: rule(script) for key, script in scripts.items()}
    default = rule(otherwise)

    def play(received: Received) -> Short:
        chosen = next((one for key, one in rules.items() if key in received.model), default)
        return chosen(received)

    return play


def exists(path: str) -> Gate:
    """A gate that opens when the file is there, for a stand-in in another process."""
    return lambda: os.path.exists(path)


def _in_order(answers: list[Answer]) -> Rule:
    lock, left = threading.Lock(), iter(answers[:-1])
    last: tuple[Received, Answer] | None = None

    def play(received: Received) -> Answer:
        nonlocal last
        with lock:
            again = last is not None and _is_twin(received, last[0])
            chosen = last[1] if last is not None and again else next(left, answers[-1])
            last = (received, chosen)
            return chosen

    return play


def _is_twin(received: Received, before: Received) -> bool:
    streams = bool(before.body.get("stream")), bool(received.body.get("stream"))
    return streams == (True, False) and received.messages == before.messages
