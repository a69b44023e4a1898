"""Anthropic's API with the user's own pay-as-you-go key: never taken unless connected or chained by name."""

from claude_fallback.gateway.adapter import Adapter, Auth

ADAPTER = Adapter(
    name="anthropic",
    title="Anthropic's API",
    about="Claude itself, paid by the token with your own API key",
    base_url="https://api.anthropic.com",
    key_env="ANTHROPIC_API_KEY",
    model="sonnet",
    billed="billed to your Anthropic API key",
    auth=Auth.X_API_KEY,
    serves_claude=True,
)
