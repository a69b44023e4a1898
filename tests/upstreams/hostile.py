"""A server of a few lines, as friendly or hostile as a test says."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"
Behaviour = Callable[[socket.socket, str, threading.Event], None]


@contextmanager
def serving(behave: Behaviour) -> Iterator[tuple[str, list[str]]]:
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


def drip(connection: socket.socket, head: str, stopping: threading.Event) -> None:
    while not stopping.wait(0.05):
        connection.sendall(b"H")


def drip_body(connection: socket.socket, head: str, stopping: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    drip(connection, head, stopping)


def endless(connection: socket.socket, head: str, stopping: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not stopping.is_set():
        connection.sendall(b"x" * 65536)


def endless_head(connection: socket.socket, head: str, stopping: threading.Event) -> None:
    while not stopping.is_set():
        connection.sendall(b"X-Header: " + b"x" * 65000 + b"\r\n")


STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


def comments(connection: socket.socket, head: str, stopping: threading.Event) -> None:
    connection.sendall(STREAM)
    while not stopping.wait(0.2):
        connection.sendall(b": processing\n\n")


def empty_words(connection: socket.socket, head: str, stopping: threading.Event) -> None:
    message = {"id": "m", "type": "message", "role": "assistant", "content": [], "model": "m",
               "usage": {"input_tokens": 1, "output_tokens": 1}}  # fmt: skip
    connection.sendall(STREAM + event("message_start", message=message))
    connection.sendall(event("content_block_start", index=0, content_block={"type": "text", "text": ""}))
    while not stopping.wait(0.2):
        connection.sendall(event("content_block_delta", index=0, delta={"type": "text_delta", "text": ""}))


def event(kind: str, **content: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **content})}\n\n".encode()


def silent(connection: socket.socket, head: str, stopping: threading.Event) -> None:
    stopping.wait()


def reset(connection: socket.socket, head: str, stopping: threading.Event) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
