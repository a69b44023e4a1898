"""Two legs, one output."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_fallback.limits.ending import Ending
from claude_fallback.run import join

INIT = {"type": "system", "subtype": "init", "session_id": "s"}
USER = {"type": "user", "message": {"role": "user", "content": [{"type": "text", "text": "ours"}]}}
ANSWER = {"type": "assistant", "message": {"model": "qwen", "content": [{"type": "text", "text": "hi"}]}}
TOOL = {"type": "assistant", "message": {"model": "opus", "content": [{"type": "tool_use"}]}}
REJECTED = {"type": "rate_limit_event", "rate_limit_info": {"status": "rejected"}}
ALLOWED = {"type": "rate_limit_event", "rate_limit_info": {"status": "allowed"}}
SYNTHETIC = {"type": "assistant", "message": {"model": "<synthetic>", "content": []}}
FIRST = {
    "type": "result", "subtype": "success", "is_error": True, "result": "limit", "num_turns": 2,
    "duration_ms": 100, "duration_api_ms": 60, "total_cost_usd": 0.5, "session_id": "one",
    "usage": {"input_tokens": 10, "output_tokens": 5, "server_tool_use": {"web_search_requests": 1},
              "service_tier": "standard"},
    "modelUsage": {"opus": {"inputTokens": 10, "costUSD": 0.5, "contextWindow": 200_000}},
    "permission_denials": [{"tool_name": "Bash"}],
}  # fmt: skip
SECOND = {
    "type": "result", "subtype": "success", "is_error": False, "result": "answer", "num_turns": 1,
    "duration_ms": 50, "duration_api_ms": 40, "total_cost_usd": 0.25, "session_id": "two",
    "usage": {"input_tokens": 7, "output_tokens": 3, "server_tool_use": {"web_search_requests": 2},
              "service_tier": "batch"},
    "modelUsage": {"qwen": {"inputTokens": 7, "costUSD": 0.25, "contextWindow": 32_000},
                   "opus": {"inputTokens": 1, "costUSD": 0.5, "contextWindow": 200_000}},
    "permission_denials": [],
}  # fmt: skip


def test_result() -> None:
    """Turns, times, costs, tokens and denials of both legs are added; the answer, its session and all that is
    no count are the second leg's; a context window is no count."""
    assert join.result(FIRST, SECOND) == {
        **SECOND,
        "num_turns": 3,
        "duration_ms": 150,
        "duration_api_ms": 100,
        "total_cost_usd": 0.75,
        "usage": {
            "input_tokens": 17,
            "output_tokens": 8,
            "server_tool_use": {"web_search_requests": 3},
            "service_tier": "batch",
        },
        "modelUsage": {
            "opus": {"inputTokens": 11, "costUSD": 1.0, "contextWindow": 200_000},
            "qwen": {"inputTokens": 7, "costUSD": 0.25, "contextWindow": 32_000},
        },
        "permission_denials": [{"tool_name": "Bash"}],
    }


def test_result_without_a_first() -> None:
    """Without a first result the second stands as it is."""
    assert join.result(None, SECOND) is SECOND


def test_result_of_an_old_release() -> None:
    """A field that neither leg has is not made up; one that only the first has is kept."""
    small = {"type": "result", "result": "x", "num_turns": 1}
    assert join.result(small, small) == {**small, "num_turns": 2}
    assert join.result({**small, "usage": {"input_tokens": 1}}, small)["usage"] == {"input_tokens": 1}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([*FIRST, "new"])
RESULTS = st.dictionaries(NAMES, JSON, max_size=8).map(lambda fields: {"type": "result", **fields})


calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy


@calm
@given(RESULTS, RESULTS)
def test_odd_results(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Whatever a release puts there: nothing raises, and what is no sum is the second leg's."""
    before = orjson.dumps(other)
    found = join.result(one, other)
    for name in ("result", "session_id", "subtype", "is_error", "new"):
        assert (name in found) == (name in other)
        assert found.get(name) == other.get(name)
    assert orjson.dumps(other) == before


def test_document() -> None:
    """--output-format json: one object on one line."""
    found = join.document(Ending(result=FIRST), Ending(result=SECOND))
    assert orjson.loads(found) == join.result(FIRST, SECOND)
    assert found.endswith(b"}\n")


def test_verbose_document() -> None:
    """…and with --verbose one array: one init, the events of both legs without the failure's, one result."""
    first = Ending(result=FIRST, events=[INIT, ALLOWED, TOOL, REJECTED, SYNTHETIC, FIRST])
    second = Ending(result=SECOND, events=[INIT, ALLOWED, ANSWER, SECOND])
    found = orjson.loads(join.document(first, second))
    assert found == [INIT, ALLOWED, TOOL, ALLOWED, ANSWER, join.result(FIRST, SECOND)]


def test_verbose_document_without_a_first() -> None:
    """When the first leg left no events the second's are whole."""
    found = orjson.loads(join.document(Ending(), Ending(result=SECOND, events=[INIT, ANSWER, SECOND])))
    assert found == [INIT, ANSWER, SECOND]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (INIT, None),
        (ANSWER, ANSWER),
        (USER, None),
        ({"type": "user", "message": {"content": "ours"}}, None),
        (
            {"type": "user", "message": {"content": "theirs"}},
            {"type": "user", "message": {"content": "theirs"}},
        ),
        (SECOND, join.result(FIRST, SECOND)),
        ({"type": "control_response", "response": {"request_id": "r1"}}, None),
    ],
)
def test_stream(event: dict[str, Any], expected: dict[str, Any] | None) -> None:
    """The second leg's init, our own prompt and answers that were given already are dropped, its result is
    both legs', and all else passes."""
    assert join.StreamJoin(Ending(result=FIRST, session="one"), "ours", ["r1"])(event) == expected


def test_stream_passes_what_it_must() -> None:
    """An event that stays is the same object, so that its bytes can stay too; without a prompt of ours no
    user message is ours; a new control request is answered."""
    joined = join.StreamJoin(Ending(result=FIRST, session=None), None, ["r1"])
    for event in (ANSWER, USER, {"type": "control_response", "response": {"request_id": "r2"}}):
        assert joined(event) is event


@calm
@given(st.dictionaries(st.sampled_from(["type", "message", "response", "subtype"]), JSON),
       st.sampled_from(["user", "result", "system", "control_response", "assistant"]))  # fmt: skip
def test_odd_events(event: dict[str, Any], kind: str) -> None:
    """No event, however odd, makes it raise."""
    join.StreamJoin(Ending(result=FIRST, session="one"), "ours", ["r1"])({**event, "type": kind})
    join.document(Ending(result=FIRST, events=[event]), Ending(result=SECOND, events=[event, SECOND]))


def test_a_repetition_goes_by_the_first_id() -> None:
    """A run without a session is repeated under another id: its consumer goes on reading the one it has."""
    joined = join.StreamJoin(Ending(result=FIRST, session="one"), None, [])
    assert joined({**ANSWER, "session_id": "two"}) == {**ANSWER, "session_id": "one"}
    assert joined(INIT) is None
    assert (joined(SECOND) or {})["session_id"] == "one"


def test_an_init_that_was_never_shown_is_shown() -> None:
    """A first leg that ended before its init leaves the second one's in place."""
    assert join.StreamJoin(Ending(result=FIRST), "ours", [])(INIT) == INIT


def test_later_turns() -> None:
    """Each turn after the first has its own init and its own numbers; costs and models, which claude counts
    for the whole process, and the number of the result go on."""
    joined = join.StreamJoin(Ending(result=FIRST, session="one"), "ours", [], results=2)
    indexed = {**SECOND, "result_index": 0}
    assert joined(INIT) is None
    assert joined(indexed) == {**join.result(FIRST, SECOND), "result_index": 2}
    assert joined(INIT) == INIT
    whole = join.result(FIRST, SECOND)
    later = joined({**SECOND, "result_index": 1}) or {}
    assert {name: later[name] for name in ("total_cost_usd", "modelUsage")} == {
        name: whole[name] for name in ("total_cost_usd", "modelUsage")
    }
    assert {**later, "total_cost_usd": 0, "modelUsage": 0} == {
        **SECOND, "total_cost_usd": 0, "modelUsage": 0, "result_index": 3
    }  # fmt: skip
