"""What must stand in the resumed session's input box so that no keystroke is lost.

What releases do at a limit (run on 1.0.60, 1.0.100, 2.0.42, 2.1.112, 2.1.197, 2.1.330): messages that were
queued while the turn ran are sent at once when it is refused, are refused too, and stand in the transcript as
`user` rows of their own, in 1.0.60 as one row with a line for each. So they are part of the conversation, and
only one that the switch overtook has to be carried. The draft stays in the box in 2.0.42 and 2.1.330; 1.0.60
and 1.0.100 empty the box when they send a queued message, 2.1.112 and 2.1.197 when they open
`/rate-limit-options`. So an empty box says nothing about a draft that was typed.

While the turn runs, Up in an empty box takes the queued messages back into it. So does Esc up to 2.0.42; in
2.1.197 and 2.1.330 it sends them at once, and the draft stays. Ctrl-C empties the box up to 2.0.42 and
interrupts the turn later. So what was submitted may stand in the box again, and only the box tells.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from claude_fallback.run.terminal.typed import TypedSoFar

_PASTED = re.compile(r"\[(?P<what>Pasted text|Image) #\d+(?: \+(?P<breaks>\d+) lines)?\]")
_IMAGE = re.compile(r".*\.(?:png|jpe?g|gif|webp)\s*", re.IGNORECASE)  # a pasted path; it becomes [Image #1]
_TAG = re.compile(r"</?[a-z-]+>")  # the transcript has `!ls` as <bash-input>ls</bash-input>
# From the beginning of a word only: tried at every letter, 100 KB without a space took minutes
_PICTURE = re.compile(r"\[Image #\d+\]|(?<!\S)(?<!\\ )(?:\\ |\S)+\.(?:png|jpe?g|gif|webp)\b", re.IGNORECASE)
_COMMAND = re.compile(r"\s*(?:!|/[^\s/]*(?:\s|$))")  # `/tmp/x.py explain` is a prompt


def carried(accepted: Sequence[str], typed: TypedSoFar, on_screen: str | None) -> str:
    """Messages that were submitted and never accepted, then the draft, each on a line of its own.

    `accepted`: the user prompts in the transcript since the one that hit the limit, that one included.
    `on_screen`: the screen's draft, None when it cannot be told. Commands are not carried: they have been
    carried out, or would be carried out twice.
    """
    waiting = [
        text for text in _waiting(accepted, typed.submitted) if _plain(text) not in _plain(on_screen or "")
    ]
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


def has_landed(text: str, on_screen: str | None) -> bool:
    """True when the box shows what was sent with `keys_for`, whole or under the name of a paste.

    No key may follow before that. Up to 2.1.112 a paste and a key that claude reads at once are both put into
    the box as it was before, so the later one replaces the earlier (run on 1.0.60, 1.0.100, 2.0.42, 2.1.112).
    """
    return on_screen is not None and bool(on_screen) and _shows(on_screen, text)


def _waiting(accepted: Sequence[str], submitted: Sequence[str]) -> list[str]:
    """The submitted texts behind the last one that was accepted: claude takes them in order.

    Each accepted line counts once; claude may have made one prompt of several.
    """
    lines = [line for text in accepted for line in _lines(text)]
    waiting: list[str] = []
    for text in submitted:
        wanted = _lines(text)
        at = next((at for at in range(len(lines)) if _stands(wanted, lines, at)), None)
        if at is None:
            waiting.append(text)
        else:
            del lines[: at + len(wanted)]
            waiting.clear()
    return [text for text in waiting if not _COMMAND.match(text)]


def _stands(wanted: list[str], lines: list[str], at: int) -> bool:
    """True when the wanted lines stand there; behind an `@` claude may have completed a file's name."""
    return at + len(wanted) <= len(lines) and all(
        lines[here].startswith(want[: want.index("@") + 1]) if "@" in want else lines[here] == want
        for here, want in enumerate(wanted, at)
    )


def _draft(typed: TypedSoFar, on_screen: str | None) -> str:
    """The typed one unless the screen contradicts it: it is exact, the screen wraps and abbreviates."""
    if on_screen is None or (typed.sure and not on_screen) or _shows(on_screen, typed.draft):
        return typed.draft
    return _PASTED.sub(lambda found: _content(found, typed.pastes), on_screen)


def _shows(on_screen: str, text: str) -> bool:
    """True when the screen's draft can be this text: spaces aside, and with pastes behind their names. A
    pattern of several `.+` would try every way to share the text between them: hours, for three pastes."""
    first, *more = map(_plain, _PASTED.sub("\0", on_screen).split("\0"))
    whole = _plain(text)
    if not more:
        return whole == first
    at = len(first)
    for piece in more[:-1]:
        place = whole.find(piece, at + 1)  # a paste is not empty
        if place < 0:
            return False
        at = place + len(piece)
    return whole.startswith(first) and whole.endswith(more[-1]) and at < len(whole) - len(more[-1])


def _content(found: re.Match[str], pastes: Sequence[str]) -> str:
    """The paste that stands behind a name, by its number of line breaks; the name when there is none. Of an
    image the path is carried: another claude would take its name for mere text."""
    sought = int(found["breaks"] or 0), found["what"] == "Image"
    kinds = {(paste.count("\n"), bool(_IMAGE.fullmatch(paste))): paste for paste in pastes}
    return kinds.get(sought, found[0])


def _lines(text: str) -> list[str]:
    lines = (_plain(_PICTURE.sub("[Image]", _TAG.sub("", line))).lstrip("!#") for line in text.split("\n"))
    return [line for line in lines if line]


def _plain(text: str) -> str:
    """Without what a screen cannot tell: spaces at a wrap, how an accent and an emoji are spelled."""
    return re.sub(r"[\s\ufe0f]+", "", unicodedata.normalize("NFC", text))
