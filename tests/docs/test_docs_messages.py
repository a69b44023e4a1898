"""docs/messages.md against what the code says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.docs import reading

_SAYING = {
    "say",
    "tell",
    "note",
    "_tell",
    "_note",
    "FallbackError",
    "ClaudeNotFoundError",
    "NotRecordedError",
    "Health",
}
_ROOMS = ("run/", "gateway/", "memory/store.py", "memory/settings.py", "boundary.py")


def said(tree: ast.AST) -> Iterator[str]:
    """The message of each call that speaks to the user, its varying parts as `…`."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and (getattr(node.func, "id", "") or getattr(node.func, "attr", "")) in _SAYING
        ):
            for value in node.args:
                yield from _message(value)


def _message(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "…" for part in value.values]
        yield "".join(map(str, parts))


def documented(page: str = "docs/messages.md") -> list[list[str]]:
    """The literal pieces of each row's message."""
    rows = re.findall(r"^\| `([^`]+)`", reading.text(page), re.MULTILINE)
    return [[piece for piece in row.split("…") if piece.strip()] for row in rows]


def fits(pieces: list[str], message: str) -> bool:
    at = 0
    for piece in pieces:
        at = message.find(piece.strip(), at)
        if at < 0:
            return False
        at += len(piece.strip())
    return True


def test_every_message_of_a_run_is_documented() -> None:
    """Whoever reads a line on stderr finds it, with what to do."""
    known = documented()
    missing = [
        f"{path}: {message}"
        for path, text in reading.sources()
        if path.startswith(_ROOMS)
        for message in said(ast.parse(text))
        if len(re.sub(r"[…\W]", "", message)) > 3 and not any(fits(pieces, message) for pieces in known)
    ]
    assert missing == []


def test_every_documented_message_is_said() -> None:
    """No row, here or in the README, explains what nothing says any more."""
    product = " ".join(_strings(text) for _, text in reading.sources())
    for row in (*documented(), *documented_in_readme()):
        assert all(piece.strip() in product for piece in row), row


def documented_in_readme() -> list[list[str]]:
    section = reading.text("README.md").partition("## Troubleshooting")[2]
    rows = re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)
    cut = [re.split(r"…|\b(?:URL|MODEL|NAME)\b|staying with claude: |: (?=Connection)", row) for row in rows]
    return [[piece for piece in row if piece.strip() and "refused" not in piece] for row in cut]


def _strings(text: str) -> str:
    """All string literals, f-strings without their varying parts."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
    return "\n".join(found)
