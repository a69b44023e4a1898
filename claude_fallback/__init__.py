"""A drop-in for the `claude` command that goes on through LiteLLM when the account hits a usage limit."""

__version__ = "0.1.0"
