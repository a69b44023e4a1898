"""Releases that do not exist yet: new words, new fields, new windows, fields that contradict each other."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_fallback.limits.leg import Leg
from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.limits.watch import StreamWatch
from claude_fallback.memory.settings import Settings
from claude_fallback.run import decide
from scripts.compatibility import recording

UTC = timezone.utc
NOW = datetime(2027, 6, 1, 6, 0, tzinfo=UTC)
RESET = NOW + timedelta(hours=2)
UNHEARD = "The well is dry until dawn, traveller"
IN_TWO_HOURS = "Session quota exhausted — resets in 2 hours"
FAST = "You've hit your fast limit · resets in 2 hours"
ISO = RESET.isoformat()
KNOWN = "You've hit your session limit · resets 8am (UTC)"
TIMED = "The well is dry · back at 8am (UTC)"
REJECTED = {"status": "rejected", "rateLimitType": "five_hour", "resetsAt": int(RESET.timestamp())}
Event = dict[str, Any]


def refused(**fields: object) -> Event:
    return {"type": "rate_limit_event", "rate_limit_info": {**REJECTED, **fields}}


def own(words: str = UNHEARD, **fields: object) -> Event:
    message = {"model": "<synthetic>", "content": [{"type": "text", "text": words}]}
    return {
        "type": "assistant",
        "message": message,
        "parent_tool_use_id": None,
        "error": "rate_limit",
        **fields,
    }


def failed(words: str = UNHEARD, **fields: object) -> Event:
    return {"type": "result", "subtype": "success", "is_error": True, "result": words, **fields}


def said(words: str = "ok") -> Event:
    message = {"model": "claude-opus-6", "content": [{"type": "text", "text": words}]}
    return {"type": "assistant", "message": message, "parent_tool_use_id": None}


ENDED = {"type": "result", "subtype": "success", "is_error": False, "result": "ok"}


def judged(*events: Mapping[str, Any], code: int = 1) -> Limit | None:
    watch = StreamWatch()
    watch.feed(b"".join(orjson.dumps(event) + b"\n" for event in events))
    if code == 0 and not watch.may_have_failed:
        return None
    proven = Leg(watch.ending(), code, None, NOW).proven(NOW, UTC)
    return proven[1] if proven else None


@pytest.mark.parametrize(
    ("events", "window", "resets_at"),
    [
        ([refused(), own(), failed(api_error_status=429)], "five_hour", RESET),
        ([refused(), own(api_error="well_is_dry"), failed(api_error="well_is_dry")], "five_hour", RESET),
        ([refused(rateLimitType="one_moon"), own(), failed()], "one_moon", RESET),
        ([refused(rateLimitType="rolling_5h", newField={"deep": [1]}), own(), failed()], "rolling_5h", RESET),
        ([own(api_error="usage_limit_reached"), failed(TIMED, api_error="usage_limit_reached")], None, RESET),
        ([own(TIMED), failed(TIMED, api_error_status=429)], None, RESET),
        ([refused(resetsAt=None), own(), failed()], "five_hour", None),
        ([refused(resetsAt=RESET.timestamp() * 1000), own(), failed()], "five_hour", RESET),
        ([refused(resetsAt=ISO), own(), failed()], "five_hour", RESET),
        ([own(IN_TWO_HOURS), failed(IN_TWO_HOURS)], None, RESET),
        ([refused(), own(error="moon_limit"), failed(api_error_status=429)], "five_hour", RESET),
        ([own(TIMED, error="moon_limit"), failed(TIMED, api_error_status=429)], None, RESET),
        ([refused(status="blocked"), own(TIMED), failed(TIMED, api_error_status=429)], None, RESET),
        ([refused(), own(), failed("", subtype="error_rate_limit", errors=[UNHEARD])], "five_hour", RESET),
        ([refused(limitScope="planet"), own(), failed(terminal_reason="x")], "five_hour", RESET),
        (
            [
                own(
                    api_error="usage_limit_reached",
                    api_error_params={"rate_limit_info": {**REJECTED, "rateLimitType": "season"}},
                ),
                failed(api_error="usage_limit_reached"),
            ],
            "season",
            RESET,
        ),
    ],
)  # fmt: skip
def test_new_words_with_known_fields_are_the_plans(
    events: list[Event], window: str | None, resets_at: datetime | None
) -> None:
    """Nobody knows the words: the fields say that the plan is used up, which window, and until when; the
    words name the time where no field does."""
    limit = judged(*events)
    assert limit is not None
    assert (limit.kind, limit.window, limit.resets_at) == (Kind.PLAN, window, resets_at)
    assert decide.switches(limit, Settings())


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ([own(error="moonstruck"), failed()], Kind.UNKNOWN),
        ([own(error="moonstruck", api_error="moonstruck"), failed(api_error="moonstruck")], Kind.UNKNOWN),
        ([failed()], Kind.UNKNOWN),
        ([refused(), own(error="moonstruck"), failed()], Kind.UNKNOWN),
        ([refused(), own(error="unknown"), failed("API Error: Connection error.")], Kind.UNKNOWN),
        ([own(FAST), failed(FAST, api_error_status=429)], Kind.THROTTLE),
        ([own(error="server_error"), failed(api_error_status=529)], Kind.OVERLOAD),
        ([own(error="server_error"), failed(api_error_status=599)], Kind.SERVER),
        ([own(error="authentication_failed"), failed(api_error_status=429)], Kind.LOGIN),
        ([own(), failed("Too many requests, try again later", api_error_status=429)], Kind.THROTTLE),
        ([own(error="billing_error"), failed()], Kind.CREDITS),
        ([own(), failed(subtype="error_max_moons", terminal_reason="max_turns")], Kind.TURNS),
    ],
)
def test_new_words_with_other_fields_are_not(events: list[Event], kind: Kind) -> None:
    """A category or a cause that nobody knows proves nothing; a known one that is not the plan's is that."""
    limit = judged(*events)
    assert limit is not None and limit.kind is kind


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([refused(isUsingOverage=True), said(), ENDED], 0),
        ([refused(status="allowed", overageStatus="rejected"), said(), ENDED], 0),
        ([refused(status="allowed_warning", utilization=1.2), said(), ENDED], 0),
        ([refused(status="paused"), said(), ENDED], 0),
        ([refused(), own(parent_tool_use_id="toolu_1"), said(), ENDED], 0),
        ([refused(), own(), said(), ENDED], 0),
        ([refused(isUsingOverage=True), own(error="server_error"), failed(api_error_status=500)], 1),
        ([refused(), said(), own(error="server_error"), failed(api_error_status=500)], 1),
        ([refused(), own(parent_tool_use_id="toolu_1"), said(), own(error="invalid_request"), failed()], 1),
        ([said(KNOWN), failed(KNOWN)], 1),
        ([said(KNOWN), failed(KNOWN, subtype="error_during_execution", errors=[KNOWN])], 1),
    ],
)  # fmt: skip
def test_misleading_mixtures_switch_nothing(events: list[Event], code: int) -> None:
    """Paid overage, the usual lack of overage, a subagent's refusal, a refusal before an answer: what is
    refused in the stream is not what ended the turn. Nor are a limit's words that the model said itself."""
    limit = judged(*events, code=code)
    assert limit is None or not decide.switches(limit, Settings())


STREAMS = [
    one
    for release in recording.read_all()
    for one in release.recordings
    if one.cell.mode == "stream-json" and "events" in one.seen
]


def shuffled(value: Any, order: random.Random) -> Any:
    if isinstance(value, dict):
        fields = [(name, shuffled(inner, order)) for name, inner in value.items()]
        fields.append(("aFieldOfNextYear", {"new": [1, None]}))
        order.shuffle(fields)
        return dict(fields)
    return [shuffled(one, order) for one in value] if isinstance(value, list) else value


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(STREAMS), st.integers())
def test_the_order_of_fields_and_new_ones_mean_nothing(one: recording.Recording, seed: int) -> None:
    """Every recorded stream, its fields in another order, unknown ones between them, is what it was."""
    events, code = one.seen["events"], one.seen["exit"]
    assert judged(*shuffled(events, random.Random(seed)), code=code) == judged(*events, code=code)
