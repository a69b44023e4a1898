"""Two legs, one output: what a consumer of json or stream-json reads when a run was carried on. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from claude_fallback.limits.ending import Ending, Event, encoded

_SUMMED = ("num_turns", "duration_ms", "duration_api_ms", "total_cost_usd")
_COUNTS = frozenset(
    (
        "inputTokens",
        "outputTokens",
        "cacheReadInputTokens",
        "cacheCreationInputTokens",
        "cacheCreationEphemeral5mInputTokens",
        "cacheCreationEphemeral1hInputTokens",
        "webSearchRequests",
        "thinkingTokens",
        "costUSD",
    )
)


def result(first: Event | None, second: Event) -> Event:
    """The second leg's `result` with the turns, times, costs, tokens and denials of both."""
    if first is None:
        return second
    joined = {**second}
    for name in _SUMMED:
        joined[name] = _sum(first.get(name), second.get(name))
    joined["usage"] = _sum(first.get("usage"), second.get("usage"))
    joined["modelUsage"] = _by_model(first.get("modelUsage"), second.get("modelUsage"))
    denials = first.get("permission_denials"), second.get("permission_denials")
    joined["permission_denials"] = [one for some in denials if isinstance(some, list) for one in some]
    return {name: value for name, value in joined.items() if name in second or value}


def later_result(first: Event | None, later: Event) -> Event:
    """The `result` of a turn that the second leg had to itself: its costs are still those of the process."""
    whole = result(first, later)
    return {**later, **{name: whole[name] for name in ("total_cost_usd", "modelUsage") if name in later}}


def document(first: Ending, second: Ending) -> bytes:
    """What `--output-format json` prints for both legs; with --verbose the events of both."""
    last = result(first.result, second.result or {})
    if not second.events:
        return encoded(last) + b"\n"
    before = [event for event in first.events if not _fails(event)]
    after = [event for event in second.events if not (before and is_init(event))]
    return encoded([*before, *(last if event is second.result else event for event in after)]) + b"\n"


Change = Callable[[Event], Event | None]


class StreamJoin:
    """Rewrites the second leg's stream-json so that it goes on where the first one's stopped."""

    def __init__(
        self, first: Ending, our_prompt: str | None, replied: Collection[str] = (), results: int = 0
    ) -> None:
        """`replied`: control requests that the first leg has answered; `results`: it gave that many."""
        self._first, self._our_prompt, self._replied, self._results = first, our_prompt, replied, results
        self._begun = self._carried_on = False

    def __call__(self, event: Event) -> Event | None:
        kind = event.get("type")
        if self._is_ours(event) or (kind == "control_response" and _request(event) in self._replied):
            return None
        if is_init(event) and self._first.session and not self._begun:
            self._begun = True  # of the turn that failed; each later turn has one of its own
            return None
        return self._named(self._result(event) if kind == "result" else event)

    def _result(self, event: Event) -> Event:
        joined = later_result if self._carried_on else result
        self._carried_on = True
        index = event.get("result_index")  # 2.1.330: how many results the process gave before this one
        numbered = {**event, "result_index": index + self._results} if isinstance(index, int) else event
        return joined(self._first.result, numbered)

    def _named(self, event: Event) -> Event:
        """A repetition of a run that keeps no session goes by the id that the consumer has seen already."""
        repeated = self._our_prompt is None and self._first.session and "session_id" in event
        return {**event, "session_id": self._first.session} if repeated else event

    def _is_ours(self, event: Event) -> bool:
        if event.get("type") != "user" or self._our_prompt is None:
            return False
        content = _inner(event, "message").get("content")
        texts = [_text(block) for block in content] if isinstance(content, list) else [content]
        return texts == [self._our_prompt]


def both(first: Change, then: Change) -> Change:
    """What the later leg's join lets through goes through the earlier one's."""

    def change(event: Event) -> Event | None:
        new = first(event)
        return None if new is None else then(new)

    return change


def is_init(event: Event) -> bool:
    return event.get("type") == "system" and event.get("subtype") == "init"


def _fails(event: Event) -> bool:
    if event.get("type") == "rate_limit_event":
        return _inner(event, "rate_limit_info").get("status") == "rejected"
    synthetic = _inner(event, "message").get("model") == "<synthetic>"
    return event.get("type") == "result" or (event.get("type") == "assistant" and synthetic)


def _request(event: Event) -> str:
    return str(_inner(event, "response").get("request_id"))


def _inner(event: Event, name: str) -> dict[str, Any]:
    found = event.get(name)
    return found if isinstance(found, dict) else {}


def _text(block: Any) -> Any:
    return block.get("text") if isinstance(block, dict) else None


def _sum(one: Any, other: Any) -> Any:
    """Numbers added, objects key by key; anything else is the later leg's."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{name: _sum(one.get(name), value) for name, value in other.items()}}
    if _is_number(one) and _is_number(other):
        return one + other
    return one if other is None else other


def _by_model(one: Any, other: Any) -> Any:
    """`modelUsage`: counters of a model that served both legs are added, its other facts are kept."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return one if other is None else other
    return {**one, **{model: _counted(one.get(model), usage) for model, usage in other.items()}}


def _counted(one: Any, other: Any) -> Any:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    return {name: _sum(one.get(name), value) if name in _COUNTS else value for name, value in other.items()}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
