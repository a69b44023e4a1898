"""claude's request for a model that is not Anthropic's."""

from __future__ import annotations

from typing import Any

import pytest

from claude_fallback.gateway.inside.backend import Backend
from claude_fallback.gateway.inside.translation import BETA_FIELDS, RefusedError, request

OTHER = Backend("openai", "gpt")
SEARCH = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "s"}


def body(**more: Any) -> dict[str, Any]:
    return {"model": "m", "max_tokens": 32000, "messages": [{"role": "user", "content": "hi"}], **more}


def test_beta_fields_are_dropped() -> None:
    """Each of them, where it was sent; nothing else is."""
    changed = request(body(**{name: {"x": 1} for name in BETA_FIELDS}, temperature=1), OTHER)
    assert {name for name, value in changed.items() if value is None} == {*BETA_FIELDS, "tools", "system"}
    assert "temperature" not in changed


def test_anthropics_own_format_is_kept() -> None:
    """A backend that speaks the Messages API gets thinking, betas and server tools as they are."""
    messages = [{"role": "assistant", "content": [THOUGHT, {"type": "text", "text": "a"}]}]
    given = body(messages=messages, tools=[SEARCH], thinking={"type": "adaptive"})
    assert request(given, Backend("anthropic", "c", native=True)) == {"system": None, "messages": messages}


def test_tools_lose_their_beta_fields() -> None:
    """Name, description and schema are what every backend knows."""
    tool = {"name": "Bash", "description": "d", "input_schema": {"type": "object"}}
    changed = request(body(tools=[{**tool, "defer_loading": True, "eager_input_streaming": True}]), OTHER)
    assert changed["tools"] == [tool]


@pytest.mark.parametrize("kind", ["web_search_20250305", "web_fetch_20250910", "code_execution_20250825"])
def test_server_tools_are_refused_aloud(kind: str) -> None:
    """A tool that only Anthropic's servers can run is an error that names it, not a silent gap."""
    with pytest.raises(RefusedError, match=r"gpt has no it: .*servers"):
        request(body(tools=[{"type": kind, "name": "it"}]), OTHER)


def test_a_model_with_a_search_of_its_own() -> None:
    """LiteLLM translates that one; the others are refused here, too."""
    searching = Backend("gemini", "g", searches=True)
    assert request(body(tools=[SEARCH]), searching)["tools"] == [SEARCH]
    with pytest.raises(RefusedError):
        request(body(tools=[{"type": "code_execution_20250825", "name": "x"}]), searching)


@pytest.mark.parametrize(("limit", "asked"), [(8192, 8192), (64000, None), (None, None)])
def test_answer_no_longer_than_the_model_allows(limit: int | None, asked: int | None) -> None:
    """claude asks for 32,000 tokens; a provider that allows fewer would refuse."""
    assert request(body(), Backend("x", "m", output=limit)).get("max_tokens") == asked


def test_too_long_for_a_model_that_cuts() -> None:
    """Ollama cuts in silence, so the request is refused in the words on which claude compacts."""
    small = Backend("ollama_chat", "q", context=8000)
    request(body(system="x" * 20000), small)
    with pytest.raises(RefusedError, match=r"prompt is too long: 1\d{4} tokens > 7000 maximum"):
        request(body(system="x" * 40000), small)


def test_files_by_what_the_model_can() -> None:
    """Pictures stay unless it is known to be blind; documents go unless it is known to read them."""
    content: list[dict[str, object]] = [{"type": kind, "source": {}} for kind in ("image", "document")]
    messages = [{"role": "user", "content": content}]

    def kinds(backend: Backend) -> list[str]:
        return [
            block["type"] for block in request(body(messages=messages), backend)["messages"][0]["content"]
        ]

    assert kinds(OTHER) == ["image", "text"]
    assert kinds(Backend("x", "m", sees_images=False, reads_pdfs=True)) == ["text", "document"]


@pytest.mark.parametrize(
    ("provider", "model", "mistrals"),
    [
        ("mistral", "any", True),
        ("hosted_vllm", "mistralai/Devstral-Small-2507", True),
        ("openai", "gpt", False),
    ],
)
def test_mistrals_rules(provider: str, model: str, mistrals: bool) -> None:
    """Whoever serves the model: ids of nine characters, and an answer behind each tool."""
    messages = [
        {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_01", "name": "n", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_01", "content": "r"},
                                     {"type": "text", "text": "and"}]},
    ]  # fmt: skip
    sent = request(body(messages=messages), Backend(provider, model))["messages"]
    assert [message["role"] for message in sent] == ["assistant", "user", *["assistant", "user"] * mistrals]
    assert (sent[0]["content"][0]["id"] != "toolu_01") is mistrals
    assert sent[0]["content"][0]["id"] == sent[1]["content"][0]["tool_use_id"]
