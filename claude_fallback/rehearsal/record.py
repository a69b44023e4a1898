"""All that a stand-in received, in the order of arrival."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from claude_fallback.rehearsal.roles import prompt


@dataclass(frozen=True)
class Received:
    """One request. `role` is what it was for: main, title, probe, … (`roles.py`)."""

    number: int  # 0, 1, 2, … in order of arrival
    at: float  # epoch seconds
    method: str
    path: str  # with its query
    headers: Mapping[str, str]  # names in lower case
    raw: bytes
    body: Any  # parsed JSON, {} when there was none
    role: str

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body.get("messages", []))

    def last_prompt(self) -> str:
        """The text of the user's last message (2.1.330 puts system messages behind it)."""
        return next((prompt(sent) for sent in reversed(self.messages) if sent.get("role") == "user"), "")

    def everything(self) -> str:
        """Path, headers and body as one text, to look for a word anywhere in it."""
        headers = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        return "\n".join((self.path, headers, self.raw.decode("utf-8", "replace"), *_strings(self.body)))


class Record:
    """Grows while the server runs; reading it gives a snapshot."""

    def __init__(self, file: str | None = None) -> None:
        self._file = file
        self._all: list[Received] = []
        self._news = threading.Condition()

    def add(self, make: Callable[[int], Received]) -> Received:
        """Append what `make` builds from the request's number."""
        with self._news:
            received = make(len(self._all))
            self._all.append(received)
            if self._file:
                with open(self._file, "a", encoding="utf-8") as out:
                    out.write(_line(received))
            self._news.notify_all()
            return received

    def __iter__(self) -> Iterator[Received]:
        with self._news:
            return iter(list(self._all))

    def __len__(self) -> int:
        return len(self._all)

    def messages_posts(self) -> list[Received]:
        """Every `POST /v1/messages`, helper calls included."""
        return [one for one in self if one.method == "POST" and one.path.partition("?")[0] == "/v1/messages"]

    def main(self) -> list[Received]:
        """The requests of the conversation itself."""
        return [one for one in self if one.role == "main"]

    def secrets_seen(self, secrets: Iterable[str]) -> set[str]:
        """Those of the strings that occur in any path, header or body."""
        texts = [one.everything() for one in self]
        return {secret for secret in secrets if any(secret in text for text in texts)}

    def wait(self, until: Callable[[list[Received]], object], timeout: float = 60.0) -> list[Received]:
        """Wait until the requests so far satisfy `until`; TimeoutError names what was there."""
        with self._news:
            if self._news.wait_for(lambda: until(self._all), timeout):
                return list(self._all)
            raise TimeoutError(f"only these came: {[(one.method, one.path, one.role) for one in self._all]}")


def read(file: str) -> list[dict[str, Any]]:
    """The lines that a stand-in in another process has recorded so far."""
    try:
        with open(file, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.endswith("\n")]
    except FileNotFoundError:
        return []


def _strings(value: Any) -> Iterator[str]:
    """Every string in a JSON value, as it reads without JSON's escapes."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _line(one: Received) -> str:
    fields = ("number", "at", "method", "path", "role", "body")
    return json.dumps({**{name: getattr(one, name) for name in fields}, "headers": dict(one.headers)}) + "\n"
