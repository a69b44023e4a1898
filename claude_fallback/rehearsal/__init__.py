"""A stand-in Anthropic API that refuses as the real one does, for tests, the demo and the drill."""
