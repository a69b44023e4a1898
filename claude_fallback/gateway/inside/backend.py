"""What is known about the model behind a request; decides what has to be translated for it."""

from __future__ import annotations

from dataclasses import dataclass

_MISTRALS = ("stral", "xtral")  # in mistral, ministral, devstral, codestral, magistral; mixtral, pixtral
LONGEST_ID = 40  # characters of a tool call's id in OpenAI's chat completions; others take more


def tokens(told: object) -> int | None:
    """A number of tokens from a configuration or a variable, so it may be text; None for what is none."""
    text = str(told)
    return int(text) if text.isdecimal() and len(text) < 10 else None


@dataclass(frozen=True)
class Backend:
    """One deployment of LiteLLM. The defaults are those of a model about which nothing is known."""

    provider: str  # LiteLLM's word: `ollama_chat`, `openai`, `anthropic`
    model: str
    native: bool = False  # it speaks Anthropic's Messages API itself: LiteLLM translates nothing
    sees_images: bool = True
    reads_pdfs: bool = False
    searches: bool = False  # it has a web search of its own
    context: int | None = (
        None  # tokens it cuts off at in silence; None: it refuses by itself what is too long
    )
    output: int | None = None  # most tokens in one answer, where the provider refuses more

    @property
    def is_mistrals(self) -> bool:
        """Whoever serves it, the rules for messages come with the model's template."""
        return any(word in f"{self.provider}/{self.model}".lower() for word in _MISTRALS)
