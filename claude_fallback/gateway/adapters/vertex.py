"""Claude on Google's Vertex AI: https://code.claude.com/docs/en/google-vertex-ai."""

from claude_fallback.gateway.adapter import Adapter, Auth

ADAPTER = Adapter(
    name="vertex",
    title="Google Vertex AI",
    about="Claude in your Google Cloud project",
    base_url=None,
    key_env="GOOGLE_APPLICATION_CREDENTIALS",
    model="sonnet",
    billed="billed to your Google Cloud project",
    auth=Auth.CLOUD,
    serves_claude=True,
    listing=None,
    env={"CLAUDE_CODE_USE_VERTEX": "1"},
    signs=("GOOGLE_APPLICATION_CREDENTIALS", "~/.config/gcloud/application_default_credentials.json"),
    needs=("ANTHROPIC_VERTEX_PROJECT_ID", "CLOUD_ML_REGION"),
)
