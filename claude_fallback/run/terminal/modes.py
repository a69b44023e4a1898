"""What a program has switched on in the terminal, and the bytes that switch it off again. Pure.

A killed claude leaves mouse reports, bracketed paste, focus reports, the kitty keyboard or the alternate
screen on; 1.0.60 and 2.0.42 leave bracketed paste on at every end.
"""

from __future__ import annotations

import re
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# DEC private modes `?25l`, the kitty keyboard `>1u` push, `<u` pop, `=1;1u` set, modifyOtherKeys `>4;2m`.
_SEEN = re.compile(rb"\x1b\[([?<>=][\d;]*[hlum])")
_BATCH = 1 << 16  # bytes that are looked at together
# Bytes a second, and bytes that may be ahead of it; claude itself writes thousands. Of a flood that is faster
# for longer only the end is read: 100 MB take `script` 0.9 s, and to read them all would take 0.14 more.
_PACE = _AHEAD = 8_000_000
_PROGRESS = b"\x1b]9;4;"  # and its state, 0: none

_ON_FROM_THE_START = (b"7", b"8", b"25")  # autowrap, key repeat, the cursor
_ALTERNATE = (b"1049", b"1047", b"47")
_SYNCHRONIZED = b"2026"  # what comes while it is on is shown later: the first to be undone
_NO_MODE = b"1048"  # saves and restores the cursor
# Rarely used, and dear to follow: cursor shape, scroll region (at the place where the cursor is), keypad,
# character set. Reset where a program left modes on. 2.1.330 resets most of them at its own end, too.
_TIDY = b"\x1b[0 q\x1b7\x1b[r\x1b8\x1b>\x1b(B\x0f"

# Where a part of a flood was not read: reports of mouse, focus, paste and colours, autowrap, the cursor,
# the alternate screen (the cursor stays where it is), the keyboard. Does nothing where they are off.
_ALL = (
    b"\x1b[?2026l\x1b[?1;9;1000;1001;1002;1003;1004;1005;1006;1015;1016;2004;2031;2048l\x1b[?7;25h"
    b"\x1b7\x1b[?1049l\x1b[=0u\x1b[>4m"
)

# The beginning of a sequence that later bytes may complete: at the last ESC, or at the one before it
_OPEN = re.compile(rb"\x1b(?:[\[(][\x20-\x3f]*|[\]PX^_][^\x07\x1b]*\x1b?)?\Z")
_STRINGS = (b"\x1b]", b"\x1bP", b"\x1bX", b"\x1b^", b"\x1b_")
_LONGEST = 4096  # bytes; a longer string is an image or a clipboard, no mode

_LINK = rb"\x1b\]8;[^;\x07\x1b]*;([^\x07\x1b]*)(?:\x07|\x1b\\)"
_COLOURS = rb"\x1b\[([\d;:]*)m"
# SGR code -> the one that takes it back
_TAKES_BACK = {
    **dict.fromkeys((*range(30, 39), *range(90, 98)), 39),
    **dict.fromkeys((*range(40, 49), *range(100, 108)), 49),
    1: 22, 2: 22, 3: 23, 4: 24, 21: 24, 5: 25, 6: 25, 7: 27, 8: 28, 9: 29, 51: 54, 52: 54, 53: 55, 58: 59,
}  # fmt: skip


class Modes:
    """`see` all that is written to the terminal, in pieces as they come. `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.forget()

    def forget(self) -> None:
        """All is as it was, as after `undo` was written."""
        self._unread: list[bytes] = []
        self._size = 0  # of what has come since the last look
        self._since, self._ahead = self._clock(), 0.0
        self._missed = False  # a part of a flood
        self._open = self._tail = b""
        self._changed: dict[bytes, None] = {}  # DEC private modes, in the order in which they changed
        self._pushed = {False: 0, True: 0}  # kitty keyboards, by whether on the alternate screen
        self._flags = self._other_keys = self._progress = False

    def see(self, data: bytes) -> None:
        self._unread.append(data)
        self._size += len(data)
        if self._size < _BATCH:
            return
        now = self._clock()
        self._ahead = max(0.0, self._ahead + self._size - (now - self._since) * _PACE)
        self._since = now
        if self._ahead < _AHEAD:
            self._read()
        else:
            self._missed, self._open = True, b""
            self._unread, self._size = [data], 0

    def _read(self) -> None:
        data = self._unread[0] if len(self._unread) == 1 else b"".join(self._unread)
        self._unread.clear()
        self._size = 0
        self._tail = data if len(data) >= _LONGEST else self._tail[-_LONGEST:] + data
        whole = self._open + data if self._open else data
        self._open = _unfinished(whole)
        for one in _SEEN.findall(whole):
            self._note(one[:1], one[1:-1], one[-1:])
        if (at := whole.rfind(_PROGRESS)) >= 0:
            self._progress = whole[at + len(_PROGRESS) :][:1] not in (b"0", b"")

    def undo(self) -> bytes:
        """Empty when nothing is on."""
        self._read()
        modes = b"".join(self._undo_modes())
        links = re.findall(_LINK, self._tail)
        return b"".join((
            _closed(self._open),
            modes,
            _ALL if self._missed else b"",
            _TIDY if modes or self._missed else b"",
            b"\x1b[=0u" if self._flags else b"",
            b"\x1b[>4m" if self._other_keys else b"",
            _PROGRESS + b"0\x07" if self._progress else b"",
            b"\x1b]8;;\x1b\\" if links and links[-1] else b"",
            b"\x1b[m" if _coloured(self._tail) else b"",
        ))  # fmt: skip

    def _undo_modes(self) -> list[bytes]:
        """What is on the alternate screen was switched on after it, and is switched off before."""
        modes = list(reversed(self._changed))
        modes.sort(key=lambda mode: mode != _SYNCHRONIZED)
        inner = self._pushed[True] if self._on_alternate() else 0
        return [_pop(inner), *map(_toggle, modes), _pop(self._pushed[False])]

    def _note(self, kind: bytes, numbers: bytes, final: bytes) -> None:
        if kind == b"?" and final in b"hl":
            for mode in numbers.split(b";"):
                self._switch(mode, final == b"h")
        elif kind == b">" and final == b"m":
            self._other_keys = numbers not in (b"4", b"4;0") and numbers.startswith(b"4;")
        elif kind == b"=" and final == b"u":
            self._flags = numbers.partition(b";")[0] not in (b"0", b"")
        elif kind in b"<>" and final == b"u":
            self._keyboard(1 if kind == b">" else -_number(numbers or b"1"))

    def _on_alternate(self) -> bool:
        return any(mode in self._changed for mode in _ALTERNATE)

    def _switch(self, mode: bytes, on: bool) -> None:
        if on == (mode in _ON_FROM_THE_START) or mode == _NO_MODE:
            self._changed.pop(mode, None)
        else:
            self._changed.setdefault(mode)

    def _keyboard(self, pushed: int) -> None:
        screen = self._on_alternate()
        self._pushed[screen] = max(0, self._pushed[screen] + pushed)


def _number(digits: bytes) -> int:
    """0 for what is none: anything may be written to a terminal, a file of random bytes for one."""
    return int(digits) if digits.isdigit() and len(digits) < 10 else 0


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
    for match in re.finditer(_COLOURS, tail):
        codes = [_number(code.partition(b":")[0]) for code in match[1].split(b";")]
        while codes:
            code = codes.pop(0)
            if code in (38, 48, 58):
                del codes[: {5: 2, 2: 4}.get(codes[0] if codes else 0, 0)]
            if code == 0:
                on.clear()
            elif code in _TAKES_BACK:
                on.add(_TAKES_BACK[code])
            else:
                on.discard(code)
    return bool(on)
