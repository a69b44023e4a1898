"""Every byte goes through as it is, both ways."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.run.terminal.conftest import Terminals

PASTE = b"\x1b[200~" + b"line of a paste, \xe4\xbd\xa0\xe5\xa5\xbd\r" * 40_000 + b"\x1b[201~"
ALL_BYTES = bytes(range(256)) * 64
KEYS = {
    "every byte": ALL_BYTES,
    "a paste of a megabyte": PASTE,
    "mouse": b"\x1b[<0;10;20M\x1b[<0;10;20m\x1b[M !!" * 500,
    "kitty keyboard": b"\x1b[97;5u\x1b[127;2u\x1b[57441;1:3u" * 500,
    "focus": b"\x1b[I\x1b[O" * 500,
    "control keys": b"\x03\x1a\x1c\x04\x11\x13\x16\x0f\x7f\r\n\x00" * 200,
    "answers": b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\\x1b[?62;4c\x1b[?2026;2$y\x1b_Gi=31;OK\x1b\\" * 200,
}


@pytest.mark.parametrize("name", KEYS)
def test_keys(terminals: Terminals, name: str) -> None:
    """What is typed reaches a program that reads raw keys, to the byte; no key is a signal to us."""
    terminals.zoo.env["ZOO_KEYS"] = str(len(KEYS[name]))
    window = terminals.window()
    ours = terminals.ours(window, "keys")
    window.until(b"ready\r\n")
    window.type(KEYS[name])
    digest = window.until(rb"keys (\w+)\r\n")[1].decode()
    assert digest == hashlib.sha256(KEYS[name]).hexdigest()
    assert ours.wait(60) == 0
