"""What a program has switched on in the terminal, and the bytes that switch off exactly that. Pure.

A killed claude leaves mouse reports, bracketed paste, focus reports, the kitty keyboard or the alternate
screen on; 1.0.60 and 2.0.42 leave bracketed paste on at every end.
"""

from __future__ import annotations

import re

_SEEN = re.compile(
    rb"\x1b(?:\["
    rb"(?:\?([\d;]+)([hl])"  # 1, 2: DEC private modes
    rb"|([<>])(\d*)u"  # 3, 4: the kitty keyboard: pop, push
    rb"|=(\d*)[;\d]*u"  # 5: the kitty keyboard, set
    rb"|>4;?(\d*)[mn]"  # 6: modifyOtherKeys
    rb"|(\d*) q"  # 7: the cursor's shape
    rb"|(\d*;?\d*)r)"  # 8: the scroll region
    rb"|\]9;4;(\d)[^\x07\x1b]*(?:\x07|\x1b\\)"  # 9: progress
    rb"|\]8;[^;\x07\x1b]*;([^\x07\x1b]*)(?:\x07|\x1b\\)"  # 10: a hyperlink
    rb"|\(([0AB])"  # 11: the character set
    rb"|([=>])"  # 12: the keypad
    rb"|(c))"  # 13: reset of all
)
# group of _SEEN -> the values that mean "off", and what switches it off
_STATES = {
    5: ((b"", b"0"), b"\x1b[=0u"),
    6: ((b"", b"0"), b"\x1b[>4m"),
    7: ((b"", b"0"), b"\x1b[0 q"),
    8: ((b"", b";"), b"\x1b7\x1b[r\x1b8"),  # it would move the cursor
    9: ((b"0",), b"\x1b]9;4;0\x07"),
    10: ((b"",), b"\x1b]8;;\x1b\\"),
    11: ((b"B",), b"\x1b(B"),
    12: ((b">",), b"\x1b>"),
}
_ON_FROM_THE_START = (b"7", b"8", b"25")  # autowrap, key repeat, the cursor
_ALTERNATE = (b"1049", b"1047", b"47")
_SYNCHRONIZED = b"2026"  # what comes while it is on is shown later: the first to be undone
_NO_MODE = b"1048"  # saves and restores the cursor

# The beginning of a sequence that later bytes may complete: at the last ESC, or at the one before it
_OPEN = re.compile(rb"\x1b(?:[\[(][\x20-\x3f]*|[\]PX^_][^\x07\x1b]*\x1b?)?\Z")
_STRINGS = (b"\x1b]", b"\x1bP", b"\x1bX", b"\x1b^", b"\x1b_")
_LONGEST = 4096  # bytes; a longer string is an image or a clipboard, no mode

_COLOURS = re.compile(rb"\x1b\[([\d;:]*)m")
# SGR code -> the one that takes it back
_TAKES_BACK = {
    **dict.fromkeys((*range(30, 39), *range(90, 98)), 39),
    **dict.fromkeys((*range(40, 49), *range(100, 108)), 49),
    1: 22, 2: 22, 3: 23, 4: 24, 21: 24, 5: 25, 6: 25, 7: 27, 8: 28, 9: 29, 51: 54, 52: 54, 53: 55, 58: 59,
}  # fmt: skip


class Modes:
    """`see` all that is written to the terminal, in pieces as they come."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """All is as it was, as after `undo` was written."""
        self._open = b""
        self._tail = b""
        self._changed: dict[bytes, None] = {}  # DEC private modes, in the order in which they changed
        self._pushed = {False: 0, True: 0}  # kitty keyboards, by whether on the alternate screen
        self._states: dict[int, bytes] = {}

    @property
    def alternate(self) -> bool:
        """The alternate screen is on."""
        return any(mode in self._changed for mode in _ALTERNATE)

    def see(self, data: bytes) -> None:
        self._tail = (self._tail + data[-_LONGEST:])[-_LONGEST:]
        whole = self._open + data if self._open else data
        self._open = _unfinished(whole)
        for match in _SEEN.finditer(whole):
            self._note(match, match.lastindex or 0)

    def undo(self) -> bytes:
        """Empty when nothing is on."""
        return b"".join((
            _closed(self._open),
            *(_toggle(mode) for mode in self._changed if mode == _SYNCHRONIZED),
            _pop(self._pushed[True] if self.alternate else 0),
            # what is on the alternate screen was switched on after it, and is switched off before
            *(_toggle(mode) for mode in reversed(self._changed) if mode != _SYNCHRONIZED),
            _pop(self._pushed[False]),
            *(undo for group, (off, undo) in _STATES.items() if self._states.get(group, off[0]) not in off),
            b"\x1b[m" if _coloured(self._tail) else b"",
        ))  # fmt: skip

    def _note(self, match: re.Match[bytes], kind: int) -> None:
        if kind == 2:
            for mode in match[1].split(b";"):
                self._switch(mode, match[2] == b"h")
        elif kind == 4:
            self._keyboard(match[3], match[4])
        elif kind in _STATES:
            self._states[kind] = match[kind]
        else:
            self.forget()

    def _switch(self, mode: bytes, on: bool) -> None:
        if on == (mode in _ON_FROM_THE_START) or mode == _NO_MODE:
            self._changed.pop(mode, None)
        else:
            self._changed.setdefault(mode)

    def _keyboard(self, what: bytes, number: bytes) -> None:
        pushed = self._pushed[self.alternate] + (1 if what == b">" else -int(number or b"1"))
        self._pushed[self.alternate] = max(0, pushed)


def _toggle(mode: bytes) -> bytes:
    return b"\x1b[?%s%s" % (mode, b"h" if mode in _ON_FROM_THE_START else b"l")


def _pop(keyboards: int) -> bytes:
    return b"\x1b[<%du" % keyboards if keyboards else b""


def _closed(unfinished: bytes) -> bytes:
    """What ends a sequence, so that the terminal takes the next one for one."""
    if unfinished.startswith(_STRINGS):
        return b"\x1b\\"
    return b"\x18" if unfinished else b""


def _unfinished(data: bytes) -> bytes:
    last = data.rfind(b"\x1b")
    if last < 0:
        return b""
    found = _OPEN.match(data, last)
    if last == len(data) - 1:  # the first half of a string's end?
        found = _OPEN.match(data, max(0, data.rfind(b"\x1b", 0, last))) or found
    if not found:
        return b""
    return found[0] if len(found[0]) <= _LONGEST else found[0][:2]


def _coloured(tail: bytes) -> bool:
    on: set[int] = set()
    for match in _COLOURS.finditer(tail):
        codes = [int(code.partition(b":")[0] or b"0") for code in match[1].split(b";")]
        while codes:
            code = codes.pop(0)
            if code in (38, 48, 58):
                del codes[: 2 if codes[:1] == [5] else 4 if codes[:1] == [2] else 0]
            if code == 0:
                on.clear()
            elif code in _TAKES_BACK:
                on.add(_TAKES_BACK[code])
            else:
                on.discard(code)
    return bool(on)
