"""A run of ours around one program, as small as it gets: `python relayed.py PROGRAM ARG…`.

RELAYED says what it does besides: the name of a function below.
"""

from __future__ import annotations

import os
import sys
import threading

from claude_fallback.run.signals import Signals
from claude_fallback.run.terminal.child import PtyChild
from claude_fallback.run.terminal.observer import Nobody
from claude_fallback.run.terminal.relay import Relay
from claude_fallback.run.terminal.user_terminal import UserTerminal


class Failing(Nobody):
    """Our own fault."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def output(self, data: bytes) -> None:
        raise self._error

    def due(self) -> float | None:
        return 0.0  # if it is asked again, the relay never sleeps


class Waiting(Nobody):
    """Until the program has said a word."""

    def __init__(self, word: bytes) -> None:
        self._word, self._said = word, b""

    def output(self, data: bytes) -> None:
        self._said += data

    def is_over(self) -> bool:
        return self._word in self._said


class Run:
    def __init__(self) -> None:
        self.terminal = UserTerminal()
        self.signals = Signals(own_terminal=True)
        self.relay = Relay(self.terminal, self.signals, os.environ)
        self.relay.patience = float(os.environ.get("RELAYED_PATIENCE", "10"))

    def start(self, *argv: str) -> PtyChild:
        return PtyChild([*sys.argv[1:], *argv], os.environ, self.terminal, self.signals)

    def plain(self) -> int | None:
        child = self.start()
        self.relay.run(child, Nobody(), lambda: False)
        return child.ended

    def fails(self) -> int | None:
        child = self.start()
        self.relay.run(child, Failing(ValueError("the observer's own fault")), lambda: False)
        return child.ended

    def crashes(self) -> int | None:
        self.relay.run(self.start(), Failing(SystemExit(3)), lambda: False)
        return None

    def switches(self) -> int | None:
        """From the program to the same one once more, when it says "limit"; held keys go to the second."""
        child, limit = self.start(), Waiting(b"limit")
        self.relay.run(child, limit, limit.is_over)
        self.relay.end(child)
        self.terminal.restore(self.relay.modes)
        self.terminal.write_line(f"switched after {child.ended}")
        second, ready = self.start("second"), Waiting(b"second")
        self.relay.run(second, ready, ready.is_over, hold_keys=True)
        self.relay.send(bytes(self.relay.held))
        self.relay.run(second, Nobody(), lambda: False)
        return second.ended

    def wakes(self) -> int | None:
        """A thread ends the relay, though nothing is said or typed."""
        child, ready, told = self.start(), Waiting(b"ready"), threading.Event()
        self.relay.run(child, ready, ready.is_over)

        def tell() -> None:
            told.set()
            self.relay.wake()

        threading.Thread(target=tell).start()
        self.relay.run(child, Nobody(), told.is_set)
        self.relay.end(child)
        return child.ended


def main() -> int:
    run = Run()
    with run.terminal.raw():
        try:
            code: int | None = getattr(run, os.environ.get("RELAYED", "plain"))()
        finally:
            run.terminal.restore(run.relay.modes)
    assert code is not None
    return code


if __name__ == "__main__":
    os._exit(main())
