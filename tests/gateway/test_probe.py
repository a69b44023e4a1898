"""The probe tells what is wrong with a gateway, and no server can make it hang or raise."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable

import pytest

from claude_fallback.gateway import probe as probing
from claude_fallback.gateway.adapters import find
from claude_fallback.gateway.probe import Endpoint, Health, Remedies
from tests.upstreams import hostile

Gateway = Callable[[dict[str, bytes]], contextlib.AbstractContextManager[tuple[str, list[str]]]]
Serving = Callable[..., contextlib.AbstractContextManager[tuple[str, list[str]]]]

MINE = Remedies()
PRIVATE = Remedies("start it", "restart it")


def answer(body: str, status: str = "200 OK", extra: str = "") -> bytes:
    data = body.encode()
    return f"HTTP/1.1 {status}\r\n{extra}Content-Length: {len(data)}\r\n\r\n".encode() + data


def probe(
    url: str,
    key: str,
    model: str,
    deadline: float = 2.0,
    *,
    remedies: Remedies = MINE,
    adapter: str = "litellm",
) -> Health:
    return probing.probe(Endpoint(url, key, find(adapter), remedies), model, deadline)


ALIVE = {"/health/liveliness": answer('"I\'m alive!"')}
MODELS = {"/v1/models": answer('{"data": [{"id": "qwen"}, {"id": "gpt-*"}]}')}


def test_ready(gateway: Gateway) -> None:
    """Alive, key accepted, model in the list: ready; the key goes to /v1/models only, as a Bearer token."""
    with gateway({**ALIVE, **MODELS}) as (url, seen):
        health = probe(f"{url}/", "sk-made-up", "qwen")
    assert health == Health(True, True, True, f"{url} is ready for qwen")
    assert health.ready
    assert "sk-made-up" not in seen[0]
    assert "Authorization: Bearer sk-made-up\r\n" in seen[1]


def test_wildcard_in_the_list(gateway: Gateway) -> None:
    """A listed pattern serves the names it fits."""
    with gateway({**ALIVE, **MODELS}) as (url, _):
        assert probe(url, "k", "gpt-5").ready


def test_wildcard_in_model_info(gateway: Gateway) -> None:
    """LiteLLM lists no wildcards; they are found in /model/info."""
    listing = {"/v1/models": answer('{"data": []}')}
    info = {"/model/info": answer('{"data": [{"model_name": "claude-*"}]}')}
    with gateway({**ALIVE, **listing, **info}) as (url, _):
        assert probe(url, "k", "claude-opus-4-8").ready
        assert not probe(url, "k", "qwen").model_served


def test_empty_list_and_nothing_else(gateway: Gateway) -> None:
    """A gateway that says nothing about its models gets the benefit of the doubt."""
    with gateway({**ALIVE, "/v1/models": answer('{"data": []}')}) as (url, _):
        assert probe(url, "k", "qwen").ready


def test_unknown_model(gateway: Gateway) -> None:
    """The detail names what is there, the remedy the command."""
    with gateway({**ALIVE, **MODELS}) as (url, _):
        health = probe(url, "k", "llama")
    assert (health.alive, health.key_accepted, health.model_served) == (True, True, False)
    assert "does not serve llama; it has gpt-*, qwen" in health.detail
    assert health.remedy.startswith("claude-fallback for litellm config set model")


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "500 Oops"])
def test_refused_key(gateway: Gateway, status: str) -> None:
    """LiteLLM without a database answers 400 or 500 to a wrong key; others 401 or 403."""
    with gateway({**ALIVE, "/v1/models": answer("{}", status)}) as (url, _):
        health = probe(url, "wrong", "qwen", remedies=Remedies(key="export MY_KEY=KEY"))
    assert (health.alive, health.key_accepted) == (True, False)
    assert status[:3] in health.detail
    assert health.remedy == "export MY_KEY=KEY"
    assert "wrong" not in health.detail


def test_other_gateway(gateway: Gateway) -> None:
    """A gateway that is no LiteLLM (404 everywhere) counts as alive, and is said to be unchecked."""
    with gateway({}) as (url, _):
        health = probe(url, "k", "qwen")
    assert health.ready
    assert "unchecked" in health.detail


def test_remedies(gateway: Gateway) -> None:
    """Another key where the key is refused, another address where nobody answers."""
    with gateway({**ALIVE, "/v1/models": answer("{}", "400 Bad Request")}) as (url, _):
        assert probe(url, "k", "qwen", remedies=PRIVATE).remedy == "restart it"
    assert probe(url, "k", "qwen", remedies=PRIVATE).remedy == "start it"


@pytest.mark.parametrize(
    ("status", "body", "told", "remedy"),
    [
        ("400 Bad Request", '{"error": {"message": "No connected db."}}', "it has no database", "restart it"),
        ("500 Oops", "Internal Server Error", "does not accept the key (HTTP 500)", "restart it"),
        (
            "401 Unauthorized",
            '{"error": {"message": "Authentication Error"}}',
            "accept the key",
            "restart it",
        ),
        ("500 Oops", '{"error": {"message": "disk is full"}}', "fails when it is asked", "start it"),
        (
            "429 Too Many",
            '{"error": {"message": "Budget has been exceeded!"}}',
            "a limit of its own",
            "restart it",
        ),
        ("402 Pay", '{"error": {"message": "Insufficient credits"}}', "a limit of its own", "restart it"),
        ("502 Bad Gateway", '{"error": "sk-0123456789abcdef"}', "fails when it is asked", "start it"),
    ],
)
def test_why_it_refuses(gateway: Gateway, status: str, body: str, told: str, remedy: str) -> None:
    """A wrong key, a key without a database to know it, a used-up budget and a fault of its own are told
    apart, as far as LiteLLM (1.106.2) lets them; what it says is shown without its secrets."""
    with gateway({**ALIVE, "/v1/models": answer(body, status)}) as (url, _):
        health = probe(url, "k", "qwen", remedies=PRIVATE)
    assert told in health.detail and not health.ready
    assert health.remedy == remedy
    assert "sk-0123" not in health.detail


def test_a_check_of_the_key_alone(gateway: Gateway) -> None:
    """Where the list of models is public, another question shows whether the key is good."""
    public = {"/v1/models": answer('{"data": [{"id": "qwen"}]}')}
    with gateway({**public, "/v1/key": answer("{}", "401 Unauthorized")}) as (url, _):
        assert not probe(url, "k", "qwen", adapter="openrouter").key_accepted
    with gateway({**public, "/v1/key": answer("{}")}) as (url, _):
        assert probe(url, "k", "qwen", adapter="openrouter").ready


def test_anthropics_key(gateway: Gateway) -> None:
    """Anthropic wants x-api-key and its version, and claude's aliases are no names of its list."""
    with gateway({"/v1/models": answer('{"data": [{"id": "claude-sonnet-5"}]}')}) as (url, seen):
        assert probe(url, "sk-ant-1", "sonnet", adapter="anthropic").ready
    (head,) = seen
    assert "x-api-key: sk-ant-1" in head and "anthropic-version: 2023-06-01" in head
    assert "Authorization" not in head


def test_list_elsewhere(gateway: Gateway) -> None:
    """A list that lies at the host's root is found from an address with a path."""
    with gateway({"/models": answer('{"data": [{"id": "qwen"}]}')}) as (url, _):
        assert probe(f"{url}/anthropic", "k", "qwen", adapter="deepseek").ready


def test_no_list(gateway: Gateway) -> None:
    """Without a list whatever the server answers shows that it is there; nobody there is no gateway."""
    with gateway({}) as (url, _):
        assert "unchecked" in probe(url, "k", "qwen", adapter="zai").detail
    assert not probe(url, "k", "qwen", adapter="zai").alive


@pytest.mark.parametrize(
    "reply",
    [
        answer("", "301 Moved", "Location: http://127.0.0.1:1/\r\n"),
        answer("", "302 Found", "Location: https://example.org/\x1b[31m\r\n"),
        answer("", "503 Service Unavailable"),
        b"",
        b"\x00\xff\xfe garbage\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnothex\r\n0\r\n\r\n",
    ],
)
def test_not_a_gateway(gateway: Gateway, reply: bytes) -> None:
    """Redirects are not followed (the key would go along), and garbage is said to be no gateway."""
    with gateway({"/health/liveliness": reply}) as (url, seen):
        health = probe(url, "k", "qwen")
    assert not health.alive
    assert health.detail and health.remedy and "\n" not in health.detail
    assert len(seen) == 1
    assert health.detail.isprintable()


@pytest.mark.parametrize("body", ["<html>hi</html>", "[]", '{"data": 3}', "null", '{"data"', "\x00"])
def test_html_where_models_should_be(gateway: Gateway, body: str) -> None:
    """Some web server that answers 200 to everything is not a gateway."""
    page = answer(body)
    with gateway({"/health/liveliness": page, "/v1/models": page}) as (url, _):
        health = probe(url, "k", "qwen")
    assert health.alive and not health.ready
    assert "not as a gateway" in health.detail


def test_strange_rows(gateway: Gateway) -> None:
    """Rows without a name are passed over."""
    rows = '{"data": [null, 1, {}, {"id": 7}, {"id": "qwen"}]}'
    with gateway({**ALIVE, "/v1/models": answer(rows)}) as (url, _):
        assert probe(url, "k", "qwen").ready


@pytest.mark.parametrize("cut", [1, 7, 40])
def test_chunked(serving: Serving, cut: int) -> None:
    """A chunked answer is read, in whatever pieces it comes, though the connection stays open."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    whole = head + b'8\r\n{"data":\r\n12;x=y\r\n [{"id": "qwen"}]}\r\n0\r\n\r\n'

    def behave(connection: socket.socket, request: str, stopping: threading.Event) -> None:
        for begin in range(0, len(whole), cut):
            connection.sendall(whole[begin : begin + cut])
        stopping.wait()

    with serving(behave) as (url, _):
        assert probe(url, "k", "qwen").ready


@pytest.mark.parametrize(
    "behave",
    [hostile.drip, hostile.drip_body, hostile.endless, hostile.endless_head, hostile.silent, hostile.reset],
)
def test_hostile_servers(serving: Serving, behave: Callable[..., None]) -> None:
    """Slow, endless, silent and rude servers end at the deadline with a sentence."""
    with serving(behave) as (url, _):
        health = probe(url, "k", "qwen", deadline=0.5)  # a hang is for ever: the test's own limit ends it
    assert not health.alive
    assert health.detail and health.remedy


@pytest.mark.parametrize("behave", [hostile.endless, hostile.endless_head])
def test_endless_answers_are_cut(serving: Serving, behave: Callable[..., None]) -> None:
    """An endless answer ends at a size, long before a generous deadline and before our memory."""
    with serving(behave) as (url, _):
        assert "too long" in probe(url, "k", "qwen", deadline=60).detail


def test_one_deadline_for_all_steps(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is slow at every step cannot add up more than the deadline."""

    clock, passed = time.monotonic, 0

    def slow(connection: socket.socket, head: str, stopping: threading.Event) -> None:
        """Each answer takes 40 s of a clock that only the client reads."""
        nonlocal passed
        passed += 40
        connection.sendall(answer('{"data": []}'))

    monkeypatch.setattr(time, "monotonic", lambda: clock() + passed)
    with serving(slow) as (url, seen):
        health = probe(url, "k", "qwen", deadline=60)
    assert not health.ready
    assert "within 60 s" in health.detail
    assert len(seen) == 2


def test_refused_and_unresolved() -> None:
    """A closed port and a name that does not exist are told apart in words."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    assert "refused" in probe(url, "k", "qwen").detail
    assert not probe("http://no-such-host.invalid", "k", "qwen").alive


def test_full_backlog() -> None:
    """A host that never completes the connection costs the deadline, no more."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as stack:
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(listener.getsockname())
        health = probe(f"http://127.0.0.1:{listener.getsockname()[1]}", "k", "qwen", deadline=0.3)
    assert "no answer within 0.3 s" in health.detail


def test_tls_failure(gateway: Gateway) -> None:
    """A server that does not speak TLS on an https URL is a sentence, not a traceback."""
    with gateway({}) as (url, _):
        health = probe(url.replace("http:", "https:"), "k", "qwen")
    assert not health.alive
    assert health.detail


@pytest.mark.parametrize(
    "url", ["", "ftp://x", "http://", "localhost:4000", "http://[::1", "http://h:99999", "http://a b"]
)
def test_bad_urls(url: str) -> None:
    """Whatever stands in the settings, the probe answers."""
    assert not probe(url, "k", "qwen", deadline=0.5).alive


def test_line_break_in_a_key(gateway: Gateway) -> None:
    """A key with a line break cannot smuggle a header."""
    with gateway({**ALIVE, **MODELS}) as (url, seen):
        assert not probe(url, "k\r\nX-Evil: 1", "qwen").ready
    assert not any("X-Evil" in head for head in seen)
