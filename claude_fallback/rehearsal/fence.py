"""A proxy that lets nothing out: tunnels to this machine, a refusal and a note for everything else.

Needed because an environment alone keeps no claude in: 2.0.42 asks api.anthropic.com for the account's
profile, wherever ANTHROPIC_BASE_URL points (run). Tunnels, because 1.0.60 knows no NO_PROXY and sends even
loopback requests here (run).
"""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import threading
from typing import Any
from urllib.parse import urlsplit

_HERE = ("127.0.0.1", "localhost", "[::1]")
_CHUNK = 1 << 16


class Fence:
    """`with Fence() as fence:` … HTTPS_PROXY=fence.url … `fence.refused`: the hosts asked for."""

    def __init__(self) -> None:
        self.refused: list[str] = []
        self._server = _Server(("127.0.0.1", 0), self.refused)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Fence:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False  # a tunnel ends with the claude that holds it

    def __init__(self, address: tuple[str, int], refused: list[str]) -> None:
        self.refused = refused
        super().__init__(address, _Connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is no news."""


class _Connection(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        method, _, rest = self.rfile.readline(_CHUNK).decode("latin-1").partition(" ")
        place = rest.partition(" ")[0]
        while self.rfile.readline(_CHUNK).strip():
            pass  # headers; a client sends nothing more before the tunnel is open
        host, _, port = place.rpartition(":")
        if method == "CONNECT" and host in _HERE and port.isdigit():
            self._tunnel(host.strip("[]"), int(port))
            return
        self.server.refused.append(urlsplit(place if "://" in place else f"//{place}").hostname or place)
        self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def _tunnel(self, host: str, port: int) -> None:
        with contextlib.suppress(OSError), socket.create_connection((host, port)) as other:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            to = {self.connection: other, other: self.connection}
            while True:
                for one in select.select(list(to), [], [])[0]:
                    data = one.recv(_CHUNK)
                    if not data:
                        return
                    to[one].sendall(data)
