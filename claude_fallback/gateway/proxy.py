"""The proxy that claude would take to a gateway, and the words to speak with it. Pure.

Seen with a proxy that records: every release takes one for http and https addresses alike, whichever of
HTTPS_PROXY and HTTP_PROXY is set; 2.1.330 also ALL_PROXY. 2.1.330 sends plain http in the proxy's own form,
1.0.60 to 2.1.112 ask for a tunnel there, too.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import SplitResult, unquote, urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NAMES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")


def chosen(url: str, environ: Mapping[str, str]) -> str | None:
    """The proxy's address for `url`, None for a direct way: a loopback address never has a proxy."""
    found = next((environ[name] for name in _NAMES if environ.get(name)), None)
    if found is None:
        return None
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), port_of(parts)
    except ValueError:
        return None  # no address at all: the request itself says so
    passed_by = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if host in LOOPBACK or host.startswith("127.") or is_excepted(host, port, passed_by):
        return None
    return found if "://" in found else f"http://{found}"


def is_excepted(host: str, port: int, no_proxy: str) -> bool:
    """As claude reads NO_PROXY (2.1.112): `*`, `host`, `host:port`, `.domain`; commas or blanks between."""
    if no_proxy.strip() == "*":
        return True
    entries = no_proxy.lower().replace(",", " ").split()
    return any(_fits(entry, host, port) for entry in entries)


def _fits(entry: str, host: str, port: int) -> bool:
    if ":" in entry:
        return entry == f"{host}:{port}"
    return host == entry.removeprefix(".") or (entry.startswith(".") and host.endswith(entry))


def port_of(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def split(proxy: str) -> SplitResult:
    """ValueError for a kind that is not spoken here, or no address; its words hold no password."""
    try:
        parts = urlsplit(proxy)
        port_of(parts)
    except ValueError:  # its words are what stands where a port should: a piece of the password
        raise ValueError("the proxy's address is none; in its password write / # ? as %2F %23 %3F") from None
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(f"a proxy is needed, and only http:// proxies are spoken, not {parts.scheme}://")
    return parts


def authorization(proxy: SplitResult) -> dict[str, str]:
    """The header for a name and password in the address."""
    if not proxy.username:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def tunnel(parts: SplitResult, proxy: SplitResult) -> bytes:
    """The request for a tunnel to the host of `parts`."""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    place = f"{host}:{port_of(parts)}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    lines += [f"{name}: {value}" for name, value in authorization(proxy).items()]
    return "\r\n".join([*lines, "", ""]).encode()
