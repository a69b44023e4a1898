"""What the user's terminal sends, as keys: legacy codes, kitty's, modifyOtherKeys, pastes, reports."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from enum import Enum, auto

from claude_fallback.run.terminal.sequences import Sequences


class Kind(Enum):
    TEXT = auto()
    PASTE = auto()
    ENTER = auto()
    NEWLINE = auto()  # a line break in the draft: Shift-Enter, Alt-Enter, Ctrl-J
    BACKSPACE = auto()
    LEFT = auto()
    RIGHT = auto()
    ESCAPE = auto()
    INTERRUPT = auto()  # Ctrl-C; what it does to a draft depends on the release
    SUSPEND = auto()  # Ctrl-Z; the draft stays
    SHIFT_TAB = auto()  # the next permission mode; the draft stays
    EDIT = auto()  # any other key; what it does to a draft depends on the release
    REPORT = auto()  # the terminal speaks, nobody typed: mouse, focus, answers to queries, key releases


@dataclass(frozen=True)
class Key:
    kind: Kind
    text: str = ""


_BEGIN, _END = b"\x1b[200~", b"\x1b[201~"
_PATIENCE = 0.1  # seconds after which an ESC that nothing follows was the Esc key
_SHIFT, _ALT, _CTRL, _SUPER = 1, 2, 4, 8
_CONTROLS = {3: Kind.INTERRUPT, 8: Kind.BACKSPACE, 10: Kind.NEWLINE, 13: Kind.ENTER, 26: Kind.SUSPEND,
             27: Kind.ESCAPE, 127: Kind.BACKSPACE}  # fmt: skip
_CODES = {8: Kind.BACKSPACE, 27: Kind.ESCAPE, 127: Kind.BACKSPACE}
_WITH_CONTROL = {99: Kind.INTERRUPT, 106: Kind.NEWLINE, 122: Kind.SUSPEND}  # c, j, z
_FINALS = {b"C": Kind.RIGHT, b"D": Kind.LEFT, b"Z": Kind.SHIFT_TAB}
_ANSWERS = b"IOcnRty"  # finals of focus events and of answers: attributes, status, cursor, window, modes


def is_report(sequence: bytes) -> bool:
    """Whether the terminal itself says this: an answer to a query, focus, the mouse."""
    return sequence.startswith(b"\x1b") and _key(sequence).kind is Kind.REPORT


class Keyboard:
    """Turns the stream into keys, however it was cut. It keeps what is unfinished; it never raises."""

    def __init__(self) -> None:
        self._sequences = Sequences(typed=True)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._paste: bytearray | None = None
        self._since = 0.0

    def keys(self, data: bytes, now: float) -> list[Key]:
        """The keys that are complete now (seconds, monotonic)."""
        keys = self.settle(now)
        while data:
            paste = self._paste
            data = self._outside(data, keys) if paste is None else self._inside(data, paste, keys)
        self._since = now
        return keys

    @property
    def in_paste(self) -> bool:
        """A paste has begun and not ended: a long one comes piece by piece."""
        return self._paste is not None

    def settle(self, now: float) -> list[Key]:
        """Call when nothing has come for a while: an ESC that stands alone was the Esc key."""
        if self._sequences.pending and now - self._since >= _PATIENCE:
            return [_key(self._sequences.flush())]
        return []

    def _outside(self, data: bytes, keys: list[Key]) -> bytes:
        """Read keys up to the beginning of a paste; what is behind it comes back."""
        before, begun, after = (self._sequences.flush() + data).partition(_BEGIN)
        for part in self._sequences.parts(before):
            if part[0] < 0x20 or part[0] == 0x7F:
                keys.append(_key(part))
            elif text := self._decoder.decode(part):
                keys.append(Key(Kind.TEXT, text))
        if begun:
            keys += [_key(rest)] if (rest := self._sequences.flush()) else []
            self._paste = bytearray()
        return after

    def _inside(self, data: bytes, paste: bytearray, keys: list[Key]) -> bytes:
        searched = max(0, len(paste) - len(_END))
        paste += data
        end = paste.find(_END, searched)
        if end < 0:
            return b""
        text = paste[:end].decode("utf-8", "replace")
        keys.append(Key(Kind.PASTE, text.replace("\r\n", "\n").replace("\r", "\n")))
        self._paste = None
        return bytes(paste[end + len(_END) :])


def _key(part: bytes) -> Key:
    """The key of a control character or a sequence."""
    if len(part) == 1:
        return Key(_CONTROLS.get(part[0], Kind.EDIT))
    if part in (b"\x1b\r", b"\x1b\n"):
        return Key(Kind.NEWLINE)
    introducer, final = part[1:2], part[-1:]
    if introducer in (b"]", b"P", b"X", b"^", b"_"):
        return Key(Kind.REPORT)
    if introducer == b"O":
        return Key(Kind.ENTER if final == b"M" else _FINALS.get(final, Kind.EDIT))
    return _control_sequence(part[2:-1], final) if introducer == b"[" else Key(Kind.EDIT)


def _control_sequence(body: bytes, final: bytes) -> Key:
    if body[:1] in (b"<", b"?", b">", b"=", b"M"):
        return Key(Kind.REPORT)  # mouse, and answers
    numbers = [[int(n[:9]) if n.isdigit() else 0 for n in one.split(b":")] for one in body.split(b";")]
    modifiers, event = (numbers[1] + [1])[:2] if len(numbers) > 1 else (1, 1)
    if event == 3:
        return Key(Kind.REPORT)
    if final == b"u":
        return _coded(numbers[0][0], modifiers)
    if final == b"~" and numbers[0][0] == 27 and len(numbers) == 3:
        return _coded(numbers[2][0], modifiers)
    kind = _FINALS.get(final, Kind.REPORT if final in _ANSWERS else Kind.EDIT)
    return Key(Kind.EDIT if kind in (Kind.LEFT, Kind.RIGHT) and modifiers > 1 else kind)


def _coded(code: int, modifiers: int) -> Key:
    """A key by its Unicode code; modifiers are 1 and bits: shift, alt, control, super; locks above."""
    held = max(modifiers - 1, 0) & (_SHIFT | _ALT | _CTRL | _SUPER)
    if 57441 <= code <= 57454 or 57358 <= code <= 57363:
        return Key(Kind.REPORT)  # a modifier or a lock by itself
    if code in (13, 57414):
        return Key(Kind.NEWLINE if held else Kind.ENTER)
    if held == _CTRL:
        return Key(_WITH_CONTROL.get(code, Kind.EDIT))
    if held & ~_SHIFT or not _prints(code):
        return Key(Kind.EDIT if held & ~_SHIFT else _CODES.get(code, Kind.EDIT))
    return Key(Kind.TEXT, chr(code).upper() if held else chr(code))


def _prints(code: int) -> bool:
    """Not the codes that kitty gives to keys without a character, and not half a pair."""
    return 32 <= code < 0x110000 and code != 127 and not 0xD800 <= code < 0xF900
