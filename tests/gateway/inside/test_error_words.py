"""Providers' errors in words that claude understands."""

from __future__ import annotations

import pytest

from claude_fallback.gateway.inside.error_words import reworded


@pytest.mark.parametrize(
    ("provider", "said", "used", "limit"),
    [
        ("openai", "This model's maximum context length is 128000 tokens. However, your messages resulted in"
         " 140001 tokens (120000 in the messages, 20001 in the functions). Please reduce", 140001, 128000),
        ("openrouter", "This endpoint's maximum context length is 131072 tokens. However, you requested about"
         " 145000 tokens (140000 of text input, 5000 of tool input).", 145000, 131072),
        ("vllm", "This model's maximum context length is 32768 tokens. However, you requested 48000 tokens"
         " (40000 in the messages, 8000 in the completion).", 40000, 32768),
        ("vllm", "This model's maximum context length is 32768 tokens. However, your request has 40000 input"
         " tokens.", 40000, 32768),
        ("xai", "This model's maximum prompt length is 131072 but the request contains 140,000 tokens.",
         140000, 131072),
        ("gemini", "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
         1200000, 1048576),
        ("mistral", "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum"
         " context length", 40000, 32768),
        ("llama.cpp", "request (5000 tokens) exceeds the available context size (4096 tokens), try"
         " increasing it", 5000, 4096),
        ("anthropic", "prompt is too long: 210000 tokens > 200000 maximum", 210000, 200000),
    ],
)  # fmt: skip
def test_too_long(provider: str, said: str, used: int, limit: int) -> None:
    """The phrase on which claude compacts, with the provider's numbers, whatever LiteLLM puts around it."""
    wrapped = f"litellm.ContextWindowExceededError: {provider}Exception - {said}\nmodel=m. fallbacks=None."
    assert reworded(wrapped) == f"prompt is too long: {used} tokens > {limit} maximum"


@pytest.mark.parametrize(
    "said",
    [
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        "litellm.ContextWindowExceededError: Please reduce the length of the messages or completion.",
        "the request exceeds the available context size. try increasing the context size",
    ],
)
def test_too_long_by_nobody_knows_how_much(said: str) -> None:
    """No number is made up; the provider's words stay behind the phrase."""
    assert reworded(said) == f"prompt is too long: {said}"


def test_the_answer_does_not_fit() -> None:
    """When prompt and answer together are too long, claude shall ask for a shorter answer."""
    said = (
        "This model's maximum context length is 32768 tokens. However, you requested 46000 tokens"
        " (14000 in the messages, 32000 in the completion). Please reduce the length"
    )
    expected = "input length and `max_tokens` exceed context limit: 14000 + 32000 > 32768"
    assert reworded(said) == expected


@pytest.mark.parametrize("said", ["Invalid API key", "upstream error: max_tokens is too large: 64000", ""])
def test_other_errors_stay(said: str) -> None:
    """Only LiteLLM's own advice about its configuration is taken off."""
    chatter = "\n\nLiteLLM: model group 'm' failed with the error above. No fallback was attempted."
    assert reworded(said + chatter) == said
