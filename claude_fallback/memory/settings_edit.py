"""Changes to `litellm_config.json` that the user asked for. Each raises when it could not be saved."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timezone

from claude_fallback import paths
from claude_fallback.errors import UsageError
from claude_fallback.memory import store
from claude_fallback.memory.moments import parsed, written
from claude_fallback.memory.settings import LITELLM, Key, Settings, expand, find, lookup, plain, put
from claude_fallback.memory.values import file_path

_RESET_AT = Key("costs-reset-at", "cost_tracking.reset_at", "", str, None, settable=False)


def assign(environ: Mapping[str, str], name: str, text: str, adapter: str = LITELLM) -> object:
    """Set one key from the user's words and return its new value; UsageError says what is accepted."""
    key = find(name, adapter)
    if not key.settable:
        raise UsageError(
            f"{key.name} is not set by hand; see: claude-fallback for {adapter} config set --help"
        )
    if key.parse is file_path and text:
        text = os.path.abspath(expand(text, environ))
    value = plain(_parsed(key, text))
    store.record(paths.config_file(environ), lambda document: put(document, key, value))
    return value


def unset(environ: Mapping[str, str], name: str, adapter: str = LITELLM) -> Key:
    """Back to the default."""
    key = find(name, adapter)
    store.record(paths.config_file(environ), lambda document: _drop(document, key))
    return key


def reset_costs(environ: Mapping[str, str], now: datetime | None = None) -> None:
    """Count anew from `now` on; the ledger keeps what it has."""
    moment = written(now or datetime.now(timezone.utc))

    def zero(document: store.Document) -> None:
        for name in ("native-claude-cost", "litellm-cost"):
            put(document, find(name), 0)
        put(document, _RESET_AT, moment)

    store.record(paths.config_file(environ), zero)


def costs_reset_at(environ: Mapping[str, str]) -> datetime:
    """When `reset-costs` was typed last; the beginning of time when never."""
    found = lookup(store.read(paths.config_file(environ), lambda _: None), _RESET_AT)
    return parsed(found) or datetime.fromtimestamp(0, timezone.utc)


def add_mapping(environ: Mapping[str, str], pair: str, defaults: Settings | None = None) -> tuple[str, str]:
    """`A:B`, split at the first colon: the gateway's names may hold colons, claude's do not.

    `defaults` names the adapter, and the mappings that it has while the file holds none.
    """
    asked, colon, served = (part.strip() for part in pair.partition(":"))
    if not (asked and colon and served):
        raise UsageError(
            f"{pair!r} is no mapping; write CLAUDE_MODEL:GATEWAY_MODEL, for example opus:llama3.1-8b"
        )
    value = {_parsed(find("model"), asked): _parsed(find("model"), served)}
    _change_mappings(environ, lambda mappings: mappings.update(value), defaults)  # type: ignore[arg-type]
    return asked, served


def remove_mapping(environ: Mapping[str, str], asked: str, defaults: Settings | None = None) -> None:
    adapter = (defaults or Settings()).adapter

    def remove(mappings: dict[str, str]) -> None:
        if mappings.pop(asked, None) is None:
            raise UsageError(
                f"{asked!r} is not mapped; see: claude-fallback for {adapter} config get model-mappings"
            )

    _change_mappings(environ, remove, defaults)


def _change_mappings(
    environ: Mapping[str, str], change: Callable[[dict[str, str]], None], defaults: Settings | None
) -> None:
    defaults = defaults or Settings()
    key = find("model-mappings", defaults.adapter)

    def apply(document: store.Document) -> None:
        found = lookup(document, key)
        mappings = dict(found if isinstance(found, dict) else defaults.model_mappings)
        change(mappings)
        put(document, key, mappings)

    store.record(paths.config_file(environ), apply)


def _parsed(key: Key, value: object) -> object:
    try:
        return key.parse(value)
    except ValueError as error:
        raise UsageError(f"{key.name} must be {error}") from None


def _drop(document: store.Document, key: Key) -> None:
    *parents, last = key.path.split(".")
    for part in parents:
        inner = document.get(part)
        if not isinstance(inner, dict):
            return
        document = inner
    document.pop(last, None)
