"""`for` alone: the adapters, and which of them are ready on this machine."""

from __future__ import annotations

import time
from collections.abc import Mapping

from claude_fallback.admin.screen import rows, show
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import adapters, keys, record, target
from claude_fallback.gateway.adapter import Adapter
from claude_fallback.gateway.http import get
from claude_fallback.memory.settings import LITELLM

LOOK = 0.3  # seconds for a server that may or may not run on this machine


def overview(environ: Mapping[str, str]) -> int:
    """One line each. Only servers on this machine are asked, and without a key; no command is run for one."""
    found = [(name, adapters.find(name)) for name in adapters.names()]
    show("Adapters; add --help to one for its actions:")
    pairs = [(f"  claude-fallback for {name}", f"{one.about}: {_ready(one, environ)}") for name, one in found]
    show(*rows(pairs))
    return 0


def _ready(adapter: Adapter, environ: Mapping[str, str]) -> str:
    wanted = adapters.load(environ, adapter.name, tell=lambda _: None)
    if adapter.cloud:
        try:
            target.resolve(wanted, environ)
        except FallbackError as error:
            return str(error).removeprefix(f"{adapter.title} ")
        return "credentials are here"
    if adapter.name == LITELLM and target.uses_private(wanted, environ):
        return "the private one runs" if record.running(environ) else "the private one, started on need"
    if wanted.endpoint is None and adapter.name != LITELLM:
        return "no address yet"
    if not adapter.keyless:
        return "has a key" if keys.is_set(wanted, environ) else f"no {wanted.api_key_env}"
    return "answers" if _answers(str(wanted.endpoint), adapter.health or "") else "does not answer"


def _answers(url: str, path: str) -> bool:
    try:
        return get(f"{url}/{path}", {}, time.monotonic() + LOOK).status < 500
    except (OSError, ValueError):
        return False
