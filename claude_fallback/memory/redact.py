"""What must never be kept: keys and tokens in texts that others wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping

from claude_fallback.output import printable

HIDDEN = "[redacted]"

_SECRETS = (
    re.compile(r"(?<![A-Za-z0-9])sk-[A-Za-z0-9_\-.]{3,}"),  # Anthropic, OpenAI, LiteLLM
    re.compile(r"eyJ[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]+)*"),  # JSON web tokens
    re.compile(r"(?<=://)[^/\s@]+(?=@)"),  # user:password@ in an address
    re.compile(r"(?i)(?<=bearer )[^\s\"',]+"),
    re.compile(
        # from the beginning of a word only: tried at every hyphen, 60 kB of a-b-c- took half a minute
        r"(?i)(?<![\w-])[\w-]*(?:api[_-]?key|auth[_-]?token|authorization|password|secret)"
        r"[\"']?\s*[:=]\s*[\"']?(?!bearer\b|KEY\b)([^\s\"',;}]+)"
    ),
)

_SECRET_NAMES = re.compile(r"(?i)(?:key|token|secret|password|passwd|headers)$")
_SHORTEST = 6  # characters; `on` or `1` may stand anywhere


def redact(text: str) -> str:
    """The text without anything that looks like a key, a token or a password."""
    for pattern in _SECRETS:
        text = pattern.sub(_hide, text)
    return text


def without_values(text: str, environ: Mapping[str, str]) -> str:
    """`text` without what the secret variables of `environ` hold, whatever it looks like."""
    values = {
        value for name, value in environ.items() if _SECRET_NAMES.search(name) and len(value) >= _SHORTEST
    }
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return text


def one_line(text: str, limit: int = 200) -> str:
    """Redacted, safe to print, blanks folded, at most `limit` characters, writable as UTF-8 whatever bytes it
    came from."""
    head = text[: 10 * limit]  # a whole page of HTML is not worth the patterns' time
    writable = head.encode("utf-8", "replace").decode("utf-8")
    folded = redact(printable(" ".join(writable.split())))
    return folded if len(folded) <= limit else folded[: limit - 1] + "…"


def _hide(found: re.Match[str]) -> str:
    if not found.re.groups:
        return HIDDEN
    return found.group(0).removesuffix(found.group(1)) + HIDDEN
