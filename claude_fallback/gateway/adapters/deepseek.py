"""DeepSeek: https://api-docs.deepseek.com/guides/anthropic_api. Unknown names get its smaller model there."""

from claude_fallback.gateway.adapter import Adapter

ADAPTER = Adapter(
    name="deepseek",
    title="DeepSeek",
    about="DeepSeek's models, from DeepSeek",
    base_url="https://api.deepseek.com/anthropic",
    key_env="DEEPSEEK_API_KEY",
    model="deepseek-v4-pro",
    families={"sonnet": "deepseek-v4-flash", "haiku": "deepseek-v4-flash"},
    billed="billed to your DeepSeek account",
    listing="/models",
)
