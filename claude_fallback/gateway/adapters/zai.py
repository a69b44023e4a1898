"""Z.AI (GLM models), pay-as-you-go or its coding plan: https://docs.z.ai/devpack/tool/claude."""

from claude_fallback.gateway.adapter import Adapter

ADAPTER = Adapter(
    name="zai",
    title="Z.AI",
    about="GLM models, by the token or with its coding plan",
    base_url="https://api.z.ai/api/anthropic",
    key_env="ZAI_API_KEY",
    model="glm-5",
    families={"haiku": "glm-4.5-air"},
    billed="billed to your Z.AI account",
    listing=None,
)
