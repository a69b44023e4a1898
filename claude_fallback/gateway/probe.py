"""Is the gateway ready for a run? Asked before native is given up; never raises, never hangs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from urllib.parse import urljoin

from claude_fallback.gateway.adapter import Adapter, Auth
from claude_fallback.gateway.adapters.litellm import ADAPTER as LITELLM
from claude_fallback.gateway.http import Reply, get
from claude_fallback.memory.redact import one_line

_NOTHING_THERE = (404, 405)  # HTTP: the gateway has no such list


@dataclass(frozen=True)
class Remedies:
    """The commands that mend what may be wrong."""

    start: str = "claude-fallback for litellm config set endpoint URL"  # nobody answers
    key: str = "export LITELLM_API_KEY=KEY"
    model: str = "claude-fallback for litellm config set model NAME"


@dataclass(frozen=True)
class Health:
    """What is known about the gateway; `detail` is one line, `remedy` the command that mends it."""

    alive: bool
    key_accepted: bool
    model_served: bool
    detail: str
    remedy: str = ""

    @property
    def ready(self) -> bool:
        return self.alive and self.key_accepted and self.model_served


@dataclass(frozen=True)
class Endpoint:
    """Where to ask, as what, and what to tell when something is wrong."""

    base_url: str
    key: str = field(repr=False)
    adapter: Adapter = LITELLM
    remedies: Remedies = field(default_factory=Remedies)
    proxy: str | None = field(default=None, repr=False)  # it may hold a password

    def ask(self, path: str, ends_at: float, with_key: bool = True) -> Reply:
        """`v1/models` belongs to the base URL, `/models` to its host. Raises as `get` does."""
        url = urljoin(self.base_url.rstrip("/") + "/", path)
        return get(url, self._auth if with_key else {}, ends_at, self.proxy)

    @property
    def _auth(self) -> dict[str, str]:
        if self.adapter.auth is Auth.X_API_KEY:
            return {"x-api-key": self.key, "anthropic-version": "2023-06-01"}
        return {"Authorization": f"Bearer {self.key}"}


def probe(endpoint: Endpoint, model: str, deadline: float = 2.0) -> Health:
    """Ask whether it is alive, takes the key and serves `model`, all within `deadline` seconds."""
    ends_at = time.monotonic() + deadline
    base, start = endpoint.base_url.rstrip("/"), endpoint.remedies.start
    try:
        return _why_not_alive(endpoint, ends_at) or _key_and_model(endpoint, model, ends_at)
    except TimeoutError:
        return Health(False, False, False, f"{base} gave no answer within {deadline:g} s", start)
    except (OSError, ValueError) as error:
        return Health(False, False, False, f"{base} is not there: {_words(error)}", start)


def _words(error: Exception) -> str:
    """The reason, without errno."""
    return _tame(getattr(error, "strerror", None) or str(error) or type(error).__name__)


def _tame(text: str) -> str:
    """What a server says, as one short line that cannot play with the terminal."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())[:200]


def _why_not_alive(endpoint: Endpoint, ends_at: float) -> Health | None:
    """None when something is there; a gateway that is no LiteLLM may well answer 404."""
    adapter = endpoint.adapter
    if adapter.health is None:
        if not (adapter.key_check or adapter.listing):
            endpoint.ask("", ends_at, with_key=False)  # whatever it answers, somebody is there
        return None
    reply = endpoint.ask(adapter.health, ends_at, with_key=False)
    if 300 <= reply.status < 400:
        return _redirected(endpoint, reply)
    if reply.status < 500:
        return None
    detail = f"{endpoint.base_url.rstrip('/')} answers HTTP {reply.status}"
    return Health(False, False, False, detail, endpoint.remedies.start)


def _redirected(endpoint: Endpoint, reply: Reply) -> Health:
    base, where = endpoint.base_url.rstrip("/"), _tame(reply.headers.get("location", "elsewhere"))
    detail = f"{base} redirects to {where}; redirects are not followed, because the key would go along"
    return Health(False, False, False, detail, endpoint.remedies.start)


def _key_and_model(endpoint: Endpoint, model: str, ends_at: float) -> Health:
    base, adapter = endpoint.base_url.rstrip("/"), endpoint.adapter
    unchecked = Health(True, True, True, f"{base} is alive but lists no models: key and model are unchecked")
    if adapter.key_check:
        reply = endpoint.ask(adapter.key_check, ends_at)
        if reply.status not in (200, *_NOTHING_THERE):
            return _refused(endpoint, reply)
    if adapter.listing is None:
        return unchecked
    reply = endpoint.ask(adapter.listing, ends_at)
    if reply.status in _NOTHING_THERE:
        return unchecked
    if reply.status != 200:
        return _refused(endpoint, reply)
    return _served(endpoint, model, _names(reply, "id"), ends_at)


def _served(endpoint: Endpoint, model: str, names: list[str] | None, ends_at: float) -> Health:
    base, remedies = endpoint.base_url.rstrip("/"), endpoint.remedies
    if names is None:
        return Health(True, False, False, f"{base} answers, but not as a gateway does", remedies.start)
    known = endpoint.adapter.serves_claude or _serves(model, names)
    if known or _serves_by_wildcard(endpoint, model, names, ends_at):
        return Health(True, True, True, f"{base} is ready for {model}")
    return Health(True, True, False, f"{base} does not serve {model}; it has {_some(names)}", remedies.model)


def _refused(endpoint: Endpoint, reply: Reply) -> Health:
    """LiteLLM without a database answers 400 to a wrong key, and 500 to what it cannot look up, not 401.

    (1.106.2, run.) So what it says decides whether it is the key's fault or its own.
    """
    base, status, said = endpoint.base_url.rstrip("/"), reply.status, _message(reply)
    if 300 <= status < 400:
        return _redirected(endpoint, reply)
    if "budget" in said.lower() or status in (402, 429):
        detail = f"{base} has a limit of its own for this key (HTTP {status}: {said})"
        return Health(True, True, False, detail, endpoint.remedies.key)
    if "no connected db" in said.lower():
        detail = f"{base} does not accept the key (HTTP {status}: it has no database and knows one key)"
    elif status < 500 or not said or any(word in said.lower() for word in ("auth", "key")):
        detail = f"{base} does not accept the key (HTTP {status})"
    else:
        detail = f"{base} fails when it is asked for its models (HTTP {status}: {said})"
        return Health(True, False, False, detail, endpoint.remedies.start)
    return Health(True, False, False, detail, endpoint.remedies.key)


def _message(reply: Reply) -> str:
    """What an error's JSON says in its `error.message`, or `detail`; empty for anything else."""
    import orjson

    try:
        found = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return ""
    error = found.get("error", found) if isinstance(found, dict) else {}
    words = (error.get("message") or error.get("detail")) if isinstance(error, dict) else error
    return one_line(words, 120) if isinstance(words, str) else ""


def _serves_by_wildcard(endpoint: Endpoint, model: str, names: list[str], ends_at: float) -> bool:
    """LiteLLM leaves wildcards out of `/v1/models`; `/model/info` has them. Nothing known: accepted."""
    info = endpoint.ask("model/info", ends_at)
    patterns = _names(info, "model_name") if info.status == 200 else None
    if not patterns:
        return not names
    return _serves(model, patterns)


def _serves(model: str, names: list[str]) -> bool:
    return any(model == name or ("*" in name and fnmatchcase(model, name)) for name in names)


def _some(names: list[str]) -> str:
    shown = _tame(", ".join(sorted(set(names))[:5]))
    return f"{shown} and {len(set(names)) - 5} more" if len(set(names)) > 5 else shown or "no models"


def _names(reply: Reply, field: str) -> list[str] | None:
    """The names in `{"data": [{field: name}, …]}`, None when the answer has another shape."""
    import orjson

    try:
        rows = orjson.loads(reply.body)["data"]
        return list(_strings(rows, field)) if isinstance(rows, list) else None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None


def _strings(rows: list[object], field: str) -> Iterator[str]:
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get(field), str):
            yield row[field]
