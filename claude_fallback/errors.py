"""The one exception whose message is meant for the user. Only `cli.main` turns it into an exit code."""


class FallbackError(Exception):
    """An expected failure. The message says what happened and which command to type next."""

    exit_code = 1


class UsageError(FallbackError):
    """Bad input: one clear line, exit 2."""

    exit_code = 2
