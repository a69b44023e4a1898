"""Claude on Amazon Bedrock, with AWS's own credentials: https://code.claude.com/docs/en/amazon-bedrock."""

from claude_fallback.gateway.adapter import Adapter, Auth

ADAPTER = Adapter(
    name="bedrock",
    title="Amazon Bedrock",
    about="Claude in your AWS account",
    base_url=None,
    key_env="AWS_BEARER_TOKEN_BEDROCK",
    model="sonnet",
    billed="billed to your AWS account",
    auth=Auth.CLOUD,
    serves_claude=True,
    listing=None,
    env={"CLAUDE_CODE_USE_BEDROCK": "1"},
    signs=(
        "AWS_BEARER_TOKEN_BEDROCK",
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "~/.aws/credentials",
        "~/.aws/config",
    ),
    needs=("AWS_REGION",),
)
