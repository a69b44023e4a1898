"""A proxy on 127.0.0.1: every host it is asked for is one port of this machine."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


class Proxy:
    """`asked` has the first line of every connection, `heads` all of its head."""

    def __init__(self, port: int) -> None:
        """`port`: where all of it goes."""
        self.asked: list[str] = []
        self.heads: list[str] = []
        self._to = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        with contextlib.suppress(OSError):  # closed: over
            while True:
                threading.Thread(target=self._one, args=(self.listener.accept()[0],), daemon=True).start()

    def _one(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(65536)
                if not piece:
                    return
                head += piece
            line, _, rest = head.partition(b"\r\n")
            self.asked.append(line.decode())
            self.heads.append(head.decode("latin-1"))
            method, target, version = line.decode().split(" ")
            with socket.create_connection(("127.0.0.1", self._to)) as server:
                if method == "CONNECT":
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    parts = urlsplit(target)
                    query = f"?{parts.query}" if parts.query else ""
                    first = f"{method} {parts.path}{query} {version}\r\nConnection: close\r\n"
                    server.sendall(first.encode() + rest)
                _both_ways(client, server)


def _both_ways(one: socket.socket, other: socket.socket) -> None:
    while True:
        for ready in select.select([one, other], [], [])[0]:
            data = ready.recv(65536)
            if not data:
                return
            (other if ready is one else one).sendall(data)


@contextmanager
def proxy(port: int) -> Iterator[Proxy]:
    """Everything goes to `port` of this machine."""
    made = Proxy(port)
    threading.Thread(target=made.serve, daemon=True).start()
    try:
        yield made
    finally:
        with contextlib.suppress(OSError):
            made.listener.shutdown(socket.SHUT_RDWR)  # ends accept()
        made.listener.close()
