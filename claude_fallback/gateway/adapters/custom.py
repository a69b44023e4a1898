"""Any endpoint that speaks Anthropic's Messages API: `config set endpoint URL`, `config set model NAME`."""

from claude_fallback.gateway.adapter import Adapter

ADAPTER = Adapter(
    name="custom",
    title="your endpoint",
    about="any other URL that speaks Anthropic's Messages API",
    base_url=None,
    key_env="CUSTOM_API_KEY",
    model="default",
    billed="billed by your endpoint",
)
