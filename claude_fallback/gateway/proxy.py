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
EXCEPTIONS = ("no_proxy", "NO_PROXY")


def chosen(url: str, environ: Mapping[str, str]) -> str | None:
    """The proxy's address for `url`, None for a direct way: a loopback address never has a proxy."""
    found = named(environ)
    if found is None:
        return None
    try:
        host = (urlsplit(url).hostname or "").lower()
        if host in LOOPBACK or host.startswith("127.") or is_excepted(url, exceptions(environ)):
            return None
    except ValueError:
        return None  # no address at all: the request itself says so
    return found if "://" in found else f"http://{found}"


def named(environ: Mapping[str, str]) -> str | None:
    """The one that claude would take to wherever NO_PROXY does not say otherwise."""
    return next((environ[name] for name in _NAMES if environ.get(name)), None)


def exceptions(environ: Mapping[str, str]) -> str:
    """NO_PROXY, in the spelling that counts."""
    return next((environ[name] for name in EXCEPTIONS if environ.get(name)), "")


def is_excepted(url: str, no_proxy: str) -> bool:
    """As 2.1.330 reads NO_PROXY (run): `*`, `host` and all below it, an address, a network, any with `:port`.

    Older releases read less of it (1.0.60 nothing), so they are told the host itself, see `excepting`.
    ValueError: `url` is no address.
    """
    parts = urlsplit(url)
    host, port = (parts.hostname or "").lower(), port_of(parts)
    entries = no_proxy.lower().replace(",", " ").split()
    return any(entry == "*" or _fits(entry, host, port) for entry in entries)


def _fits(entry: str, host: str, port: int) -> bool:
    place, wanted = _with_port(entry)
    if wanted not in ("", str(port)) or not place:
        return False
    return host == place or host.endswith(f".{place}") or _within(host, place)


def _with_port(entry: str) -> tuple[str, str]:
    """(place, port): an IPv6 address has a port only behind brackets, every other colon is its own."""
    if entry.startswith("["):
        address, _, rest = entry[1:].partition("]")
        return (address, rest[1:]) if rest.startswith(":") else (address + rest, "")
    place, _, port = entry.partition(":") if entry.count(":") == 1 else (entry, "", "")
    return place.removeprefix("*.").strip("."), port


def _within(host: str, place: str) -> bool:
    """Whether an address lies in a network, or is the same one in another spelling."""
    from ipaddress import ip_address, ip_network

    try:
        return ip_address(host) in ip_network(place, strict=False)
    except ValueError:
        return False


def excepting(url: str, no_proxy: str) -> str:
    """NO_PROXY with the host of `url` in it, as every release since 1.0.100 reads it."""
    host = urlsplit(url).hostname or ""
    added = [*LOOPBACK, "[::1]"] if host in LOOPBACK else [f"[{host}]" if ":" in host else host]
    return ",".join(filter(None, [no_proxy, *added]))


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
