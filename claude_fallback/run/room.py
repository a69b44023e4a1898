"""How large a session is, and a model at the gateway that it fits: asked before it is sent there."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from claude_fallback.gateway import capacity
from claude_fallback.run import transcript

if TYPE_CHECKING:
    from claude_fallback.gateway.target import Target
    from claude_fallback.memory.store import Tell
    from claude_fallback.run.legs import PrintRun

BYTES_PER_TOKEN = 4
CLAUDES_OWN = 20_000  # tokens of the system prompt and the tools, at least (76 to 115 kB, 2.1.197)
_COUNTS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")


def with_room(target: Target, requested: str | None, tokens: int, tell: Tell) -> Target:
    """`target`, sent to a larger model when the one for `requested` is too small. NoRoomError: none is."""
    wanted = target.model_for(requested)
    contexts = capacity.contexts(target.base_url, target.key, proxy=target.proxy)
    chosen = capacity.choose(wanted, tokens, contexts)
    if chosen is None:
        largest = max(contexts, key=lambda name: contexts[name])
        raise capacity.NoRoomError(
            f"this session has about {tokens:,} tokens, and the gateway's largest model, {largest}, takes"
            f" {contexts[largest]:,}; a larger one: claude-fallback for litellm config set model NAME"
        )
    if chosen == wanted:
        return target
    tell(f"this session has about {tokens:,} tokens, too many for {wanted} ({contexts[wanted]:,})")
    return replace(target, override=chosen)


def tokens(run: PrintRun, session: str | None) -> int:
    """About how many the next request of `run` will have."""
    return of_session(run.environ, session, _prompt_bytes(run))


def of_session(environ: Mapping[str, str], session: str | None, prompt_bytes: int) -> int:
    """About how many its next request will have."""
    return estimate(transcript.last_usage(environ, session) if session else None, prompt_bytes)


def estimate(usage: Mapping[str, Any] | None, prompt_bytes: int) -> int:
    """From the newest answer's usage, and the prompt that came after it. Pure."""
    counts = [usage.get(name) for name in _COUNTS] if usage else []
    before = sum(count for count in counts if isinstance(count, int))
    return max(before, CLAUDES_OWN) + prompt_bytes // BYTES_PER_TOKEN


def _prompt_bytes(run: PrintRun) -> int:
    words = sum(len(run.invocation.argv[at]) for at in run.invocation.operands)
    if run.stdin.piped:
        return words + run.stdin.kept.size
    try:
        found = os.fstat(0)
    except OSError:
        return words
    return words + (found.st_size if stat.S_ISREG(found.st_mode) else 0)
