"""One HTTP request that ends by a deadline, whatever the server does.

`http.client` counts its timeout per read, so a server that sends a byte a second never ends; it also costs
28 ms to import.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from claude_fallback.gateway import proxy as proxies

MAX_BYTES = 1_000_000  # a model list of thousands of names stays far below this


@dataclass(frozen=True)
class Reply:
    """What a server answered; `body` is already unchunked."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


class Way:
    """Where a request goes, through which proxy, and until when."""

    def __init__(self, url: str, ends_at: float, proxy: str | None) -> None:
        self.parts, self.ends_at = urlsplit(url), ends_at
        if self.parts.scheme not in ("http", "https") or not self.parts.hostname:
            raise ValueError(f"not an http(s) URL: {url}")
        self.proxy = proxies.split(proxy) if proxy else None


def get(url: str, headers: Mapping[str, str], ends_at: float, proxy: str | None = None) -> Reply:
    """Fetch `url` until `ends_at` (monotonic seconds). Follows no redirect, reads at most MAX_BYTES.

    `proxy` is the address of one that stands between. Raises TimeoutError at the deadline, other OSErrors of
    the connection (TLS included), ValueError for an answer that is no HTTP.
    """
    return _exchange(Way(url, ends_at, proxy), "GET", headers, b"")


def post(
    url: str, headers: Mapping[str, str], body: bytes, ends_at: float, proxy: str | None = None
) -> Reply:
    """As `get`, with a JSON body."""
    more = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    return _exchange(Way(url, ends_at, proxy), "POST", {**headers, **more}, body)


def _exchange(way: Way, method: str, headers: Mapping[str, str], body: bytes) -> Reply:
    with _connected(way) as connection:
        connection.settimeout(_left(way.ends_at))
        connection.sendall(_request(way, method, headers) + body)
        return _parse(_read(connection, way.ends_at))


def _left(ends_at: float) -> float:
    seconds = ends_at - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("no answer in time")
    return seconds


def _connected(way: Way) -> socket.socket:
    first = way.proxy or way.parts
    found = _addresses(first.hostname or "", proxies.port_of(first), way.ends_at)
    connection = _connect(found, way.ends_at)
    if way.parts.scheme == "http":
        return connection
    import ssl

    try:
        connection.settimeout(_left(way.ends_at))
        if way.proxy:
            _tunnel(connection, way.proxy, way)
        return ssl.create_default_context().wrap_socket(connection, server_hostname=way.parts.hostname)
    except BaseException:
        connection.close()
        raise


def _tunnel(connection: socket.socket, proxy: SplitResult, way: Way) -> None:
    """Through the proxy to the host; that one waits for our TLS, so nothing of it is read here."""
    connection.sendall(proxies.tunnel(way.parts, proxy))
    status = _parse(_read(connection, way.ends_at, head_only=True)).status
    if status != 200:
        raise ValueError(f"the proxy {proxy.hostname} answers HTTP {status}")
    connection.settimeout(_left(way.ends_at))


def _connect(addresses: list[tuple[str, int]], ends_at: float) -> socket.socket:
    """The first address that answers: `localhost` may resolve to ::1 while the server has 127.0.0.1 only."""
    failure: OSError = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection(address, timeout=_left(ends_at))
        except OSError as error:
            failure = error
    raise failure


def _addresses(host: str, port: int, ends_at: float) -> list[tuple[str, int]]:
    """Resolve in a thread: the resolver itself knows no deadline (5 s per server and more)."""
    import threading

    found: list[tuple[str, int]] = []
    failed: list[OSError] = []

    def resolve() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend((str(row[4][0]), port) for row in rows)
        except (OSError, UnicodeError) as error:
            failed.append(error if isinstance(error, OSError) else OSError(str(error)))

    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(_left(ends_at))
    if failed:
        raise failed[0]
    if not found:
        raise TimeoutError(f"the name {host} was not resolved in time")
    return found


def _request(way: Way, method: str, headers: Mapping[str, str]) -> bytes:
    parts, host = way.parts, way.parts.netloc.rpartition("@")[2]
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    if way.proxy and parts.scheme == "http":  # the proxy answers in the host's place
        path, headers = f"http://{host}{path}", {**headers, **proxies.authorization(way.proxy)}
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += ["Accept: application/json", "Accept-Encoding: identity", "Connection: close", "", ""]
    if any("\n" in line or "\r" in line for line in lines):
        raise ValueError("a line break in a header")
    return "\r\n".join(lines).encode()


def _read(connection: socket.socket, ends_at: float, head_only: bool = False) -> bytes:
    raw = bytearray()
    while not (b"\r\n\r\n" in raw if head_only else _is_complete(raw)):
        connection.settimeout(_left(ends_at))
        piece = connection.recv(65536)
        if not piece:
            break
        raw += piece
        if len(raw) > MAX_BYTES:
            raise ValueError("the answer is too long")
    return bytes(raw)


def _is_complete(raw: bytearray) -> bool:
    """True once everything the headers promise is there; a server need not close the connection."""
    head, blank, body = bytes(raw).partition(b"\r\n\r\n")
    if not blank:
        return False
    headers = _headers(head)
    if "chunked" in headers.get("transfer-encoding", ""):
        return _unchunked(body)[1]
    length = headers.get("content-length", "")
    return length.isdigit() and len(body) >= int(length)


def _parse(raw: bytes) -> Reply:
    head, _, body = raw.partition(b"\r\n\r\n")
    words = head.split(b"\r\n", 1)[0].split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise ValueError("the answer is not HTTP")
    headers = _headers(head)
    if "chunked" in headers.get("transfer-encoding", ""):
        body, _ = _unchunked(body)
    return Reply(int(words[1]), headers, body)


def _headers(head: bytes) -> dict[str, str]:
    rows = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in rows}


def _unchunked(body: bytes) -> tuple[bytes, bool]:
    """The joined chunks, and whether the last one is there. ValueError for a size that is none."""
    whole, at = bytearray(), 0
    while (line_end := body.find(b"\r\n", at)) >= 0:
        length = int(body[at:line_end].split(b";")[0], 16)
        if length <= 0:
            return bytes(whole), True
        at = line_end + 2 + length
        whole += body[line_end + 2 : at]
        at += 2
    return bytes(whole), False
