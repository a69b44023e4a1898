"""Moonshot (Kimi models); in China `config set endpoint https://api.moonshot.cn/anthropic`."""

from claude_fallback.gateway.adapter import Adapter

ADAPTER = Adapter(
    name="moonshot",
    title="Moonshot",
    about="Kimi models",
    base_url="https://api.moonshot.ai/anthropic",
    key_env="MOONSHOT_API_KEY",
    model="kimi-k2.5",
    billed="billed to your Moonshot account",
    listing="/v1/models",
)
