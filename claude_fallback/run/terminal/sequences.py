"""A stream of terminal bytes in its parts: text, control characters, escape sequences. Both directions.

The grammar is ECMA-48's, as terminals read it: what is malformed ends early, what is unfinished waits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_GRAMMAR = rb"""[^\x00-\x1f\x7f]+                     # text, UTF-8
       | \x1b\[[0-?]*[ -/]*[@-~]                 # CSI
       | \x1b\][^\x07\x18\x1a\x1b]*(?:\x07|\x1b\\) # OSC, ended by BEL or ST
       | \x1b[PX^_][^\x18\x1a\x1b]*\x1b\\        # DCS, SOS, PM, APC, ended by ST
       | \x1b[ -/]*[0-OQ-WYZ\\`-~]               # the short ones; [ ] ^ _ P X begin long ones
       | [\x00-\x1a\x1c-\x1f\x7f]                # control characters
"""
_BEGUN = (
    rb"\x1b(?:\[[0-?]*[ -/]*"
    rb"|(?P<string>\][^\x07\x18\x1a\x1b]*|[PX^_][^\x18\x1a\x1b]*)(?P<escape>\x1b?)|[ -/]*)"
)
_OUTPUT = re.compile(_GRAMMAR, re.VERBOSE), re.compile(_BEGUN)
# only terminals send SS3 keys, Alt-Enter and X10 mouse reports: `CSI M` and three bytes; a program's is DL
_INPUT = (
    re.compile(rb"\x1b\[M[\x20-\xff]{3} | \x1bO[ -~] | \x1b[\r\n] |" + _GRAMMAR, re.VERBOSE),
    re.compile(rb"(?:\x1b\[M[\x20-\xff]{0,2}|\x1bO)\Z|" + _BEGUN),
)
_LONGEST = 512  # bytes of an unfinished sequence that are kept; a title may be long, parameters are not


class Sequences:
    """Splits between parts, however the stream was cut: no byte of a sequence is ever taken for text."""

    def __init__(self, *, typed: bool = False) -> None:
        """`typed`: what a terminal sends, else what a program writes."""
        self._part, self._begun = _INPUT if typed else _OUTPUT
        self._rest = b""

    @property
    def pending(self) -> bytes:
        """What may be the beginning of a sequence."""
        return self._rest

    def parts(self, data: bytes) -> Iterator[bytes]:
        """The parts that are complete; text may come in pieces, also inside a UTF-8 character.

        A malformed sequence is a part, too, up to the byte that cannot belong to it.
        """
        data, self._rest = self._rest + data, b""
        at = 0
        while at < len(data):
            begun = self._begun.match(data, at) if data[at] == 0x1B else None
            if begun and begun.end() == len(data):
                self._rest = _shortened(begun)
                return
            if found := self._part.match(data, at):
                end = found.end()
            else:
                end = begun.end() - len(begun["escape"] or b"") if begun else at + 1
            yield data[at:end]
            at = end

    def flush(self) -> bytes:
        """Give up waiting: what was begun, as it came."""
        rest, self._rest = self._rest, b""
        return rest


def _shortened(begun: re.Match[bytes]) -> bytes:
    """The content of a long string means nothing to us: its beginning and a possible end are enough."""
    if len(begun[0]) <= _LONGEST:
        return begun[0]
    return b"\x1b" + begun["string"][:1] + begun["escape"] if begun["string"] else b""
