"""A private LiteLLM that has ended under a run (killed, out of memory) is started again, once a prompt."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from claude_fallback.gateway import record

if TYPE_CHECKING:
    from claude_fallback.gateway.chain import Link
    from claude_fallback.gateway.target import Target


def tried(links: Sequence[Link], last: Target, environ: Mapping[str, str]) -> Collection[Link]:
    """Of the links that a prompt has been on, those that it does not go back to. `last` is where it was last;
    a second end there may be the prompt's own doing."""
    if links.count(last.link) > 1 or not _has_ended(last, environ):
        return links
    return [link for link in links if link != last.link]


def _has_ended(target: Target, environ: Mapping[str, str]) -> bool:
    """Also where another process has started the next one already: each has a key of its own."""
    if not target.private:
        return False
    running = record.running(environ)
    return running is None or running.key != target.key
