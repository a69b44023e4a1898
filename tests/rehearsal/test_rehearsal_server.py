"""The stand-in as a plain HTTP client sees it."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claude_fallback.rehearsal import refusals
from claude_fallback.rehearsal.answers import Ending, Text, Thinking, ToolUse, breaking, held, turn
from claude_fallback.rehearsal.record import read
from claude_fallback.rehearsal.scenarios import ANSWER, SCENARIOS, script
from claude_fallback.rehearsal.script import by_model, first, until
from claude_fallback.rehearsal.server import StandIn

Start = Callable[..., StandIn]
TOOLS = [{"name": "Bash"}]  # what makes a request one of the conversation


class Reply:
    """One HTTP answer: status, headers (lower case), JSON body or server-sent events."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        raw = response.read()
        self.events: list[dict[str, Any]] = []
        self.body: dict[str, Any] = {}
        if self.headers.get("content-type", "").startswith("text/event-stream"):
            self.events = [json.loads(line[6:]) for line in raw.decode().splitlines() if line[:6] == "data: "]
        elif raw:
            self.body = json.loads(raw)

    @property
    def text(self) -> str:
        return str(self.body["content"][0]["text"])


def ask(api: StandIn | int, method: str = "POST", path: str = "/v1/messages", **body: Any) -> Reply:
    port = api if isinstance(api, int) else api.port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    whole = {"model": "claude-x", "max_tokens": 99, "tools": TOOLS, "messages": said("hi"), **body}
    headers = {"Authorization": "Bearer made-up-token", "Content-Type": "application/json"}
    try:
        connection.request(method, path, json.dumps(whole) if method == "POST" else None, headers)
        return Reply(connection.getresponse())
    finally:
        connection.close()


def said(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}]


def test_a_plain_answer_has_the_shape_of_the_api(anthropic: Start) -> None:
    """Id, role, the requested model, content, stop reason, usage, and a request-id header."""
    reply = ask(anthropic("hello"), model="claude-y")
    assert reply.status == 200
    assert reply.headers["request-id"].startswith("req_")
    assert reply.body["id"].startswith("msg_")
    assert (reply.body["type"], reply.body["role"], reply.body["model"]) == (
        "message",
        "assistant",
        "claude-y",
    )
    assert reply.body["content"] == [{"type": "text", "text": "hello"}]
    assert (reply.body["stop_reason"], reply.body["stop_sequence"]) == ("end_turn", None)
    assert reply.body["usage"]["output_tokens"] > 0


def test_a_stream_has_the_events_of_the_api_in_order(anthropic: Start) -> None:
    """start, block start, ping, deltas, block stop, next block, message_delta with usage, stop."""
    blocks = turn(Thinking("hm"), Text("I will."), ToolUse("Bash", {"command": "ls"}))
    events = ask(anthropic(blocks), stream=True).events
    order = [event["type"] for event in events]
    assert order[:3] == ["message_start", "content_block_start", "ping"]
    assert order[-2:] == ["message_delta", "message_stop"]
    assert order.count("content_block_start") == order.count("content_block_stop") == 3
    assert events[-2]["delta"]["stop_reason"] == "tool_use"
    assert events[-2]["usage"]["output_tokens"] > 0


def test_a_stream_says_the_same_as_the_plain_answer(anthropic: Start) -> None:
    """The deltas put together are the blocks: long texts and tool inputs arrive in pieces."""
    words, command = "word " * 40, {"command": "echo " + "x" * 80}
    api = anthropic(turn(Text(words), ToolUse("Bash", command, id="toolu_1")))
    deltas = [e["delta"] for e in ask(api, stream=True).events if e["type"] == "content_block_delta"]
    assert "".join(d.get("text", "") for d in deltas) == words
    assert json.loads("".join(d.get("partial_json", "") for d in deltas)) == command
    assert len(deltas) > 4
    tool = ask(api).body["content"][1]
    assert tool == {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": command}


@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_is_json_with_the_unified_headers(anthropic: Start, stream: bool) -> None:
    """Even when a stream was asked for; the request id is in the body and in the header."""
    reply = ask(anthropic(refusals.limit("seven_day", 1790000000.9)), stream=stream)
    prefix = "anthropic-ratelimit-unified-"
    sent = {name[len(prefix) :]: value for name, value in reply.headers.items() if name.startswith(prefix)}
    assert reply.status == 429
    assert sent == {
        "status": "rejected",
        "representative-claim": "seven_day",
        "reset": "1790000000",
        "overage-status": "rejected",
        "overage-disabled-reason": "org_level_disabled",
    }
    assert reply.body["error"]["type"] == "rate_limit_error"
    assert reply.body["request_id"] == reply.headers["request-id"]


def test_every_header_of_a_limit_can_be_absent(anthropic: Start) -> None:
    """None leaves a header out: a 429 without claim and without overage headers."""
    bare = refusals.limit(None, None, overage_status=None, overage_disabled_reason=None)
    names = [name for name in bare.headers if name.startswith("anthropic-")]
    assert names == ["anthropic-ratelimit-unified-status"]


def test_other_paths(anthropic: Start) -> None:
    """HEAD / is fine, models are listed, tokens counted; anything else is a quiet 404 in the API's words."""
    api = anthropic("hello")
    assert ask(api, "HEAD", "/").status == 200
    assert ask(api, "GET", "/v1/models?limit=5").body["data"][0]["type"] == "model"
    assert ask(api, path="/v1/messages/count_tokens?beta=true").body["input_tokens"] > 0
    missing = ask(api, path="/api/event_logging/batch")
    assert (missing.status, missing.body["error"]["type"]) == (404, "not_found_error")
    assert missing.body["request_id"]
    assert api.record.main() == []


def test_a_list_is_used_up_in_order(anthropic: Start) -> None:
    """Each request of the conversation takes the next answer; the last one is repeated."""
    api = anthropic(["one", refusals.overloaded(), "three"])
    assert ask(api).text == "one"
    assert ask(api).status == 529
    assert [ask(api).text for _ in range(2)] == ["three", "three"]


def test_a_failed_streams_twin_gets_the_same_answer(anthropic: Start) -> None:
    """Releases up to 2.0.42 repeat a failed stream as a plain request: no step of the script."""
    api = anthropic([refusals.limit(), "hello"])
    assert [ask(api, stream=True).status, ask(api).status, ask(api).status] == [429, 429, 200]


BESIDE: list[tuple[str, dict[str, Any]]] = [
    ("probe", {"max_tokens": 1, "tools": [], "messages": said("quota")}),
    ("warmup", {"messages": said("Warmup")}),
    ("title", {"tools": [], "system": "Generate a concise title for this session."}),
    ("subagent", {"system": [{"type": "text", "text": "You are an agent for Claude Code."}]}),
    ("command_prefix", {"tools": [], "system": "process Bash commands that an AI coding agent wants to run"}),
    ("helper", {"tools": [], "system": "Something new."}),
]


@pytest.mark.parametrize(("role", "body"), BESIDE, ids=[role for role, _ in BESIDE])
def test_what_is_beside_the_conversation_leaves_the_script_alone(
    anthropic: Start, role: str, body: dict[str, Any]
) -> None:
    """Helper calls and subagents are answered, and the list still starts at its first answer."""
    api = anthropic(["one", "two"])
    assert ask(api, **body).status == 200
    assert ask(api).text == "one"
    assert [one.role for one in api.record] == [role, "main"]


def test_helper_calls_can_be_refused(anthropic: Start) -> None:
    """`beside` answers what is not the conversation: a limit that only a title met."""
    api = anthropic("hello", beside=refusals.limit())
    assert ask(api, tools=[], system="title").status == 429
    assert ask(api).text == "hello"


def test_rules(anthropic: Start) -> None:
    """A rule sees the request; by clock, by count, by model."""
    now = [10.0]
    clock = anthropic(until(11, refusals.limit(), "back", clock=lambda: now[0]))
    count = anthropic(first(1, "one", ["two", "three"]))
    model = anthropic(by_model({"opus": refusals.limit("seven_day_opus")}, "hello"))
    assert ask(clock).status == 429
    now[0] = 11.0
    assert ask(clock).text == "back"
    assert [ask(count).text for _ in range(3)] == ["one", "two", "three"]
    assert ask(model, model="claude-opus-9").status == 429
    assert ask(model, model="claude-sonnet-9").text == "hello"


def test_strict_thinking_refuses_foreign_signatures(anthropic: Start) -> None:
    """Own signatures come back accepted; those of another server are a 400 in the API's words."""
    here, there = (anthropic(turn(Thinking("hm"), Text("x")), strict_thinking=True) for _ in range(2))
    content = ask(here).body["content"]
    history = [*said("hi"), {"role": "assistant", "content": content}, *said("go on")]
    assert ask(here, messages=history).status == 200
    refused = ask(there, messages=history)
    assert refused.status == 400
    assert refused.body["error"]["message"] == "messages.1.content.0: Invalid `signature` in `thinking` block"


def test_a_stream_that_fails_in_the_middle(anthropic: Start) -> None:
    """An error event after some deltas, and nothing after it."""
    events = ask(anthropic(breaking("word " * 40)), stream=True).events
    assert [event["type"] for event in events][-2:] == ["content_block_delta", "error"]
    assert events[-1]["error"]["type"] == "overloaded_error"


def test_a_connection_cut_in_the_middle(anthropic: Start) -> None:
    """The client sees an incomplete answer, streamed or not."""
    api = anthropic(breaking("word " * 40, Ending.CUT))
    with pytest.raises(http.client.IncompleteRead):
        ask(api, stream=True)
    with pytest.raises(http.client.RemoteDisconnected):
        ask(api)


def test_a_held_answer_waits_for_its_gate(anthropic: Start) -> None:
    """The request is recorded at once; the first byte leaves when the gate opens."""
    gate, asked, replies = threading.Event(), threading.Event(), []

    def may_go() -> bool:
        asked.set()
        return gate.is_set()

    api = anthropic(held("hello", may_go))
    client = threading.Thread(target=lambda: replies.append(ask(api)))
    client.start()
    assert asked.wait(30)
    assert [len(api.record), replies] == [1, []]
    gate.set()
    client.join()
    assert replies[0].text == "hello"


def test_stopping_does_not_wait_for_gates_or_clients() -> None:
    """A test that fails while a client hangs still ends."""
    idle: http.client.HTTPConnection
    with StandIn(held("never", lambda: False)) as api:
        idle = http.client.HTTPConnection("127.0.0.1", api.port)
        idle.request("POST", "/v1/messages", json.dumps({"tools": TOOLS, "messages": said("hi")}))
        api.record.wait(lambda all_: len(all_) == 1)
    idle.close()


def test_two_servers_share_nothing(anthropic: Start) -> None:
    """Ports, scripts and records are each server's own."""
    one, two = anthropic("one"), anthropic("two")
    assert (ask(one).text, ask(two).text) == ("one", "two")
    assert (len(one.record), len(two.record)) == (1, 1)


def test_a_hundred_clients_at_once(anthropic: Start) -> None:
    """Each gets an answer of the list, none twice."""
    api = anthropic([str(i) for i in range(100)])
    texts: list[str] = []
    clients = [threading.Thread(target=lambda: texts.append(ask(api).text)) for _ in range(100)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert sorted(texts, key=int) == [str(i) for i in range(100)]
    assert [one.number for one in api.record] == list(range(100))


def test_the_record_finds_secrets_wherever_they_were_sent(anthropic: Start) -> None:
    """In a header, in a query, in a body, escaped as JSON or not."""
    api = anthropic("hello")
    ask(api, path="/v1/messages?key=in-query", messages=said('say "in-bödy"'))
    wanted = {"made-up-token", "in-query", '"in-bödy"', "never sent"}
    assert api.record.secrets_seen(wanted) == wanted - {"never sent"}
    assert api.record.messages_posts()[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_scenarios_end_at_the_reset(anthropic: Start, name: str) -> None:
    """Every scenario can be played, and from its reset on the answer is the plain one."""
    now = [time.time()]
    api = anthropic(script(name, now[0] + 60, clock=lambda: now[0]))
    if name != "cut":  # a connection closed without an answer
        starts_well = SCENARIOS[name].kind is None or name in ("after_tool", "after_write", "max_turns")
        assert (ask(api).status == 200) == starts_well
    now[0] += 60
    assert ask(api).text == ANSWER


def test_as_a_process(tmp_path: Path) -> None:
    """Port in a file, requests recorded as lines, a gate file, and exit 0 on TERM."""
    port_file, record, gate = (tmp_path / name for name in ("port", "record", "gate"))
    options = ["--script", "five_hour", "--port-file", port_file, "--record", record, "--gate", gate]
    argv = [sys.executable, "-m", "claude_fallback.rehearsal", *map(str, options)]
    with subprocess.Popen(argv) as process:
        try:
            while not port_file.exists():
                assert process.poll() is None
            gate.touch()
            assert ask(int(port_file.read_text())).status == 429
            assert [line["role"] for line in read(str(record))] == ["main"]
        finally:
            process.terminate()
    assert process.returncode == 0
