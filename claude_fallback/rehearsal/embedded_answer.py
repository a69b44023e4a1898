"""What the embedded model answers. Pure, deterministic, and free of imports of ours: it runs inside LiteLLM.

Words in a prompt that make it do something else than answer:
- `write NAME`, while a Write tool is offered: a Write call for NAME in claude's working directory
- `[[tool NAME {JSON}]]`: a call of that tool with that input; after either a closing sentence
- `[[429]]`, `[[500]]`, …: that HTTP error status; `[[then 429]]`: only after a tool was used
- `[[slow]]`, `[[slow 8]]`: that many seconds (3) before the first word
- `[[cut]]`: the stream breaks after the first words
- `[[recall]]`: the prompts of the whole conversation, one per line
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Message = dict[str, Any]  # OpenAI chat form, as LiteLLM hands it on

# "Working directory: /x" (1.0.60 to 2.0.76), " - Primary working directory: /x" (2.1.112 to 2.1.330); in the
# system prompt, in the newest releases in a system message in the middle of the conversation
WORKING_DIRECTORY = re.compile(r"^[ -]*(?:Primary w|W)orking directory: (/.*)$", re.MULTILINE)
WRITE = re.compile(
    r"(?i:\bwrite (?:a |the |me )*(?:file )?(?:named |called )?)[`'\"]?([\w./-]*\w\.\w+|[A-Z]{3,}\b)"
)
MARKER = re.compile(r"\[\[(\w+)(?: (.*?))?\]\]", re.DOTALL)
# What is added to a user's turn: by claude reminders, by LiteLLM the system messages of the middle of a
# conversation (2.1.197 and later send such), as a user message that starts with this note
REMINDER = re.compile(r"<system-reminder>.*?</system-reminder>", re.DOTALL)
NOTE = "Operator note (not from the user)"


@dataclass(frozen=True)
class Call:
    """A tool call."""

    id: str
    name: str
    arguments: str  # JSON


@dataclass(frozen=True)
class Answer:
    """What to send: `fail` as HTTP status, or `text` and perhaps a `call`."""

    text: str = ""
    call: Call | None = None
    fail: int = 0
    wait: float = 0.0  # seconds before the first word
    cut: bool = False


def answer(model: str, messages: Sequence[Message], tools: Iterable[str]) -> Answer:
    """The answer of `model` to a conversation, with the names of the `tools` it may call."""
    prompt, results = _newest(messages)
    marks = {name.lower(): value for name, value in MARKER.findall(prompt)}
    status = marks.get("then", "") if results else next((mark for mark in marks if mark.isdigit()), "")
    if status.isdigit():
        return Answer(fail=int(status))
    wait = float(marks["slow"] or 3) if "slow" in marks else 0.0
    if results:
        return Answer(f"Done: {_one_line(results[-1])}{_signed(model)}", wait=wait)
    call = _call(prompt, messages, set(tools), marks)
    if call:
        return Answer(f"I will use {call.name}.", call, wait=wait)
    if "recall" in marks:
        return Answer("\n".join(prompts(messages)) + _signed(model), wait=wait)
    return Answer(f"You asked: {_one_line(prompt)}{_signed(model)}", wait=wait, cut="cut" in marks)


def prompts(messages: Sequence[Message]) -> list[str]:
    """The user's own words, turn by turn."""
    said = (_own_words(message) for message in messages if message.get("role") == "user")
    return [_one_line(words) for words in said if words]


def _newest(messages: Sequence[Message]) -> tuple[str, list[str]]:
    """The newest prompt, and the results of the tools used since."""
    results: list[str] = []
    for message in reversed(messages):
        if message.get("role") == "tool":
            results.insert(0, _text(message.get("content")))
        elif message.get("role") == "user" and _own_words(message):
            return _own_words(message), results
    return "", results


def _own_words(message: Message) -> str:
    words = _text(message.get("content")).partition(NOTE)[0]
    return REMINDER.sub("", words).strip()


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return "\n".join(text for text in texts if isinstance(text, str))


def _call(prompt: str, messages: Sequence[Message], tools: set[str], marks: dict[str, str]) -> Call | None:
    number = f"call_embedded_{len(messages)}"
    if "tool" in marks:
        name, _, arguments = marks["tool"].partition(" ")
        return Call(number, name, arguments or "{}")
    wanted = WRITE.search(prompt)
    folder = _working_directory(messages)
    if not wanted or not folder or "Write" not in tools:
        return None
    path = wanted[1] if wanted[1].startswith("/") else f"{folder}/{wanted[1]}"
    content = f"Written by the embedded model, on being asked: {_one_line(prompt)}\n"
    return Call(number, "Write", json.dumps({"file_path": path, "content": content}))


def _working_directory(messages: Sequence[Message]) -> str:
    told = [message for message in messages if message.get("role") in ("system", "user")]
    found = WORKING_DIRECTORY.search("\n".join(_text(message.get("content")) for message in told))
    return found[1].rstrip() if found else ""


def _signed(model: str) -> str:
    return f"\n(answered by the embedded model {model})"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
