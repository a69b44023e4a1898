"""A stand-in for Anthropic's API that answers and refuses like the real one."""
