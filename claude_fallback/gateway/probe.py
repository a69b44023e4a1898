"""Is the gateway ready for a run? Asked before native is given up; never raises, never hangs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from claude_fallback.gateway.http import Reply, get

START = "claude-fallback for litellm start"
RESTART = "claude-fallback for litellm restart"
SET_ENDPOINT = "claude-fallback for litellm config set endpoint URL"
ADD_MAPPING = "claude-fallback for litellm config set model NAME"


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


def probe(
    base_url: str, key: str, model: str, deadline: float = 2.0, *, key_env: str | None = "LITELLM_API_KEY"
) -> Health:
    """Ask whether `base_url` is alive, takes `key` and serves `model`, all within `deadline` seconds.

    `key_env` names the variable the key came from; None for the private LiteLLM, whose remedies differ.
    """
    ends_at = time.monotonic() + deadline
    base = base_url.rstrip("/")
    start, restart = (SET_ENDPOINT, f"export {key_env}=KEY") if key_env else (START, RESTART)
    try:
        fault = _why_not_alive(base, get(base + "/health/liveliness", {}, ends_at))
        if fault:
            return Health(False, False, False, fault, start)
        return _key_and_model(base, key, model, ends_at, restart)
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


def _why_not_alive(base: str, reply: Reply) -> str:
    """Empty when something is there; a gateway that is no LiteLLM may well answer 404."""
    if 300 <= reply.status < 400:
        where = _tame(reply.headers.get("location", "elsewhere"))
        return f"{base} redirects to {where}; redirects are not followed, because the key would go along"
    return f"{base} answers HTTP {reply.status}" if reply.status >= 500 else ""


def _key_and_model(base: str, key: str, model: str, ends_at: float, remedy: str) -> Health:
    auth = {"Authorization": f"Bearer {key}"}
    listing = get(base + "/v1/models", auth, ends_at)
    if listing.status in (404, 405):
        return Health(True, True, True, f"{base} is alive but lists no models: key and model are unchecked")
    if listing.status != 200:
        # LiteLLM without a database answers 400 to a wrong key and 500 to none at all, not 401
        return Health(True, False, False, f"{base} does not accept the key (HTTP {listing.status})", remedy)
    names = _names(listing, "id")
    if names is None:
        return Health(True, False, False, f"{base} answers, but not as a gateway does", SET_ENDPOINT)
    if _serves(model, names) or _serves_by_wildcard(base, auth, model, names, ends_at):
        return Health(True, True, True, f"{base} is ready for {model}")
    return Health(True, True, False, f"{base} does not serve {model}; it has {_some(names)}", ADD_MAPPING)


def _serves_by_wildcard(
    base: str, auth: Mapping[str, str], model: str, names: list[str], ends_at: float
) -> bool:
    """LiteLLM leaves wildcards out of `/v1/models`; `/model/info` has them. Nothing known: accepted."""
    info = get(base + "/model/info", auth, ends_at)
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
