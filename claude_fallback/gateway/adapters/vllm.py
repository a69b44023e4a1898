"""vLLM's own /v1/messages: https://docs.vllm.ai/en/stable/serving/integrations/claude_code/."""

from claude_fallback.gateway.adapter import Adapter

ADAPTER = Adapter(
    name="vllm",
    title="vLLM",
    about="a vLLM server of yours, without LiteLLM between",
    base_url="http://127.0.0.1:8000",
    key_env="VLLM_API_KEY",
    model="qwen2.5-coder",
    billed="billed by nobody but your own server",
    keyless=True,
    health="health",
)
