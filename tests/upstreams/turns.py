"""What a model behind a stand-in says, whatever the wire format; and what a test gets to see of a request."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    name: str
    input: Mapping[str, object] = field(default_factory=dict)
    id: str = ""  # "": the server makes one up in its own style


@dataclass(frozen=True)
class Say:
    """One turn of the model. `reasoning` is streamed before the text, where the format has it."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    reasoning: str = ""


@dataclass(frozen=True)
class Refuse:
    """An error that a script wants: `status` and the provider's message."""

    status: int
    message: str
    code: str | None = None


@dataclass(frozen=True)
class Seen:
    """One accepted request, in a common form. `results`: of all tools, in order."""

    body: dict[str, Any]
    prompts: tuple[str, ...]  # the user's messages, oldest first
    results: tuple[str, ...]
    tools: tuple[str, ...]
    images: int = 0

    @property
    def is_main(self) -> bool:
        """A request of the conversation; claude's helper requests (titles, topics) offer no tools."""
        return bool(self.tools)


Script = Callable[[Seen], "Say | Refuse"]


class BadRequestError(Exception):
    """What a strict server answers with 400."""


def need(condition: object, message: str) -> None:
    if not condition:
        raise BadRequestError(message)


def only(value: Mapping[str, Any], allowed: str, where: str) -> None:
    """No key besides `allowed` (words); servers name the first stranger."""
    strange = sorted(set(value) - set(allowed.split()))
    need(not strange, f"Unrecognized request argument supplied: {where}{strange[0] if strange else ''}")
    need("cache_control" not in json.dumps(value), f"Unrecognized request argument: {where}cache_control")
