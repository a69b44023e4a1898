"""A turn that was stopped, and the gateway it shall go to: for those who decide, without claude."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, cast

from claude_fallback.gateway.chain import Link
from claude_fallback.memory.store import Tell
from claude_fallback.run.gateway_route import GatewayRoute
from claude_fallback.run.terminal.turns import Turns

BEGAN = datetime(2026, 11, 25, 2, 46, tzinfo=timezone.utc)
PLAN = "You've hit your session limit · resets 3pm (UTC)"


@dataclass
class Route:
    """Counts how often it is closed."""

    closed: int = 0
    target: object = None

    def close(self) -> None:
        self.closed += 1


@dataclass
class Rest:
    typing: bool = False
    at_prompt: bool = True
    draft_empty: bool = True
    limit_is_near: bool = False
    since: datetime = BEGAN


@dataclass
class Gateway:
    """`prepare`, which waits until the test lets it answer."""

    route: Route = field(default_factory=Route)
    error: Exception | None = None
    asked: int = 0
    tried: tuple[Link, ...] = ()
    lines: tuple[str, ...] = ()  # said on the way
    woken: threading.Event = field(default_factory=threading.Event)
    answers: threading.Event = field(default_factory=threading.Event)

    def prepare(self, _settings: object, _turns: object, tried: Collection[Link], tell: Tell) -> GatewayRoute:
        self.asked, self.tried = self.asked + 1, tuple(tried)
        for line in self.lines:
            tell(line)
        assert self.answers.wait(60)
        if self.error:
            raise self.error
        return cast(GatewayRoute, self.route)

    def answer(self) -> None:
        self.answers.set()
        assert self.woken.wait(60)


def said(kind: str, text: str, second: int, **more: object) -> dict[str, Any]:
    at = (BEGAN + timedelta(seconds=second)).isoformat()
    message = {"role": kind, "content": [{"type": "text", "text": text}], "model": more.pop("model", None)}
    return {"type": kind, "timestamp": at, "message": message, **more}


def limited(text: str = PLAN, second: int = 2, **more: object) -> dict[str, Any]:
    kind = {"isApiErrorMessage": True, "error": "rate_limit", "apiErrorStatus": 429, "model": "<synthetic>"}
    return said("assistant", text, second, **{**kind, **more})


def turns(*rows: dict[str, Any]) -> Turns:
    found = Turns(BEGAN)
    for row in (said("user", "hello", 1), *rows):
        found.add(row)
    return found
