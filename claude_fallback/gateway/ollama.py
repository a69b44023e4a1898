"""The models of this machine's Ollama: which there are, how much context they take, what they can.

https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import orjson

from claude_fallback.gateway.backend import Backend
from claude_fallback.gateway.http import get, post
from claude_fallback.gateway.inside.backend import tokens

OLLAMA = "http://127.0.0.1:11434"
# Ollama's own default is 4,096; claude's first request has 20,000 to 29,000 tokens. More than this costs more
# memory than many machines have
CONTEXT = 65536
PATIENCE = 2.0  # seconds for all questions together


def backends(environ: Mapping[str, str]) -> list[Backend]:
    """Every model but those for embeddings; empty when no Ollama answers."""
    base = url(environ.get("OLLAMA_HOST", ""))
    ends_at = time.monotonic() + PATIENCE
    names = [name for name in _names(base, ends_at) if "embed" not in name]
    return [backend(base, name, _shown(base, name, ends_at), environ) for name in names]


def url(host: str) -> str:
    """The address behind OLLAMA_HOST: `host`, `:port`, `host:port`, a URL, or what a server listens on."""
    if not host:
        return OLLAMA
    scheme, _, rest = host.rpartition("://")
    name, colon, port = rest.rstrip("/").rpartition(":")
    if not colon:
        name, port = rest.rstrip("/"), "11434"
    name = "127.0.0.1" if name in ("", "0.0.0.0", "[::]") else name  # noqa: S104  # a listening address, not a goal
    return f"{scheme or 'http'}://{name}:{port}"


def backend(base: str, name: str, shown: Mapping[str, Any], environ: Mapping[str, str]) -> Backend:
    """`llama3.1:8b` also goes by `llama3.1-8b` (as in the default mappings) and `llama3.1`."""
    context = num_ctx(shown, environ)
    can = shown.get("capabilities")  # told since Ollama 0.6.4
    params = {
        "model": f"ollama_chat/{name}",  # plain `ollama/` puts 77 kB of tools into the prompt as text
        "api_base": base,
        "num_ctx": context,
        "keep_alive": environ.get("OLLAMA_KEEP_ALIVE") or "30m",
        # becomes `think: true`, which most models refuse with 400
        "additional_drop_params": ["reasoning_effort"],
        "input_cost_per_token": 0,
        "output_cost_per_token": 0,
    }
    info: dict[str, object] = {"max_input_tokens": context}
    if isinstance(can, list):
        info |= {"supports_vision": "vision" in can, "supports_function_calling": "tools" in can}
    short = name.removesuffix(":latest")
    names = tuple(dict.fromkeys((short, name, short.replace(":", "-"), name.partition(":")[0])))
    return Backend(names, params, info, calls_tools=not isinstance(can, list) or "tools" in can)


def num_ctx(shown: Mapping[str, Any], environ: Mapping[str, str]) -> int:
    """Tokens: OLLAMA_CONTEXT_LENGTH (Ollama's own variable) or ours, and never more than the model knows."""
    wanted = tokens(environ.get("OLLAMA_CONTEXT_LENGTH")) or CONTEXT
    rows = shown.get("model_info")
    lengths = (rows if isinstance(rows, dict) else {}).items()
    known = [value for key, value in lengths if key.endswith(".context_length") and isinstance(value, int)]
    return min([wanted, *(length for length in known if length > 0)])


def _names(base: str, ends_at: float) -> list[str]:
    try:
        reply = get(f"{base}/api/tags", {}, ends_at)
        rows = orjson.loads(reply.body)["models"] if reply.status == 200 else []
        return [row["name"] for row in rows if row["name"].isprintable()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []  # no Ollama here


def _shown(base: str, name: str, ends_at: float) -> Mapping[str, Any]:
    """`/api/show`; empty when it says nothing of use."""
    try:
        reply = post(f"{base}/api/show", {}, orjson.dumps({"model": name}), ends_at)
        found = orjson.loads(reply.body) if reply.status == 200 else {}
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}
