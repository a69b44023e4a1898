"""Ids of tool calls that both sides take. Pure.

Anthropic takes `^[a-zA-Z0-9_-]+$` only (the words of its error), and a session goes back there one day; Kimi
makes `functions.Bash:0`. LiteLLM 1.106.2 cleans ids on the way to a model, but not on the way to claude.
"""

from __future__ import annotations

import hashlib
import re

_STRANGE = re.compile(r"[^a-zA-Z0-9_-]")
_NINE = re.compile(r"[a-zA-Z0-9]{9}")
_SIGNATURE = "__thought__"  # LiteLLM appends Gemini's, in base64, and drops it again on the way back


def outward(given: str) -> str:
    """The id as claude gets it; the one that LiteLLM would make of it when it comes back."""
    return _STRANGE.sub("_", given.partition(_SIGNATURE)[0]) or "tool_use_id"


def nine(known: str) -> str:
    """Mistral's form, "a-z, A-Z, 0-9, with a length of 9" in the words of its error."""
    return known if _NINE.fullmatch(known) else hashlib.sha256(known.encode()).hexdigest()[:9]


def inward(known: str, longest: int) -> str:
    """The id as the backend gets it: one that is too long for it is shortened, always in the same way."""
    return known if len(known) <= longest else "call_" + hashlib.sha256(known.encode()).hexdigest()[:24]
