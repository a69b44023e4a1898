"""What of a driving program's stdin a claude on the gateway gets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_fallback.run import controls
from claude_fallback.run.controls import Rewritten


def line(**event: Any) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"


def user(text: object) -> bytes:
    return line(type="user", message={"role": "user", "content": text})


def request(name: str, subtype: str, **more: object) -> bytes:
    return line(type="control_request", request_id=name, request={"subtype": subtype, **more})


def response(name: str) -> bytes:
    return line(type="control_response", response={"subtype": "success", "request_id": name})


def model_for(wanted: str | None) -> str:
    return {"opus": "big", None: "usual"}[wanted]


def test_what_is_answered_is_not_told_again() -> None:
    """An answered request counts no more, unless it holds for the session; an open one is asked again."""
    stream = Rewritten(model_for, replied=["init", "mode", "usage", "stop"])
    lasting = request("init", "initialize", hooks={}) + request("mode", "set_permission_mode", mode="plan")
    over = request("usage", "get_context_usage") + request("stop", "interrupt")
    still_open = request("new", "interrupt") + request("status", "mcp_status")
    assert stream(lasting + over + user("next") + still_open) == lasting + user("next") + still_open


def test_answers_to_an_ended_claude_are_dropped() -> None:
    """Only answers to what this claude has asked reach it, however late the others come."""
    asked: set[str] = set()
    stream = Rewritten(model_for, asked=asked)
    assert stream(response("old") + user("x")) == user("x")
    asked.add("mine")
    assert stream(response("mine") + response("old")) == response("mine")
    assert Rewritten(model_for)(response("any")) == response("any")


REWRITTEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"subtype": "set_model", "model": "opus"}, {"subtype": "set_model", "model": "big"}),
    ({"subtype": "set_model", "model": "default"}, {"subtype": "set_model", "model": "usual"}),
    ({"subtype": "set_model"}, {"subtype": "set_model", "model": "usual"}),
    (
        {"subtype": "set_max_thinking_tokens", "max_thinking_tokens": 9000},
        {"subtype": "set_max_thinking_tokens", "max_thinking_tokens": 0},
    ),
    (
        {
            "subtype": "apply_flag_settings",
            "settings": {
                "model": "opus",
                "apiKeyHelper": "print-a-key",
                "env": {"ANTHROPIC_BASE_URL": "https://api.anthropic.com", "MINE": "1"},
                "permissions": {},
            },
        },
        {
            "subtype": "apply_flag_settings",
            "settings": {"model": "big", "env": {"MINE": "1"}, "permissions": {}},
        },
    ),
    ({"subtype": "apply_flag_settings", "settings": {}}, {"subtype": "apply_flag_settings", "settings": {}}),
]  # fmt: skip


@pytest.mark.parametrize(("given_", "wanted"), REWRITTEN)
def test_what_leads_a_run_is_ours(given_: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Models go by the gateway's names, thinking stays off, settings cannot lead the run elsewhere."""
    found = Rewritten(model_for)(line(type="control_request", request_id="r", request=given_))
    assert json.loads(found) == {"type": "control_request", "request_id": "r", "request": wanted}


@given(st.lists(st.integers(1, 40), max_size=30))
def test_any_chunks(sizes: list[int]) -> None:
    """The pieces in which the stream arrives change nothing; a last line without an end arrives as one."""
    whole = (
        user("ä") + request("r", "set_model", model="opus") + response("old") + b"no json" + b"\n" + user("z")
    )
    wanted = Rewritten(model_for, asked=())(whole)
    stream, out, at = Rewritten(model_for, asked=()), b"", 0
    for size in [*sizes, len(whole)]:
        piece = whole.rstrip(b"\n")[at : at + size]
        out += stream(piece) if piece else b""
        at += size
    assert out + stream(b"") == wanted
    assert stream(b"") == b""


def test_a_long_line_flows() -> None:
    """A message with images in it is passed on in pieces; the line behind it is read again."""
    stream = Rewritten(model_for, asked=())
    long = user("x" * (3 << 20))
    out = b"".join(stream(long[at : at + 65536]) for at in range(0, len(long), 65536))
    assert out == long
    assert stream(response("old") + user("y")) == user("y")


TURNS = [
    ("one after another", ["a", "b", "c"], 1, "a\nb", 2),
    ("two in one turn", ["a", "b", "c", "d"], 1, "a\nb\nc", 3),
    ("all of them", ["a", "b", "c"], 0, "a\nb\nc", 3),
    ("a word of another message is none", ["go on", "on"], 0, "go on", 1),
    ("nothing in the transcript", ["a", "b"], 1, "", 2),
    ("no words, an image", ["", "b"], 0, "", 1),
    ("the same words twice", ["a", "a", "a"], 1, "a\na", 2),
    ("several lines", ["one\ntwo", "three"], 0, "one\ntwo\nthree", 2),
]


@pytest.mark.parametrize(("said", "results", "transcript", "count"), [row[1:] for row in TURNS],
                         ids=[row[0] for row in TURNS])  # fmt: skip
def test_which_messages_are_answered(said: list[str], results: int, transcript: str, count: int) -> None:
    """Those of the turns that ended, and those that the transcript of the failed turn has."""
    assert controls.answered(said, results, transcript) == count


def test_up_to_a_message() -> None:
    """The place behind it, and the control requests before; at most all there is."""
    begin = (
        request("i", "initialize") + user("one") + response("x") + request("m", "mcp_status") + user("two")
    )
    said = controls.up_to(begin + request("s", "interrupt") + user("three"), 2)
    assert (said.end, said.requests) == (len(begin), (request("i", "initialize"), request("m", "mcp_status")))
    assert controls.up_to(begin, 9).end == len(begin)
    assert controls.up_to(begin, 0) == controls.Said(0, ())


def test_cancellations() -> None:
    """What the ended claude asked and nobody has answered is taken back."""
    assert controls.cancellations({"a", "b", "c"}, user("x") + response("b")) == line(
        type="control_cancel_request", request_id="a"
    ) + line(type="control_cancel_request", request_id="c")
    assert controls.cancellations(set(), response("b")) == b""


def test_messages() -> None:
    """Texts and text blocks, as a transcript has them; control lines are none."""
    blocks = [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    kept = user("one") + request("i", "initialize") + user(blocks) + line(type="user") + b"half a li"
    assert controls.messages(kept) == ["one", "a\nb", ""]
