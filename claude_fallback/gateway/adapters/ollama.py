"""Ollama's own /v1/messages (since Ollama 0.14): https://docs.ollama.com/api/anthropic-compatibility."""

from claude_fallback.gateway.adapter import Adapter

ADAPTER = Adapter(
    name="ollama",
    title="Ollama",
    about="models on this machine, without LiteLLM between",
    base_url="http://127.0.0.1:11434",
    key_env="OLLAMA_API_KEY",
    model="qwen2.5-coder",
    billed="nothing is billed",
    keyless=True,
)
