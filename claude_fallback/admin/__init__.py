"""Our own commands, `claude-fallback for ADAPTER ACTION …`: click at the edge, one verb per file."""

from collections.abc import Mapping

from claude_fallback.boundary import guard


def main(argv: list[str], environ: Mapping[str, str]) -> int:
    """`argv` is what follows `for`. Never raises; the exit code."""
    return guard(lambda: _run(argv, environ), environ)


def _run(argv: list[str], environ: Mapping[str, str]) -> int:
    from claude_fallback.errors import UsageError
    from claude_fallback.gateway import adapters

    if not argv or argv[0] in ("-h", "--help"):
        from claude_fallback.admin.overview import overview

        return overview(environ)
    if argv[0] not in adapters.names():
        names = ", ".join(adapters.names())
        raise UsageError(f"there is no adapter called {argv[0]!r}; there are: {names}")
    from claude_fallback.admin.group import run

    return run(argv[0], argv[1:], {**environ, adapters.CHOSEN: argv[0]})
