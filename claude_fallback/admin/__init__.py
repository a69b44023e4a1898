"""Our own commands, `claude-fallback for ADAPTER ACTION …`: click at the edge, one verb per file."""

from collections.abc import Mapping

from claude_fallback.boundary import guard

ADAPTERS = {"litellm": "any model behind a LiteLLM gateway, a private one included"}


def main(argv: list[str], environ: Mapping[str, str]) -> int:
    """`argv` is what follows `for`. Never raises; the exit code."""
    return guard(lambda: _run(argv, environ), environ)


def _run(argv: list[str], environ: Mapping[str, str]) -> int:
    from claude_fallback.admin.screen import show
    from claude_fallback.errors import UsageError

    if not argv or argv[0] in ("-h", "--help"):
        lines = (f"  claude-fallback for {name}   {what}" for name, what in ADAPTERS.items())
        show("Adapters (add --help for their commands):", *lines)
        return 0
    if argv[0] not in ADAPTERS:
        raise UsageError(f"there is no adapter called {argv[0]!r}; there is: {', '.join(ADAPTERS)}")
    from claude_fallback.admin.group import run

    return run(argv[0], argv[1:], environ)
