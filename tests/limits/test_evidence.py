"""What counts as proof, and what only sounds like it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from claude_fallback.limits.evidence import Sighting, from_result, from_text, from_transcript, judge
from claude_fallback.limits.limit import Kind, Limit

UTC = timezone.utc
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
IN_TWO_HOURS = int((NOW + timedelta(hours=2)).timestamp())
KNOWN = "You've hit your session limit · resets 8am (UTC)"
UNHEARD = "The meadow is shut, dear friend"
REFUSED = {"status": "rejected", "rateLimitType": "five_hour", "resetsAt": IN_TWO_HOURS}

Event = dict[str, Any]


def result(text: str | None = KNOWN, **fields: object) -> Event:
    words = {} if text is None else {"result": text}
    return {"type": "result", "subtype": "success", "is_error": True, **words, **fields}


def synthetic(text: str = KNOWN, **fields: object) -> Event:
    message = {"model": "<synthetic>", "content": [{"type": "text", "text": text}]}
    return {"type": "assistant", "message": message, "parent_tool_use_id": None, **fields}


def row(text: str = KNOWN, seconds: int = 1, **fields: object) -> Event:
    """A transcript row, `seconds` after NOW."""
    stamp = (NOW + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    flags = {"isSidechain": False, "isApiErrorMessage": True, "timestamp": stamp}
    return {**synthetic(text), **flags, **fields}


def answer(seconds: int = 2, **fields: object) -> Event:
    message = {"model": "claude-sonnet-4-5", "content": [{"type": "text", "text": "Done."}]}
    return {**row(seconds=seconds), "message": message, "isApiErrorMessage": None, **fields}


def judged(sighting: Sighting | None) -> Limit:
    assert sighting is not None
    limit = judge(sighting, NOW, UTC)
    assert limit is not None
    return limit


def kind(
    text: str = UNHEARD, rate_limit: Event | None = None, of_result: Event | None = None, **fields: object
) -> Kind:
    """The kind of a stream-json failure with these fields on its synthetic message."""
    return judged(from_result(result(text, **(of_result or {})), synthetic(text, **fields), rate_limit)).kind


def test_a_successful_result_is_never_a_sighting() -> None:
    """`is_error` false: words, fields and refusals before it count for nothing."""
    assert from_result(result(is_error=False), synthetic(error="rate_limit"), REFUSED) is None
    assert from_result({"type": "result", "subtype": "success", "result": KNOWN}, None, REFUSED) is None


def test_an_unheard_wording_with_the_structure_is_recognised() -> None:
    """Next year's words: kind, window and reset time come from the fields."""
    limit = judged(from_result(result(UNHEARD), synthetic(UNHEARD, error="rate_limit"), REFUSED))
    reset = datetime.fromtimestamp(IN_TWO_HOURS, UTC)
    assert limit == Limit(Kind.PLAN, UNHEARD, "five_hour", reset, "rate_limit_event")


@pytest.mark.parametrize(
    ("api_error", "expected"),
    [
        ("usage_limit_reached", Kind.PLAN),
        ("model_requires_usage_credits", Kind.CREDITS),
        ("consent_unanswered", Kind.CREDITS),
        ("long_context_credits_required", Kind.ENTITLEMENT),
        ("message_over_context_limit", Kind.CONTEXT),
        ("stored_login_refused", Kind.LOGIN),
        ("provider_credentials", Kind.LOGIN),
    ],
)
def test_a_typed_cause_decides(api_error: str, expected: Kind) -> None:
    """2.1.330's `api_error` outranks the category, in the result, the event and the transcript."""
    assert kind(error="unknown", api_error=api_error) is expected
    assert kind(of_result={"api_error": api_error}) is expected
    limit = judged(from_transcript([row(UNHEARD, apiError=api_error, error="unknown")], NOW))
    assert (limit.kind, limit.proof) == (expected, "api_error")


def test_an_unknown_typed_cause_counts_as_absent() -> None:
    """`api_error` grows with every release."""
    assert kind(error="overloaded", api_error="meadow_shut") is Kind.OVERLOAD


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("You've hit your monthly spend limit.", Kind.SPEND),
        ("You're out of usage credits · resets 8am (UTC)", Kind.CREDITS),
        (KNOWN, Kind.PLAN),
        ("Your group's usage limit is set to $0", Kind.PLAN),
        (UNHEARD, Kind.PLAN),
    ],
)
def test_words_refine_a_used_up_limit(words: str, expected: Kind) -> None:
    """usage_limit_reached is a plan's window or a spend cap: words of that family tell which."""
    assert kind(words, REFUSED, error="rate_limit", api_error="usage_limit_reached") is expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("out_of_credits", Kind.CREDITS),
        ("org_level_disabled_until", Kind.SPEND),
        ("org_level_disabled", Kind.PLAN),
    ],
)
def test_fields_refine_unheard_words(reason: str, expected: Kind) -> None:
    """Without a window of the plan, the reason why overage was refused names the class."""
    info = {"status": "rejected", "overageStatus": "rejected", "overageDisabledReason": reason}
    assert kind(UNHEARD, info, error="rate_limit") is expected
    assert kind(UNHEARD, {**info, "rateLimitType": "five_hour"}, error="rate_limit") is Kind.PLAN


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("API Error: Server is temporarily limiting requests (not your usage limit) · x", Kind.THROTTLE),
        ("API Error: Usage credits required for 1M context · x", Kind.ENTITLEMENT),
        ("Opus is experiencing high load, please use /model to switch to Sonnet", Kind.OVERLOAD),
        ("Too many requests just now, throttled", Kind.THROTTLE),
        ("All used up; it comes back at 8am (UTC)", Kind.PLAN),
        (UNHEARD, Kind.THROTTLE),
    ],
)
def test_a_rate_limit_without_a_refusal_follows_its_words(words: str, expected: Kind) -> None:
    """Five different stops share `rate_limit`; a bare {"status": "rejected"} tells nothing (2.1.330)."""
    assert kind(words, error="rate_limit") is expected
    assert kind(words, {"status": "rejected", "isUsingOverage": False}, error="rate_limit") is expected


def test_usage_on_overage_is_no_refusal() -> None:
    """`isUsingOverage` true, or a status other than rejected: the request went on."""
    assert kind(UNHEARD, {**REFUSED, "isUsingOverage": True}, error="rate_limit") is Kind.THROTTLE
    assert kind(UNHEARD, {**REFUSED, "status": "allowed_warning"}, error="rate_limit") is Kind.THROTTLE


@pytest.mark.parametrize(
    ("error", "status", "words", "expected"),
    [
        ("server_error", 529, UNHEARD, Kind.OVERLOAD),
        ("server_error", None, "API Error: Repeated 529 Overloaded errors", Kind.OVERLOAD),
        ("server_error", 500, UNHEARD, Kind.SERVER),
        ("server_error", None, "API Error: Connection error.", Kind.UNKNOWN),
        ("overloaded", None, UNHEARD, Kind.OVERLOAD),
        ("authentication_failed", 401, UNHEARD, Kind.LOGIN),
        ("oauth_org_not_allowed", 403, UNHEARD, Kind.LOGIN),
        ("billing_error", 400, "Credit balance is too low", Kind.CREDITS),
        ("billing_error", 429, "spend limit reached (daily; resets 2026-11-24 00:00 UTC)", Kind.SPEND),
        ("invalid_request", 400, "Prompt is too long", Kind.CONTEXT),
        ("invalid_request", 400, UNHEARD, Kind.UNKNOWN),
        ("model_not_found", 404, UNHEARD, Kind.UNKNOWN),
        ("max_output_tokens", None, UNHEARD, Kind.UNKNOWN),
        ("meadow_shut", None, UNHEARD, Kind.UNKNOWN),
    ],
)
def test_other_categories_are_no_plan_limit(
    error: str, status: int | None, words: str, expected: Kind
) -> None:
    """An earlier refusal in the same stream does not make another failure a limit."""
    assert kind(words, error=error, api_error_status=status) is expected
    assert kind(words, REFUSED, error=error, api_error_status=status) is expected


@pytest.mark.parametrize("subtype", ["error_max_turns", "error_max_budget_usd"])
def test_the_users_own_caps_are_turns(subtype: str) -> None:
    """Whatever was refused before, the run ended by its own cap; these results carry no words."""
    sighting = from_result(result(None, subtype=subtype, errors=["Reached"]), None, REFUSED)
    assert judged(sighting) == Limit(Kind.TURNS, "Reached", proof="subtype")


def test_context_is_told_from_usage() -> None:
    """`terminal_reason` blocking_limit is the context window."""
    assert kind(of_result={"terminal_reason": "blocking_limit"}, error="invalid_request") is Kind.CONTEXT


def test_json_without_events_has_status_and_words() -> None:
    """`--output-format json` of 2.1.112 and later carries the HTTP status, older ones only words."""
    assert judged(from_result(result(api_error_status=429), None, None)).kind is Kind.PLAN
    assert judged(from_result(result(UNHEARD, api_error_status=529), None, None)).kind is Kind.OVERLOAD
    old = judged(from_result(result("Claude AI usage limit reached|1795420800"), None, None))
    assert (old.kind, old.proof) == (Kind.PLAN, "result")
    assert judged(from_result(result(UNHEARD), None, None)).kind is Kind.UNKNOWN


def test_a_subagents_failure_is_not_the_turns() -> None:
    """A synthetic event with a parent does not speak for the main thread."""
    side = synthetic(UNHEARD, error="rate_limit") | {"parent_tool_use_id": "toolu_1"}
    assert judged(from_result(result(UNHEARD), side, None)).kind is Kind.UNKNOWN


def test_the_transcripts_last_word_counts() -> None:
    """The error row is found behind rows of other types, and cancelled by a later answer."""
    noise: list[Event] = [{"type": "system", "subtype": "api_error"}, {"type": "user"}, {"type": "summary"}]
    assert judged(from_transcript([answer(1), row(seconds=2), *noise], NOW)).proof == "transcript"
    assert from_transcript([row(seconds=1), answer(2)], NOW) is None
    assert from_transcript([], NOW) is None
    assert from_transcript([answer(1)], NOW) is None


def test_rows_before_the_run_are_history() -> None:
    """A resumed session carries old errors; a row without a time proves nothing."""
    assert from_transcript([row(seconds=-1)], NOW) is None
    for stamp in (None, 17, "yesterday"):
        assert from_transcript([row(timestamp=stamp)], NOW) is None


def test_sidechains_neither_prove_nor_cancel() -> None:
    """A subagent's rows are not the main thread's."""
    assert from_transcript([row(isSidechain=True)], NOW) is None
    found = from_transcript([row(seconds=1), answer(2, isSidechain=True)], NOW)
    assert judged(found).kind is Kind.PLAN


def test_a_synthetic_row_that_is_no_error_is_skipped() -> None:
    """`No response requested.` comes from claude too, after an interrupted turn."""
    quiet = row("No response requested.", seconds=2, isApiErrorMessage=None)
    assert judged(from_transcript([row(seconds=1), quiet], NOW)).message == KNOWN
    assert from_transcript([quiet], NOW) is None


def test_a_row_of_the_model_with_a_limits_words_is_an_answer() -> None:
    """The words without the structure are never a limit."""
    quoting = answer(1)
    quoting["message"] = {"model": "claude-sonnet-4-5", "content": [{"type": "text", "text": KNOWN}]}
    assert from_transcript([quoting], NOW) is None


def test_the_row_carries_the_reset_time() -> None:
    """`apiErrorParams.rate_limit_info` (2.1.330) and `quotaLimits` (2.1.240) are exact; words come last."""
    exact = datetime.fromtimestamp(IN_TWO_HOURS, UTC)
    for fields in ({"quotaLimits": REFUSED}, {"apiErrorParams": {"rate_limit_info": REFUSED}}):
        limit = judged(from_transcript([row(UNHEARD, error="rate_limit", **fields)], NOW))
        assert (limit.resets_at, limit.window) == (exact, "five_hour")
    assert judged(from_transcript([row(error="rate_limit")], NOW)).resets_at == NOW + timedelta(hours=2)


def test_the_earlier_of_window_and_overage_ends_a_spend_cap() -> None:
    """A cap lies on top of the plan's window: when either is free again, claude works again."""
    words = "You've hit your monthly spend limit."
    info = {**REFUSED, "overageResetsAt": IN_TWO_HOURS + 864000}
    limit = judged(from_result(result(words), synthetic(words, error="rate_limit"), info))
    assert (limit.kind, limit.resets_at) == (Kind.SPEND, datetime.fromtimestamp(IN_TWO_HOURS, UTC))


def test_a_reset_time_is_kept_inside_its_window() -> None:
    """A misread or hostile time does not keep a user on the gateway for a year, nor end in the past."""
    far = {**REFUSED, "resetsAt": IN_TWO_HOURS + 10**8}
    limit = judged(from_result(result(), synthetic(error="rate_limit"), far))
    assert limit.resets_at == NOW + timedelta(hours=5, minutes=10)
    stale = {**REFUSED, "resetsAt": IN_TWO_HOURS - 864000}
    assert judged(from_result(result(), synthetic(error="rate_limit"), stale)).resets_at == NOW


def test_failed_text_is_anchored() -> None:
    """Exit code and whole output, or its last line; anything around the words makes them prose."""
    assert judged(from_text(f"{KNOWN}\n", 1)).proof == "text"
    assert judged(from_text(f"Warning: odd settings\n\n{KNOWN}\n", 1)).kind is Kind.PLAN
    assert from_text(f"{KNOWN}\n", 0) is None
    assert from_text(f"It printed: {KNOWN}\n", 1) is None
    assert from_text(f"{KNOWN}\nThat is what claude prints.\n", 1) is None
    assert from_text("", 1) is None


@pytest.mark.parametrize("text", [KNOWN, UNHEARD, ""])
@pytest.mark.parametrize("value", [None, 3, "x", [], {}, [1, {"text": 2}], {"rate_limit_info": 5}, True])
def test_odd_shapes_do_not_raise(value: Any, text: str) -> None:
    """A release of next year may put other types anywhere."""
    names = ("api_error_params", "api_error", "api_error_status", "terminal_reason")
    fields = dict.fromkeys(names, value)
    info = {
        "status": "rejected",
        **dict.fromkeys(("rateLimitType", "resetsAt", "overageDisabledReason"), value),
    }
    for error in ("rate_limit", "server_error", value):
        event = {**synthetic(text), "error": error, "message": value}
        for refused in (value, info):
            judged(from_result({**result(text), **fields, "errors": value}, event, refused))
            found = row(text, error=error, message=value, quotaLimits=refused, apiErrorParams=value)
            judged(from_transcript([{**found, "apiError": value, "apiErrorStatus": value}], NOW))
    judged(from_result({"is_error": True, "result": value, "errors": value}, None, value))
