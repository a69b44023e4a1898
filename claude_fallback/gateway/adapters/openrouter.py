"""OpenRouter: https://openrouter.ai/docs/guides/coding-agents/claude-code-integration."""

from claude_fallback.gateway.adapter import Adapter

ADAPTER = Adapter(
    name="openrouter",
    title="OpenRouter",
    about="several hundred models with one key",
    base_url="https://openrouter.ai/api",
    key_env="OPENROUTER_API_KEY",
    model="qwen/qwen3-coder",
    billed="billed to your OpenRouter account",
    key_check="v1/key",  # its list of models is public and says nothing about the key
)
