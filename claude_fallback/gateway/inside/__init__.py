"""What runs inside the private LiteLLM's process, in its own environment.

It is copied beside LiteLLM's configuration, as `claude_fallback_inside`. So nothing here imports anything of
ours but its neighbours, and only `serve`, `callback` and `parallel_calls` import LiteLLM.
"""
