"""claude's stdout as it passes: every byte comes out, in order, and only a failure's lines wait."""

from __future__ import annotations

import itertools
import json
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_fallback.limits.watch import LINE_CHANGED, LINE_HELD, TEXT_HELD, JsonWatch, StreamWatch, TextWatch
from claude_fallback.run.spool import Spool

SESSION = "11111111-2222-4333-8444-555555555555"
LIMIT = "You've hit your session limit · resets 9:39am (UTC)"


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "session_id": SESSION, **fields}


def assistant(*content: dict[str, Any], model: str = "opus", parent: str | None = None) -> dict[str, Any]:
    return event("assistant", message={"model": model, "content": list(content)}, parent_tool_use_id=parent)


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


INIT = event("system", subtype="init")
ANSWER = assistant(text("hello"))
TOOL = assistant({"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "true"}})
TOOL_RESULT = event("user", message={"content": [{"type": "tool_result", "content": LIMIT}]})
PARTIAL = event("stream_event", event={"type": "content_block_delta", "delta": {"text": "he"}})
HOOK = event("system", subtype="hook_response")
ALLOWED = event("rate_limit_event", rate_limit_info={"status": "allowed"})
OVERAGE = event("rate_limit_event", rate_limit_info={"status": "rejected", "isUsingOverage": True})
REJECTED = event("rate_limit_event", rate_limit_info={"status": "rejected", "resetsAt": 1795340353})
SYNTHETIC = assistant(text(LIMIT), model="<synthetic>")
SUBAGENTS = assistant(text(LIMIT), model="<synthetic>", parent="t1")
QUOTING = assistant(text(json.dumps(SYNTHETIC) + LIMIT))
SUCCESS = event("result", subtype="success", is_error=False, result="hello")
FAILURE = event("result", subtype="success", is_error=True, result=LIMIT)
TURNS = event("result", subtype="error_max_turns", is_error=False)
RETRY = event("system", subtype="api_retry")
ALL = [INIT, ANSWER, TOOL, TOOL_RESULT, PARTIAL, HOOK, ALLOWED, OVERAGE, REJECTED, SYNTHETIC, SUBAGENTS,
       QUOTING, SUCCESS, FAILURE, TURNS, RETRY]  # fmt: skip


def line(found: dict[str, Any]) -> bytes:
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


ODD_LINES = st.sampled_from(
    [b"warning: no JSON\n", b"\n", b"\r\n", b"[1]\n", b'"text"\n', b"null\n", b"\xff\xfe\n", b'{"type":1}\n',
     b'{"type":"assistant","message":"<synthetic>"}\n', b'{"type":"result","result":{"result":1}}\r\n',
     b'{"type":"rate_limit_event","rate_limit_info":7}\n', b'{"type":"user","session_id":5}\n', b'{"type":']
)  # fmt: skip
LINES = st.lists(st.one_of(st.sampled_from(ALL).map(line), ODD_LINES), max_size=12)
CUTS = st.lists(st.integers(0, 5000), max_size=20)


calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy


@calm
@given(LINES, CUTS)
def test_stream_in_any_chunks(lines: list[bytes], places: list[int]) -> None:
    """However the bytes are cut, in the middle of a character too: all of them come out in order, and the
    verdict is the same."""
    data = b"".join(lines)
    whole, pieces = StreamWatch(), StreamWatch()
    at_once = whole.feed(data)
    assert b"".join(pieces.feed(chunk) for chunk in cut(data, places)) == at_once
    assert (pieces.ending(), pieces.answered) == (whole.ending(), whole.answered)
    assert at_once + b"".join(pieces.release()) == data
    assert b"".join(pieces.release()) == b""


@calm
@given(st.binary(max_size=300), CUTS)
def test_text_in_any_chunks(data: bytes, places: list[int]) -> None:
    """Text of any bytes comes out whole, at the end."""
    whole, pieces = TextWatch(), TextWatch()
    assert whole.feed(data) == b""
    assert b"".join(pieces.feed(chunk) for chunk in cut(data, places)) == b""
    assert pieces.ending() == whole.ending()
    assert b"".join(pieces.release()) == data


@calm
@given(st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(ALL)).map(orjson.dumps)), CUTS)
def test_json_in_any_chunks(data: bytes, places: list[int]) -> None:
    """A document, or what is none, comes out whole, at the end, and tells the same."""
    whole, pieces = JsonWatch(Spool()), JsonWatch(Spool(limit=50))
    assert whole.feed(data) == b""
    assert b"".join(pieces.feed(chunk) for chunk in cut(data, places)) == b""
    assert pieces.ending() == whole.ending()
    assert pieces.may_have_failed == whole.may_have_failed
    assert b"".join(pieces.release()) == data


@pytest.mark.parametrize(
    "lines",
    [
        [INIT, ANSWER, SUCCESS],
        [INIT, ALLOWED, PARTIAL, PARTIAL, ANSWER, SUCCESS],
        [INIT, OVERAGE, ANSWER, SUCCESS],
        [INIT, HOOK, TOOL, TOOL_RESULT, QUOTING, SUCCESS],
        [INIT, TOOL, SUBAGENTS, ANSWER, SUCCESS],
        [RETRY, INIT, RETRY, ANSWER],
    ],
)
def test_success_flows_at_once(lines: list[dict[str, Any]]) -> None:
    """No line of a run that goes well waits: not a permitted request, not paid overage, not a subagent's
    failure, not an answer, a tool's result or a partial message that quotes a limit."""
    watch = StreamWatch()
    assert [watch.feed(line(found)) for found in lines] == [line(found) for found in lines]
    assert not watch.may_have_failed


@pytest.mark.parametrize(
    ("lines", "held"),
    [
        ([INIT, SYNTHETIC, FAILURE], [SYNTHETIC, FAILURE]),
        ([INIT, REJECTED, SYNTHETIC, FAILURE], [REJECTED, SYNTHETIC, FAILURE]),
        ([INIT, TOOL, TOOL_RESULT, REJECTED, SYNTHETIC, HOOK, FAILURE], [REJECTED, SYNTHETIC, HOOK, FAILURE]),
        ([INIT, ANSWER, FAILURE], [FAILURE]),
        ([INIT, TURNS], [TURNS]),
    ],
)
def test_failure_waits(lines: list[dict[str, Any]], held: list[dict[str, Any]]) -> None:
    """The refusal, claude's own words for it and the failed result wait, with what stands between them; a
    switch drops the failure's lines and keeps the others."""
    watch, dropping = StreamWatch(), StreamWatch()
    shown = [found for found in lines if found not in held]
    for one in (watch, dropping):
        assert b"".join(one.feed(line(found)) for found in lines) == b"".join(map(line, shown))
        assert one.failed and one.may_have_failed
    assert b"".join(watch.release()) == b"".join(map(line, held))
    assert b"".join(dropping.release(failure=False)) == b"".join(
        line(found) for found in held if found is HOOK
    )
    assert not watch.failed and not dropping.failed


def test_an_empty_second_result_hides_no_failure() -> None:
    """2.1.330 ends a background agent's turn with a second result, empty and no error, behind the failed one:
    the failure stands, and a switch drops both. After an answer of the model a success is one."""
    empty = event("result", subtype="success", is_error=False, result="")
    watch, dropping, answered = StreamWatch(), StreamWatch(), StreamWatch()
    for one in (watch, dropping):
        one.feed(b"".join(map(line, [INIT, TOOL, REJECTED, SYNTHETIC, FAILURE])))
        assert one.feed(line(empty)) == b""
        assert one.failed and one.ending().result == FAILURE
    assert b"".join(watch.release()) == b"".join(map(line, [REJECTED, SYNTHETIC, FAILURE, empty]))
    assert b"".join(dropping.release(failure=False)) == b""
    answered.feed(b"".join(map(line, [INIT, SYNTHETIC, FAILURE, ANSWER, empty])))
    assert not answered.failed
    document = JsonWatch(Spool())
    document.feed(orjson.dumps([INIT, SYNTHETIC, FAILURE, empty]))
    assert document.ending().result == FAILURE


def test_failure_is_told() -> None:
    """What is known of a failure: its result, claude's own message, the refusal, the session, tools used."""
    watch = StreamWatch()
    watch.feed(b"".join(map(line, [INIT, TOOL, REJECTED, SYNTHETIC, FAILURE])))
    found = watch.ending()
    assert (found.result, found.synthetic, found.rate_limit) == (
        FAILURE,
        SYNTHETIC,
        REJECTED["rate_limit_info"],
    )
    assert (found.session, found.tools_used, found.text) == (SESSION, True, LIMIT)


@pytest.mark.parametrize("shows_it", [ANSWER, TOOL_RESULT, PARTIAL, RETRY, SUCCESS])
def test_recovery_is_shown(shows_it: dict[str, Any]) -> None:
    """A refusal that claude overcame, or tries to, comes out with the line that shows it."""
    watch = StreamWatch()
    assert watch.feed(line(INIT) + line(REJECTED)) == line(INIT)
    assert watch.feed(line(shows_it)) == line(REJECTED) + line(shows_it)


def test_recovery_is_forgotten() -> None:
    """A refusal before an answer says nothing of a failure after it."""
    watch = StreamWatch()
    watch.feed(line(INIT) + line(REJECTED) + line(ANSWER) + line(FAILURE))
    assert watch.ending().rate_limit is None


def test_turns_of_a_stream() -> None:
    """Each turn that went through is counted; a reader who leaves does not leave the watch in a failure."""
    watch = StreamWatch()
    watch.feed(line(INIT) + line(SUCCESS) + line(SUCCESS) + line(FAILURE))
    assert (watch.answered, watch.failed) == (2, True)
    next(iter(watch.release()))  # …and no more is taken
    assert not watch.failed


def test_tools_in_a_quotation() -> None:
    """A text that quotes a tool call uses no tool."""
    watch = StreamWatch()
    watch.feed(line(INIT) + line(QUOTING) + line(assistant(text(json.dumps(TOOL)))) + line(TOOL_RESULT))
    assert watch.ending().tools_used is False


def test_long_line_flows_in_pieces() -> None:
    """A line longer than any failure's is not collected; it may hold a tool call, so one is assumed. The line
    after it is watched again."""
    watch = StreamWatch()
    watch.feed(line(INIT))
    data = line(assistant(text("x" * 3 * LINE_HELD)))
    most, out = 0, b""
    for start in range(0, len(data), 65536):
        piece = watch.feed(data[start : start + 65536])
        most, out = max(most, len(piece)), out + piece
    assert out == data
    assert most <= LINE_HELD + 65536
    assert watch.ending().tools_used is True
    assert watch.feed(line(FAILURE)) == b""
    assert watch.failed


def test_stderr_between_held_lines() -> None:
    """Under `2>&1` a line that is no JSON keeps its place behind a held one, and a switch keeps it."""
    watch = StreamWatch()
    watch.feed(line(INIT) + line(SYNTHETIC))
    assert watch.feed(b"warning\n") == b""
    assert b"".join(watch.release(failure=False)) == b"warning\n"


def test_unfinished_last_line() -> None:
    """A last line without its end comes out at the end, and is no event."""
    watch = StreamWatch()
    assert watch.feed(line(INIT) + line(FAILURE)[:-1]) == line(INIT)
    assert not watch.failed
    assert b"".join(watch.release()) == line(FAILURE)[:-1]


def test_change() -> None:
    """Events may be rewritten or dropped on their way; what stays the same keeps its very bytes."""
    spaced = b'{"type": "assistant",  "message": {}}\n'
    watch = StreamWatch(lambda found: None if found["type"] == "system" else
                        {**found, "n": 1} if found["type"] == "result" else found)  # fmt: skip
    shown = watch.feed(line(INIT) + spaced + b"no JSON\n" + line(SUCCESS))
    assert shown == spaced + b"no JSON\n" + line({**SUCCESS, "n": 1})
    watch.feed(line(FAILURE))
    assert b"".join(watch.release()) == line({**FAILURE, "n": 1})


def test_an_endless_line_flows() -> None:
    """Where lines are rewritten, too: one that no memory should hold goes through as it is."""
    watch = StreamWatch(lambda found: {**found, "n": 1})
    piece = b"x" * (1 << 20)
    came = bytearray()
    for _megabyte in range(40):
        came += watch.feed(piece)
        assert len(watch._line) <= LINE_CHANGED
    assert came + watch.feed(b"\n") == piece * 40 + b"\n"
    assert watch.feed(line(SUCCESS)) == line({**SUCCESS, "n": 1})


def test_long_text_flows() -> None:
    """Text that is longer than any limit's message is an answer: it waits no more, and tells no failure."""
    watch = TextWatch()
    assert watch.feed(b"x" * TEXT_HELD) == b""
    assert watch.feed(b"y") == b"x" * TEXT_HELD + b"y"
    assert watch.feed(b"z") == b"z"
    assert b"".join(watch.release()) == b""
    assert watch.ending().text == ""


@pytest.mark.parametrize(
    ("words", "suspect"),
    [
        (LIMIT, True),
        ("Spending cap reached resets 9:39am\n", True),
        ("You're out of extra usage", True),
        ("The answer is 42.\n", False),
        (f"One line.\n{LIMIT}", False),
        ("limit " * 200, False),
        ("", False),
    ],
)
def test_second_look(words: str, suspect: bool) -> None:
    """With exit code 0 only a single short line with a limit's vocabulary is looked at again."""
    watch = TextWatch()
    watch.feed(words.encode())
    assert watch.may_have_failed == suspect


def test_switch_drops_text() -> None:
    """In text all that is held are the failure's own words: a switch drops them."""
    watch = TextWatch()
    watch.feed(LIMIT.encode())
    assert watch.ending().text == LIMIT
    assert b"".join(watch.release(failure=False)) == b""


@pytest.mark.parametrize(
    ("document", "failed", "tools"),
    [
        (SUCCESS, False, None),
        (FAILURE, True, None),
        ({**FAILURE, "usage": {"output_tokens": 0}}, True, False),
        ({**FAILURE, "usage": {"output_tokens": 3}}, True, None),
        ([INIT, SYNTHETIC, FAILURE], True, False),
        ([INIT, TOOL, TOOL_RESULT, REJECTED, SYNTHETIC, FAILURE], True, True),
        ([INIT, QUOTING, SUCCESS], False, False),
        ([], False, None),
        ("text", False, None),
    ],
)
def test_json_document(document: Any, failed: bool, tools: bool | None) -> None:
    """An object or, with --verbose, an array: the result tells the failure; tools are told by the array, and
    by an object only when no word was generated."""
    watch = JsonWatch(Spool())
    watch.feed(orjson.dumps(document) + b"\n")
    found = watch.ending()
    assert (watch.may_have_failed, found.failed, found.tools_used) == (failed, failed, tools)
    assert found.session == (SESSION if SESSION in str(document) else None)


def test_json_behind_other_words() -> None:
    """Under `2>&1` a warning may stand before the document."""
    watch = JsonWatch(Spool())
    watch.feed(b"(node:1) Warning: old\n" + line(FAILURE))
    assert watch.ending().result == FAILURE


def test_json_rewritten() -> None:
    """A document may be replaced by another; without a result it comes out as it is."""
    for data, shown in ((line(SUCCESS), b"new"), (b"error: unknown option\n", b"error: unknown option\n")):
        watch = JsonWatch(Spool())
        watch.rewrite = lambda _ending: b"new"
        watch.feed(data)
        assert b"".join(watch.release()) == shown


def test_json_switch() -> None:
    """A switch drops the document: the next leg's tells both."""
    watch = JsonWatch(Spool())
    watch.feed(line(FAILURE))
    assert b"".join(watch.release(failure=False)) == b""


class FullDisk(Spool):
    def _to_disk(self) -> None:
        raise OSError(28, "No space left on device")


def test_json_on_a_full_disk() -> None:
    """A document that finds no room flows: nothing is lost, it only tells no failure."""
    watch = JsonWatch(FullDisk(limit=10))
    shown = [watch.feed(piece) for piece in (b"12345678", b"9abcdef", b"ghi")]
    assert shown == [b"", b"123456789abcdef", b"ghi"]
    assert b"".join(watch.release()) == b""
    assert not watch.may_have_failed


def test_mixed_text_holds_only_its_last_line() -> None:
    """With `2>&1` what claude says on stderr flows; the last line, which may be a limit's, waits."""
    watch = TextWatch(mixed=True)
    assert watch.feed(b"debug 1\ndebug 2\nYou've hit") == b"debug 1\ndebug 2\n"
    assert watch.feed(b" your limit\n") == b""
    assert watch.ending().text == "You've hit your limit\n"
    assert b"".join(watch.release()) == b"You've hit your limit\n"


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("\ud83d", "\ufffd"),
        ("\ude00 \U0001f600", "\ufffd \U0001f600"),
        (r"\ud83d" + "\ud83d", r"\ud83d" + "\ufffd"),
        ("\ud83d\U0001f600", "\ufffd\U0001f600"),
    ],
)
def test_half_an_emoji(words: str, read: str) -> None:
    """Node writes half a surrogate pair (a tool result cut in two); the failure behind it is seen."""
    watch = JsonWatch(Spool())
    watch.feed(json.dumps([event("user", message=words), event("result", is_error=True)]).encode())
    assert watch.ending().failed
    assert watch.ending().events[0]["message"] == read


def control(kind: str, name: str) -> dict[str, Any]:
    inner = {"request_id": name, "subtype": "success"}
    return {"type": kind, **({"response": inner} if kind == "control_response" else {"request_id": name})}


def test_control_lines_never_wait() -> None:
    """claude waits for the answer to what it asks: such a line passes even where others are held."""
    watch = StreamWatch()
    watch.feed(line(INIT) + line(SYNTHETIC))
    asked, replied = line(control("control_request", "a")), line(control("control_response", "b"))
    assert watch.feed(asked + replied) == asked + replied
    assert (watch.asked, watch.replied) == ({"a"}, {"b"})


def test_what_follows_a_failed_turn_waits() -> None:
    """Of several turns, one that comes after a failure is part of what a switch drops; else it is watched
    like the first one, and a second failure waits again."""
    after = line(INIT) + line(control("control_request", "a")) + line(FAILURE) + line(INIT)
    dropped, kept = StreamWatch(turns=True), StreamWatch(turns=True)
    for watch in (dropped, kept):
        assert watch.feed(line(INIT) + line(FAILURE) + after) == line(INIT)
        assert watch.failed
    assert b"".join(dropped.release(failure=False)) == b""
    assert dropped.asked == set()
    assert b"".join(kept.release()) == line(FAILURE) + line(INIT) + line(control("control_request", "a"))
    assert kept.failed
    assert b"".join(kept.release()) == line(FAILURE) + line(INIT)
    assert not kept.failed


def test_answered() -> None:
    """Each result that reached the consumer answers a message, a failed one too; what the end of a background
    task began answers none."""
    watch = StreamWatch(turns=True)
    watch.feed(line(INIT) + line(SUCCESS) + line({**SUCCESS, "origin": {"kind": "task-notification"}}))
    assert watch.answered == 1
    watch.feed(line(FAILURE))
    assert watch.answered == 1
    assert b"".join(watch.release()) == line(FAILURE)
    assert watch.answered == 2
