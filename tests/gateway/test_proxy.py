"""A gateway behind a proxy is asked as claude would ask it."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from claude_fallback.gateway import target
from claude_fallback.gateway.probe import Endpoint, probe
from claude_fallback.gateway.proxy import chosen, excepting, is_excepted, split
from claude_fallback.memory.settings import Settings
from claude_fallback.run import room
from tests.upstreams.proxy import Proxy, proxy

Serve = Callable[..., contextlib.AbstractContextManager[int]]
CERTIFICATES = Path(__file__).parents[1] / "certificates"
P = "http://proxy.test:3128"


@pytest.mark.parametrize(
    ("url", "environ", "found"),
    [
        ("https://gw.test", {}, None),
        ("https://gw.test", {"HTTPS_PROXY": P}, P),
        ("http://gw.test", {"HTTPS_PROXY": P}, P),
        ("https://gw.test", {"http_proxy": P}, P),
        ("https://gw.test", {"ALL_PROXY": P}, P),
        ("https://gw.test", {"https_proxy": P, "HTTP_PROXY": "http://other"}, P),
        ("https://gw.test", {"HTTPS_PROXY": "", "HTTP_PROXY": "proxy.test:3128"}, P),
        ("https://gw.test", {"HTTPS_PROXY": P, "NO_PROXY": "gw.test"}, None),
        ("https://gw.test", {"HTTPS_PROXY": P, "no_proxy": "*", "NO_PROXY": "x"}, None),
        ("http://127.0.0.1:4000", {"HTTP_PROXY": P}, None),
        ("http://localhost:4000", {"HTTP_PROXY": P}, None),
        ("http://[::1]:4000", {"HTTP_PROXY": P}, None),
        ("http://127.1.2.3", {"HTTP_PROXY": P}, None),
        ("http://h:99999", {"HTTP_PROXY": P}, None),
    ],
)
def test_which_proxy(url: str, environ: dict[str, str], found: str | None) -> None:
    """Any of the variables counts for http and https alike; this machine is always reached directly."""
    assert chosen(url, environ) == found


NAME, OLD, NEW = "http://gw.example.org:8443", "http://10.9.9.9:8443", "http://[fd00::1]:8443"


@pytest.mark.parametrize(
    ("url", "no_proxy", "excepted"),
    [
        (NAME, "", False),
        (NAME, "*", True),
        (NAME, "other.org,*", True),
        (NAME, "*:8443", False),
        (NAME, "GW.example.org", True),
        (NAME, "gw.example.org.", True),
        (NAME, "example.org", True),
        (NAME, ".example.org", True),
        (NAME, "*.example.org", True),
        (NAME, ".gw.example.org", True),
        (NAME, "ample.org", False),
        (NAME, "*ample.org", False),
        (NAME, ".", False),
        (NAME, "example.org:8443", True),
        (NAME, "gw.example.org:443", False),
        (NAME, "a, b gw.example.org", True),
        (NAME, "10.0.0.0/8 ::/0", False),
        ("https://gw.example.org", "gw.example.org:443", True),
        (OLD, "10.9.9.9", True),
        (OLD, "10.9.9.9:8443", True),
        (OLD, "10.9.9.9:1", False),
        (OLD, "10.0.0.0/8", True),
        (OLD, "10.0.0.0/99", False),
        (OLD, "10.*", False),
        (OLD, "fd00::/8", False),
        (NEW, "fd00::1", True),
        (NEW, "[fd00::1]", True),
        (NEW, "[FD00:0::1]", True),
        (NEW, "fd00::2", False),
        (NEW, "fd00::/8", True),
        (NEW, "[fd00::]/8", True),
        (NEW, "fe80::/10", False),
        (NEW, "[fd00::1]:8443", True),
        (NEW, "[fd00::1]:1", False),
        (NEW, "fd00::1:8443", False),
        (NEW, "[fd00::1", True),
    ],
)
def test_exceptions(url: str, no_proxy: str, excepted: bool) -> None:
    """NO_PROXY as claude 2.1.330 reads it (run, with a proxy and a gateway that both record)."""
    assert is_excepted(url, no_proxy) is excepted


@pytest.mark.parametrize(
    ("url", "excepted"),
    [
        ("http://gw.example.org:8443", "corp,gw.example.org"),
        ("http://[fd00::1]:8443", "corp,[fd00::1]"),
        ("http://127.0.0.1:4000", "corp,127.0.0.1,localhost,::1,[::1]"),
    ],
)
def test_told_to_older_releases(url: str, excepted: str) -> None:
    """They know no networks, and an IPv6 address in brackets only (1.0.128 to 2.1.197, run)."""
    assert excepting(url, "corp") == excepted


@pytest.mark.parametrize("other", ["socks5://u:secret@proxy.test", "https://u:secret@proxy.test", "http://"])
def test_other_kinds(other: str) -> None:
    """are refused in words that hold no password, and the probe says so."""
    with pytest.raises(ValueError, match="only http:// proxies") as caught:
        split(other)
    assert "secret" not in str(caught.value)
    assert "only http://" in probe(Endpoint("https://gw.test", "k", proxy=other), "qwen").detail


@pytest.mark.parametrize("mark", ["/", "#", "?"])
def test_a_password_that_cuts_the_address(mark: str) -> None:
    """A character that should have been written %2F, %23 or %3F: no piece of the password is told."""
    found = probe(Endpoint("https://gw.test", "k", proxy=f"http://u:secret{mark}x@proxy.test"), "qwen")
    assert "secret" not in found.detail and "%2F" in found.detail


class Gateway(BaseHTTPRequestHandler):
    """Alive, with one model."""

    def do_GET(self) -> None:
        body = json.dumps({"data": [{"id": "qwen"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def serve(certificate: str = "") -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def asked_through(through: Proxy, url: str, user: str = "") -> str:
    """What the probe finds at `url`, whose name nobody could resolve."""
    address = through.url.replace("//", f"//{user}@") if user else through.url
    return probe(Endpoint(url, "sk-made-up", proxy=address), "qwen").detail


def test_plain_http() -> None:
    """The proxy is asked for the whole address, and gets its own name and password."""
    with serve() as port, proxy(port) as through:
        assert asked_through(through, "http://gateway.test:4000", "me:p%40ss") == (
            "http://gateway.test:4000 is ready for qwen"
        )
    assert through.asked[0] == "GET http://gateway.test:4000/health/liveliness HTTP/1.1"
    assert f"Proxy-Authorization: Basic {b64encode(b'me:p@ss').decode()}\r\n" in through.heads[0]


def test_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tunnel, and TLS with the gateway in it: the proxy sees neither path nor key."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "gateway.pem"))
    with serve("gateway.pem") as port, proxy(port) as through:
        assert asked_through(through, "https://gateway.test", "me:secret").endswith("is ready for qwen")
    assert set(through.asked) == {"CONNECT gateway.test:443 HTTP/1.1"}
    assert "Proxy-Authorization: Basic" in through.heads[0]
    assert not any("sk-made-up" in head for head in through.heads)


@pytest.mark.parametrize(
    ("certificate", "trusted"), [("gateway.pem", ""), ("elsewhere.pem", "elsewhere.pem")]
)
@pytest.mark.parametrize("by_proxy", [True, False])
def test_certificates(
    monkeypatch: pytest.MonkeyPatch, certificate: str, trusted: str, by_proxy: bool
) -> None:
    """One that nobody signed, or of another host, is refused before the key is shown, proxy or not."""
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / trusted))
    with serve(certificate) as port, proxy(port) as through:
        url = "https://gateway.test" if by_proxy else f"https://127.0.0.1:{port}"
        found = probe(Endpoint(url, "k", proxy=through.url if by_proxy else None), "qwen")
    assert not found.alive and "certificate" in found.detail.lower()


@pytest.mark.parametrize("url", ["http://gateway.test", "https://gateway.test"])
def test_a_proxy_that_is_not_there(url: str) -> None:
    """is told."""
    with serve() as port, proxy(port) as through:
        pass
    assert "refused" in asked_through(through, url)


def test_sizes_are_asked_through_it(environ: dict[str, str]) -> None:
    """What the models of a gateway take is asked on the same way as all the rest."""
    with serve() as port, proxy(port) as through:
        given = {**environ, "LITELLM_API_KEY": "k", "HTTPS_PROXY": through.url}
        found = target.resolve(Settings(endpoint="http://gateway.test"), given)
        assert room.with_room(found, None, 10, pytest.fail) == found
    assert through.asked == ["GET http://gateway.test/model/info HTTP/1.1"]


def test_the_settings_of_claude_choose(environ: dict[str, str]) -> None:
    """What settings.json sets beats the shell, as it does in claude."""
    config = Path(environ["HOME"], ".claude")
    config.mkdir()
    (config / "settings.json").write_text(json.dumps({"env": {"HTTPS_PROXY": P}}))
    given = {**environ, "LITELLM_API_KEY": "k", "HTTPS_PROXY": "http://other.test"}
    assert target.resolve(Settings(endpoint="http://gateway.test"), given).endpoint.proxy == P


def test_the_environment_chooses(environ: dict[str, str]) -> None:
    """A run's target carries the proxy of its environment, and never shows it."""
    settings = Settings(endpoint="https://gateway.test")
    given = {**environ, "LITELLM_API_KEY": "k", "HTTPS_PROXY": "http://u:secret@proxy.test"}
    found = target.resolve(settings, given)
    assert found.endpoint.proxy == "http://u:secret@proxy.test"
    assert "secret" not in repr(found) + repr(found.endpoint)
