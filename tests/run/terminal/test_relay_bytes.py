"""Every byte goes through as it is, both ways, however fast and however slowly it is taken."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import select
import signal
import termios
import threading
import time
import tty
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from claude_fallback.run.terminal.observer import Careful, Nobody
from claude_fallback.run.terminal.relay import Relay
from claude_fallback.run.terminal.user_terminal import UserTerminal

if TYPE_CHECKING:
    from tests.run.terminal.conftest import Terminals

PASTE = b"\x1b[200~" + b"line of a paste, \xe4\xbd\xa0\xe5\xa5\xbd\r" * 40_000 + b"\x1b[201~"
KEYS = {
    "every byte": bytes(range(256)) * 64,
    "a paste of a megabyte": PASTE,
    "mouse": b"\x1b[<0;10;20M\x1b[<0;10;20m\x1b[M !!" * 500,
    "kitty keyboard": b"\x1b[97;5u\x1b[127;2u\x1b[57441;1:3u" * 500,
    "focus": b"\x1b[I\x1b[O" * 500,
    "control keys": b"\x03\x1a\x1c\x04\x11\x13\x16\x0f\x7f\r\n\x00" * 200,
    "answers": b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\\x1b[?62;4c\x1b[?2026;2$y\x1b_Gi=31;OK\x1b\\" * 200,
}
OUTPUT = {
    "questions": "\x1b[c\x1b[>0q\x1b]11;?\x07\x1b[?u\x1b[?2026$p\x1b[6n",
    "colours": "\x1b[38;2;1;2;3m\x1b[48;5;200mx\x1b[4:3mcurly\x1b[0m",
    "alternate screen": "\x1b[?1049h\x1b[2J\x1b[H\x1b[?1006hscreen\x1b[?1006l\x1b[?1049l",
    "title": "\x1b]0;\xe2\x9c\xb3 title\x07\x1b[22;0t\x1b[23;0t",
    "hyperlink": "\x1b]8;id=1;https://a.example/?q=1\x1b\\text\x1b]8;;\x1b\\",
    "image": "\x1bPq#0;2;0;0;0~-\x1b\\\x1b_Ga=T,f=100;" + "iVBORw0KGgo" * 9000 + "\x1b\\",
    "no UTF-8": "".join(map(chr, range(32, 256))) + "\xff\xfe\xc3(\xe2\x82",
    "wide and combining": "\xe4\xbd\xa0\xe5\xa5\xbd e\xcc\x81 \xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9",
    "line ends": "one\ntwo\r\nthree\rfour\x0b\x0c\x08\t|\a\0",
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


def test_output(terminals: Terminals) -> None:
    """What a program writes is shown as without us, and nothing of ours with it."""
    terminals.zoo.words([[1, text] for text in OUTPUT.values()])
    bare, ours = terminals.both("says")
    assert ours == bare
    assert all(
        text.encode("latin-1").replace(b"\n", b"\r\n") in ours[0] for text in list(OUTPUT.values())[:8]
    )


def test_lines(terminals: Terminals) -> None:
    """A program that reads lines has its echo, its erase key and its Ctrl-D from its own terminal."""
    window = terminals.window()
    ours = terminals.ours(window, "echoes")
    while window.settings[3] & termios.ICANON:
        pass
    window.type(b"a linx\x7fe\r\x04")
    assert window.rest(ours) == b"a linx\b \be\r\na line\r\n"
    assert ours.returncode == 0


def test_floods_both_ways(terminals: Terminals, tmp_path: Path) -> None:
    """A flood of output while a megabyte is pasted: neither stops the other, nothing is lost."""
    keys = PASTE
    terminals.zoo.env |= {
        "ZOO_KEYS": str(len(keys)),
        "ZOO_MEGABYTES": "5",
        "ZOO_FILE": str(tmp_path / "keys"),
    }
    window = terminals.window()
    ours = terminals.ours(window, "torrent")
    window.until(b"ready\r\n")
    window.type(keys)
    shown = window.rest(ours)
    assert (tmp_path / "keys").read_bytes() == keys
    assert shown.count(b"x" * 78) == 5 * 10 * 1000
    assert shown.endswith(b"\r\nflooded\r\nthe end\r\n")


def test_program_that_never_reads(terminals: Terminals) -> None:
    """A paste that nobody takes waits in the terminal, not in our memory; the screen goes on."""
    window = terminals.window()
    ours = terminals.ours(window, "sits")
    pid = int(window.until(rb"ready (\d+)\r\n")[1])
    before = memory(ours.pid)
    window.flood(PASTE * 8)
    os.kill(pid, signal.SIGUSR1)
    window.until(b"usr1\r\n")
    assert memory(ours.pid) - before < 2_000
    ours.terminate()
    assert ours.wait(60) == 143


def test_window_that_shows_nothing(terminals: Terminals, tmp_path: Path) -> None:
    """While the terminal takes no output (Ctrl-S, a stalled line), keys reach the program one by one, and the
    output waits in the program's pty, not in our memory."""
    keys, taken = b"typed meanwhile" * 20, tmp_path / "keys"
    terminals.zoo.env |= {"ZOO_KEYS": str(len(keys) + 1), "ZOO_MEGABYTES": "10", "ZOO_FILE": str(taken)}
    window = terminals.window()
    ours = terminals.ours(window, "torrent")
    window.until(b"ready\r\n")
    before = memory(ours.pid)
    deadline = time.monotonic() + 60
    for typed in range(1, len(keys) + 1):
        os.write(window.fd, keys[typed - 1 : typed])
        while not taken.exists() or taken.read_bytes() != keys[:typed]:
            assert time.monotonic() < deadline, f"{typed} keys are not taken"
    assert memory(ours.pid) - before < 2_000
    window.until(b"flooded\r\n")
    window.type(b"!")
    assert window.rest(ours).endswith(b"the end\r\n")


class Full(UserTerminal):
    """A terminal that takes no byte at once, only those that are waited for."""

    def __init__(self) -> None:
        self.keys_fd, self.waiting = -1, bytearray()
        self.reader, self.screen_fd = os.pipe()
        os.set_blocking(self.screen_fd, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(self.screen_fd, bytes(1 << 12))
        self.shown, self.shown_raw = bytearray(), b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.shown += data

    def make_usual(self) -> None:
        self.shown_raw = bytes(self.shown)

    def make_raw(self) -> None:
        pass

    def window(self) -> bytes:
        return b""


def test_a_stop_behind_a_full_terminal() -> None:
    """All that claude wrote before its stop is shown before the shell has the terminal, the bytes that switch
    its modes off included, and read in one go: the terminal's patience is spent once."""
    said = [b"last words", b"\x1b[?2004l", b"\x1b[?25h"]
    left, terminal = iter([*said, b""]), Full()
    child = SimpleNamespace(read=lambda _: next(left), resize=lambda _: None, go_on=lambda: None)
    signals = SimpleNamespace(stop=lambda: None)
    relay = Relay(terminal, cast(Any, signals), {})
    relay._stop(cast(Any, child), Careful(Nobody(), lambda: False, {}))
    assert terminal.shown_raw == b"".join(said)
    for fd in (terminal.reader, terminal.screen_fd):
        os.close(fd)


def test_held_without_waiting(terminals: Terminals) -> None:
    """Where the terminal's description is shared (after `su -c`) it is blocking: what is there is read."""
    window = terminals.window()
    tty.setraw(window.inside)
    window.type(b"typed")
    relay = Relay(cast(Any, SimpleNamespace(keys_fd=window.inside)), cast(Any, None), {})
    select.select([window.inside], [], [], 60)
    holding = threading.Thread(target=relay.hold, daemon=True)
    holding.start()
    holding.join(60)
    alive = holding.is_alive()
    window.type(b"!" * alive)  # lets it go
    assert (alive, bytes(relay.held)) == (False, b"typed")


def memory(pid: int) -> int:
    """Resident kB."""
    return int(re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0])
