"""Models of providers whose key is in the environment. The key is named, never copied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from claude_fallback.gateway.backend import Backend


@dataclass(frozen=True)
class Hosted:
    """One sensible model for claude's work; `context` and `output` in tokens, where LiteLLM has none."""

    variable: str
    model: str
    context: int | None = None
    output: int | None = None


HOSTED = (
    Hosted("OPENAI_API_KEY", "openai/gpt-5.4-mini"),
    Hosted("OPENROUTER_API_KEY", "openrouter/qwen/qwen3-coder", 262144, 65536),
    Hosted("GEMINI_API_KEY", "gemini/gemini-flash-latest"),
    Hosted("DEEPSEEK_API_KEY", "deepseek/deepseek-chat"),
    Hosted("MOONSHOT_API_KEY", "moonshot/kimi-k2.5"),
    Hosted("ZAI_API_KEY", "zai/glm-4.7"),
    Hosted("XAI_API_KEY", "xai/grok-code-fast-1"),
    Hosted("MISTRAL_API_KEY", "mistral/devstral-medium-latest"),
    Hosted("GROQ_API_KEY", "groq/openai/gpt-oss-120b"),
    Hosted("CEREBRAS_API_KEY", "cerebras/gpt-oss-120b"),
    Hosted("FIREWORKS_AI_API_KEY", "fireworks_ai/accounts/fireworks/models/glm-4p6"),
    Hosted("TOGETHERAI_API_KEY", "together_ai/Qwen/Qwen3-Coder-480B-A35B-Instruct-FP8", 262144),
)
# Only when asked for: the key may lie there for another program, and every request is billed to it
ANTHROPIC = Hosted("ANTHROPIC_API_KEY", "anthropic/claude-sonnet-5")


def backends(environ: Mapping[str, str], anthropic: bool) -> Iterator[Backend]:
    """Those whose variable is set; Anthropic's pay-as-you-go key only with `anthropic`."""
    for hosted in (*HOSTED, ANTHROPIC) if anthropic else HOSTED:
        if environ.get(hosted.variable):
            params = {"model": hosted.model, "api_key": f"os.environ/{hosted.variable}"}
            info = {"max_input_tokens": hosted.context, "max_output_tokens": hosted.output}
            known = {name: value for name, value in info.items() if value is not None}
            yield Backend((hosted.model.rpartition("/")[2],), params, known)
