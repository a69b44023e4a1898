"""The documentation as these tests read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/agent-sdk.md",
         "docs/adapters.md", "docs/team-gateway.md", "docs/commands.md",
         "docs/limit-messages.md", "docs/messages.md")  # fmt: skip
OWN_WORDS = tuple(page for page in PAGES if page not in ("docs/commands.md", "docs/limit-messages.md"))

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Shown:
    """A command of a transcript, and the lines that it prints."""

    command: str
    lines: tuple[str, ...]


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return [body for found, body in _FENCED.findall(text(page)) if found == language]


def spans(page: str) -> list[str]:
    """Inline code."""
    return _SPAN.findall(_FENCED.sub("", text(page)))


def code(page: str) -> list[str]:
    """Everything one may type: inline code, the lines of shell blocks, the commands of transcripts."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    return [*spans(page), *lines, *(shown.command for shown in transcript(page))]


def transcript(page: str) -> list[Shown]:
    return [shown for block in blocks(page, "console") for shown in _shown(block)]


def _shown(block: str) -> Iterator[Shown]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *lines = part.splitlines()
        yield Shown(command, tuple(lines))


def sources() -> Iterator[tuple[str, str]]:
    """(path in the package, text) of the product's own code."""
    package = ROOT / "claude_fallback"
    for path in sorted(package.rglob("*.py")):
        yield str(path.relative_to(package)), path.read_text(encoding="utf-8")
