"""A provider's error in words that claude understands. Pure.

On `prompt is too long: N tokens > M maximum` claude compacts the conversation (2.1.330, run; 2.0.42 ends). On
``input length and `max_tokens` exceed context limit: A + B > C`` it asks for a shorter answer. Both are
Anthropic's own words.
"""

from __future__ import annotations

import re

_N = r"(\d[\d,]*)"
# vLLM, older OpenAI: the limit, the whole, the prompt's part, the answer's part
_SPLIT = re.compile(
    rf"maximum context length is {_N} tokens.*?requested {_N} tokens"
    rf" \({_N} (?:in the messages|in your prompt).*?{_N} (?:in|for) the (?:completion|output)",
    re.DOTALL,
)
_KNOWN = (
    r"prompt is too long: USED tokens > LIMIT maximum",  # Anthropic
    r"maximum context length is LIMIT tokens.*?(?:resulted in|requested(?: about)?) USED tokens",  # OpenAI
    r"maximum (?:context|prompt) length is LIMIT.*?(?:contains|has) (?:at least )?USED",  # vLLM, xAI
    r"input token count \(?USED\)? exceeds the maximum number of tokens allowed \(?LIMIT",  # Gemini
    r"contains USED tokens.*?too large for model with LIMIT maximum context length",  # Mistral
    r"input \(USED tokens\) is longer than the model's context length \(LIMIT tokens\)",  # SGLang
    r"request \(USED tokens\) exceeds the available context size \(LIMIT tokens\)",  # llama.cpp
)
_PATTERNS = tuple(
    re.compile(known.replace("LIMIT", rf"(?P<limit>{_N})").replace("USED", rf"(?P<used>{_N})"), re.DOTALL)
    for known in _KNOWN
)
# The same without both numbers
_VAGUE = re.compile(
    r"ContextWindowExceededError|context_length_exceeded|maximum context length|prompt is too long"
    r"|exceeds? (?:the |this model's )?(?:available )?context (?:window|length|size)"
    r"|input is too long for requested model",
    re.IGNORECASE,
)
_CHATTER = ("\nLiteLLM: model group ", " failed with the error above.")
_HEAD = 4000  # characters that are searched: what follows may be the prompt or a page of HTML


def reworded(message: str) -> str:
    """`message`, or Anthropic's words for the same."""
    said, _, chatter = message.partition(_CHATTER[0])
    message = said.rstrip("\n") if _CHATTER[1] in chatter else message
    head = message[:_HEAD]
    split = _SPLIT.search(head)
    if split:
        limit, _, used, output = (_number(group) for group in split.groups())
        if used <= limit:
            return f"input length and `max_tokens` exceed context limit: {used} + {output} > {limit}"
        return _too_long(used, limit)
    for pattern in _PATTERNS:
        found = pattern.search(head)
        if found:
            return _too_long(_number(found["used"]), _number(found["limit"]))
    return f"prompt is too long: {message}" if _VAGUE.search(head) else message


def _too_long(used: int, limit: int) -> str:
    return f"prompt is too long: {max(used, limit + 1)} tokens > {limit} maximum"


def _number(text: str) -> int:
    return int(text.replace(",", ""))
