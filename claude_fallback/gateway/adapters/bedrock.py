"""Claude on Amazon Bedrock, with AWS's own credentials: https://code.claude.com/docs/en/amazon-bedrock."""

from claude_fallback.gateway.adapter import claude_in_a_cloud

ADAPTER = claude_in_a_cloud(
    name="bedrock",
    title="Amazon Bedrock",
    about="Claude in your AWS account",
    key_env="AWS_BEARER_TOKEN_BEDROCK",
    billed="billed to your AWS account",
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
