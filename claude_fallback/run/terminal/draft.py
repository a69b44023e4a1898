"""What must stand in the resumed session's input box so that no keystroke is lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from claude_fallback.run.terminal.typed import TypedSoFar

_PASTED = re.compile(r"\[Pasted text #(\d+)(?: \+(\d+) lines)?\]")


def carried(accepted: Sequence[str], typed: TypedSoFar, on_screen: str | None) -> str:
    """Messages that were submitted and never accepted, then the draft, each on a line of its own.

    `accepted`: the user prompts in the transcript since the one that hit the limit, that one included.
    `on_screen`: the screen's draft, None when it cannot be told.
    """
    taken = Counter(_plain(text) for text in accepted)
    waiting = []
    for text in typed.submitted:
        if taken[_plain(text)] > 0:
            taken[_plain(text)] -= 1
        elif text.strip() and not text.lstrip().startswith("/"):
            waiting.append(text)
    return "\n".join(part for part in (*waiting, _draft(typed, on_screen)) if part.strip())


def keys_for(text: str, *, pastes: bool) -> bytes:
    """Bytes that put the text into the box and submit nothing. `pastes`: claude takes bracketed pastes.

    Without them line breaks become spaces. Control characters would be keys: they are left out.
    """
    if not text:
        return b""
    clean = "".join(char for char in text if char in "\n\t" or (char >= " " and not "\x7f" <= char <= "\x9f"))
    if pastes:
        return b"\x1b[200~" + clean.encode("utf-8", "replace") + b"\x1b[201~"
    return clean.replace("\n", " ").replace("\t", " ").encode("utf-8", "replace")


def _draft(typed: TypedSoFar, on_screen: str | None) -> str:
    """The typed one when it is what the screen shows: exact, where the screen wraps; else the screen's."""
    if on_screen is None or _shows(on_screen, typed.draft):
        return typed.draft
    return _PASTED.sub(lambda found: _content(found, typed.pastes), on_screen)


def _shows(on_screen: str, text: str) -> bool:
    """True when the screen's draft can be this text: spaces aside, and with pastes behind their names."""
    pieces = [re.escape(_plain(piece)) for piece in _PASTED.sub("\0", on_screen).split("\0")]
    return re.fullmatch(".+".join(pieces), _plain(text)) is not None


def _content(found: re.Match[str], pastes: Sequence[str]) -> str:
    """The paste that stands behind a name, by its number of line breaks; the name when there is none."""
    breaks = int(found[2] or 0)
    return next((paste for paste in reversed(pastes) if paste.count("\n") == breaks), found[0])


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text)
