"""A run of ours around one program, as small as it gets: `python relayed.py PROGRAM ARG…`.

RELAYED_OBSERVER names what the observer does: nothing (the default), or fail at the first output.
"""

from __future__ import annotations

import os
import sys

from claude_fallback.run.signals import Signals
from claude_fallback.run.terminal.child import PtyChild
from claude_fallback.run.terminal.observer import Nobody
from claude_fallback.run.terminal.relay import Relay
from claude_fallback.run.terminal.user_terminal import UserTerminal


class Failing(Nobody):
    def output(self, data: bytes) -> None:
        raise ValueError("the observer's own fault")


def main() -> int:
    terminal = UserTerminal()
    signals = Signals(own_terminal=True)
    relay = Relay(terminal, signals, os.environ)
    observer = Failing() if os.environ.get("RELAYED_OBSERVER") == "fails" else Nobody()
    with terminal.raw():
        child = PtyChild(sys.argv[1:], os.environ, terminal, signals)
        relay.run(child, observer, lambda: False)
        terminal.restore(relay.modes)
    assert child.ended is not None
    return child.ended


if __name__ == "__main__":
    os._exit(main())
