"""llama-server's own /v1/messages (since late 2025; tools need --jinja). It answers to any model's name."""

from claude_fallback.gateway.adapter import Adapter

ADAPTER = Adapter(
    name="llamacpp",
    title="llama.cpp",
    about="a llama-server of yours, without LiteLLM between",
    base_url="http://127.0.0.1:8080",
    key_env="LLAMA_API_KEY",
    model="local",
    billed="nothing is billed",
    keyless=True,
    health="health",
    listing=None,
)
