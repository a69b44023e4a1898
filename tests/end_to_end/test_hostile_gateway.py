"""A gateway that means harm: no run hangs or crashes, claude's words stand, no native secret goes there."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from claude_fallback.rehearsal.refusals import limit
from tests.end_to_end.conftest import GATEWAY_KEY, LOGIN, Machine, in_an_hour
from tests.upstreams import hostile
from tests.upstreams.hostile import Behaviour, serving

pytestmark = pytest.mark.claude

CERTIFICATES = Path(__file__).parents[1] / "certificates"
API_KEY = "sk-ant-api03-native-made-up"
MODELS = b'{"data": [{"id": "qwen2.5-coder"}, {"id": "qwen2.5"}, {"id": "llama3.1-8b"}]}'


def reply(body: bytes, status: str = "200 OK", kind: str = "application/json", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body


def html(connection: socket.socket, head: str, stopping: threading.Event) -> None:
    connection.sendall(reply(b"<html><body>Log in, please</body></html>", kind="text/html"))


def cut(connection: socket.socket, head: str, stopping: threading.Event) -> None:
    """In the middle of a stream, where there is one."""
    start = {"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant",
             "content": [], "model": "m", "usage": {"input_tokens": 1, "output_tokens": 1}}}  # fmt: skip
    body = f"event: message_start\ndata: {json.dumps(start)}\n\n".encode()
    connection.sendall(reply(body + b" " * 1000, kind="text/event-stream")[:-900])


def redirect(elsewhere: str) -> Behaviour:
    def behave(connection: socket.socket, head: str, stopping: threading.Event) -> None:
        path = head.split(" ")[1]
        connection.sendall(reply(b"", "307 Temporary Redirect", more=f"Location: {elsewhere}{path}\r\n"))

    return behave


def after_a_good_start(behave: Behaviour) -> Behaviour:
    """Alive, with the right key and models; hostile when it is asked for an answer."""

    def friendly(connection: socket.socket, head: str, stopping: threading.Event) -> None:
        if head.startswith("GET "):
            connection.sendall(reply(MODELS))
        else:
            behave(connection, head, stopping)

    return friendly


@pytest.fixture
def limited(machine: Callable[..., Machine]) -> Callable[[str], Machine]:
    """A claude at its limit, with every kind of native secret, and a gateway at this address."""

    def build(url: str) -> Machine:
        built = machine([limit("five_hour", in_an_hour())], LITELLM_API_KEY=GATEWAY_KEY)
        (built.config_dir / "litellm_config.json").write_text(json.dumps({"litellm_endpoint": url}))
        headers = {"ANTHROPIC_CUSTOM_HEADERS": f"x-native: {API_KEY}"}
        (built.config_dir / "settings.json").write_text(json.dumps({"env": headers}))
        return built

    return build


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another host, to which a redirect leads."""
    with serving(html) as there:
        yield there


def stays_native(machine: Machine) -> None:
    """A run and our own commands, with a gateway that must not be used."""
    run = machine.run("-p", "hello")
    assert run.returncode == 1 and b"You've hit your 5-hour limit" in run.stdout, run
    assert run.stderr.count(b"staying with claude: ") == 1, run
    test, status = machine.run("for", "litellm", "test"), machine.run("for", "litellm", "status", "--json")
    assert (test.returncode, status.returncode) == (1, 0), (test, status)
    assert json.loads(status.stdout)["gateway"]["ready"] is False
    for done in (run, test, status):
        assert b"Traceback" not in done.stderr and b"a bug of" not in done.stderr, done
        assert (done.stdout + done.stderr).decode().replace("\n", "").isprintable()
    assert not list(Path(machine.env["HOME"]).rglob("crash-*"))
    assert not machine.state.get("connected")


def got(heads: list[str], *secrets: str) -> list[str]:
    return [secret for secret in secrets for head in heads if secret in head]


@pytest.mark.parametrize(
    "behave", [html, cut, hostile.drip_body, hostile.endless], ids=lambda one: one.__name__
)
def test_before_the_switch(limited: Callable[[str], Machine], behave: Behaviour) -> None:
    """No gateway, one that never ends, one that gives a byte at a time: claude's words, within seconds."""
    with serving(behave) as (url, heads):
        stays_native(limited(url))
    assert heads and not got(heads, LOGIN, API_KEY)


def test_a_redirect_is_not_followed(
    limited: Callable[[str], Machine], elsewhere: tuple[str, list[str]]
) -> None:
    """The other host sees nothing, not even the gateway's key."""
    with serving(redirect(elsewhere[0])) as (url, heads):
        stays_native(limited(url))
    assert not got(heads, LOGIN, API_KEY) and elsewhere[1] == []


@contextlib.contextmanager
def tls(certificate: str) -> Iterator[tuple[str, list[bytes]]]:
    """A server with that certificate; the plain bytes that it got from whoever believed it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / certificate)
    got: list[bytes] = []

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(20)
                    got.append(context.wrap_socket(connection, server_side=True).recv(65536))

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", got
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize(("certificate", "trusted"), [("gateway", None), ("elsewhere", "elsewhere")])
def test_a_certificate_that_is_not_good(
    limited: Callable[[str], Machine], certificate: str, trusted: str | None
) -> None:
    """Signed by nobody, or for another host: no byte of a request is sent."""
    with tls(f"{certificate}.pem") as (url, received):
        machine = limited(url)
        if trusted:
            machine.env["SSL_CERT_FILE"] = str(CERTIFICATES / f"{trusted}.pem")
        stays_native(machine)
    assert not any(received)


@pytest.mark.parametrize("behave", [html, cut, hostile.reset], ids=lambda one: one.__name__)
def test_after_the_switch(limited: Callable[[str], Machine], behave: Behaviour) -> None:
    """It passes the probe, then harms: the run ends as claude ends it, and the gateway is named."""
    with serving(after_a_good_start(behave)) as (url, heads):
        done = limited(url).run("-p", "hello")
    assert done.returncode == 1 and b"API Error" in done.stdout, done
    assert b"that was the gateway's error" in done.stderr, done
    assert b"Traceback" not in done.stderr and b"a bug of" not in done.stderr, done
    assert not got(heads, LOGIN, API_KEY)


def test_a_redirect_after_the_switch(
    limited: Callable[[str], Machine], elsewhere: tuple[str, list[str]]
) -> None:
    """claude may follow it: what it carries there is neither the native login nor the gateway's key."""
    with serving(after_a_good_start(redirect(elsewhere[0]))) as (url, heads):
        done = limited(url).run("-p", "hello")
    assert elsewhere[1] or done.returncode == 1, done
    assert b"Traceback" not in done.stderr and b"a bug of" not in done.stderr, done
    assert not got([*heads, *elsewhere[1]], LOGIN, API_KEY)
    assert not got(elsewhere[1], GATEWAY_KEY)
