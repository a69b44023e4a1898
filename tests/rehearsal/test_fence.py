"""The fence, asked the way clients ask a proxy."""

from __future__ import annotations

import socket

import pytest

from claude_fallback.rehearsal.fence import Fence
from claude_fallback.rehearsal.server import StandIn


def ask(fence: Fence, head: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", int(fence.url.rpartition(":")[2])), timeout=30)
    connection.sendall(f"{head}\r\nHost: x\r\n\r\n".encode())
    return connection


def test_tunnels_to_this_machine() -> None:
    """A CONNECT to a loopback port is a tunnel: the request inside it is answered."""
    with Fence() as fence, StandIn("hello") as api:
        with ask(fence, f"CONNECT 127.0.0.1:{api.port} HTTP/1.1") as connection:
            assert b" 200 " in connection.recv(4096)
            connection.sendall(b"GET /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert b"200 OK" in connection.recv(4096)
        assert [one.path for one in api.record] == ["/v1/models"]
        assert fence.refused == []


@pytest.mark.parametrize(
    "head",
    [
        "CONNECT api.anthropic.com:443 HTTP/1.1",
        "GET https://api.anthropic.com/api/oauth/profile HTTP/1.1",
        "GET http://api.anthropic.com/ HTTP/1.1",
    ],
)
def test_lets_nothing_out(head: str) -> None:
    """Everything else is refused, and its host noted."""
    with Fence() as fence:
        with ask(fence, head) as connection:
            assert connection.recv(4096).startswith(b"HTTP/1.1 403 ")
        assert fence.refused == ["api.anthropic.com"]


@pytest.mark.parametrize("head", ["CONNECT 10.0.0.1:80 HTTP/1.1", "CONNECT 127.0.0.1 HTTP/1.1", "x", ""])
def test_other_places_and_nonsense(head: str) -> None:
    """Another address of the network, a missing port, no HTTP at all: no tunnel."""
    with Fence() as fence, ask(fence, head) as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 403 ")
