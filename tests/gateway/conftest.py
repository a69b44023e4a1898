"""A server of a few lines, as friendly or hostile as a test says."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"
Behaviour = Callable[[socket.socket, str, threading.Event], None]


@contextmanager
def _serving(behave: Behaviour) -> Iterator[tuple[str, list[str]]]:
    """Run `behave(connection, request head, stopping)` for every connection; the URL and the heads seen."""
    listener = socket.create_server(("127.0.0.1", 0))
    stopping = threading.Event()
    seen: list[str] = []

    def handle(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            head = connection.recv(65536).decode("latin-1")
            if not head:
                return  # the connection that wakes accept()
            seen.append(head)
            behave(connection, head, stopping)

    def accept() -> None:
        while not stopping.is_set():
            with contextlib.suppress(OSError):
                threading.Thread(target=handle, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
    finally:
        stopping.set()
        with contextlib.suppress(OSError):  # wakes accept()
            socket.create_connection(listener.getsockname()).close()
        thread.join(5)
        listener.close()


@pytest.fixture
def serving() -> Callable[[Behaviour], contextlib.AbstractContextManager[tuple[str, list[str]]]]:
    return _serving


@pytest.fixture
def gateway() -> Callable[..., contextlib.AbstractContextManager[tuple[str, list[str]]]]:
    """`gateway({path: answer})`: each path answered with bytes, any other with 404."""

    def make(answers: dict[str, bytes]) -> contextlib.AbstractContextManager[tuple[str, list[str]]]:
        def behave(connection: socket.socket, head: str, _: threading.Event) -> None:
            path = head.split(" ")[1] if " " in head else ""
            connection.sendall(answers.get(path, NOT_FOUND))

        return _serving(behave)

    return make
