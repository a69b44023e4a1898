"""What is at the other end: a private LiteLLM, or one that is already there."""
