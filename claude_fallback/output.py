"""Our words go to stderr, one prefix, one line each; a stderr that is gone never costs a run."""

import os

PREFIX = "claude-fallback: "


def say(message: str) -> None:
    """Write one line for the user to stderr."""
    try:
        os.write(2, f"{PREFIX}{printable(message)}\n".encode("utf-8", "replace"))
    except OSError:
        pass  # stderr is closed, full or has no reader: there is nobody to tell


def printable(text: str) -> str:
    """Without what plays with a terminal: others' words (a gateway's error, a model's name) are in ours."""
    return "".join(letter for letter in text if letter.isprintable() or letter in "\n\t")
