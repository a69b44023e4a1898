"""Claude on Google's Vertex AI: https://code.claude.com/docs/en/google-vertex-ai."""

from claude_fallback.gateway.adapter import claude_in_a_cloud

ADAPTER = claude_in_a_cloud(
    name="vertex",
    title="Google Vertex AI",
    about="Claude in your Google Cloud project",
    key_env="GOOGLE_APPLICATION_CREDENTIALS",
    billed="billed to your Google Cloud project",
    env={"CLAUDE_CODE_USE_VERTEX": "1"},
    signs=("GOOGLE_APPLICATION_CREDENTIALS", "~/.config/gcloud/application_default_credentials.json"),
    needs=("ANTHROPIC_VERTEX_PROJECT_ID", "CLOUD_ML_REGION"),
)
