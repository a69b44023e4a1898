"""LiteLLM: one of the user's own, or the private one that `start` installs and runs."""

from claude_fallback.gateway.adapter import Adapter

ADAPTER = Adapter(
    name="litellm",
    title="LiteLLM",
    about="any model behind a LiteLLM gateway, a private one included",
    base_url=None,
    key_env="LITELLM_API_KEY",
    model="qwen2.5-coder",
    billed="billed to your gateway",
    health="health/liveliness",
)
