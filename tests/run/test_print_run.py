"""A print run's own faults."""

from __future__ import annotations

import signal
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from claude_fallback.limits.watch import TextWatch
from claude_fallback.run import print_run, switching
from claude_fallback.run.legs import Trip


def test_a_fault_of_ours_is_told(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A limited run that could not be carried on by our fault: claude's words stand, the user knows why."""

    def broken(*_: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(switching, "next_leg", broken)
    run: Any = SimpleNamespace(environ=environ)
    child: Any = SimpleNamespace(ended=1)
    assert print_run._next_leg(run, print_run._Leg(child, TextWatch(), None, Trip())) is None
    assert capfd.readouterr().err.count("a bug of claude-fallback, claude's own words stand") == 1


class Leg:
    """A claude that lives; it notes what becomes of it."""

    def __init__(self) -> None:
        self.ended: int | None = None
        self.noted: list[str] = []

    def halt(self, _signals: object) -> None:
        self.noted.append("halted")

    def go_on(self, _signals: object) -> None:
        self.noted.append("went on")


@pytest.mark.parametrize("found", [None, "a next leg"])
def test_halted_while_it_is_judged(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, found: str | None
) -> None:
    """A claude whose turn has failed begins no other turn before that one is decided; it goes on where its
    words stand, and where a next leg follows it stays halted until it is ended."""
    child: Any = Leg()

    def judged(*_: object) -> str | None:
        child.noted.append("judged")
        return found

    monkeypatch.setattr(switching, "next_leg", judged)
    run: Any = SimpleNamespace(environ=environ, signals=SimpleNamespace(received=0))
    leg = print_run._Leg(child, TextWatch(), None, Trip())
    following: Any = print_run._next_leg(run, leg)
    assert following == found
    assert child.noted == ["halted", "judged", *([] if found else ["went on"])]


def test_ended_while_it_is_judged(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that comes while a gateway is made ready ends the run: no gateway has it."""
    child: Any = Leg()
    run: Any = SimpleNamespace(environ=environ, signals=SimpleNamespace(received=0))

    def judged(*_: object) -> object:
        run.signals.received = signal.SIGTERM
        return SimpleNamespace(route=SimpleNamespace(close=lambda: child.noted.append("closed")))

    monkeypatch.setattr(switching, "next_leg", judged)
    assert print_run._next_leg(run, print_run._Leg(child, TextWatch(), None, Trip())) is None
    assert child.noted == ["halted", "closed", "went on"]


def test_a_signal_while_it_is_halted(zoo: Any) -> None:
    """It reaches claude at once, and does not end us: claude would be left behind, stopped for ever."""
    script = (
        "import os, signal; from claude_fallback.run.pipes import Child; from claude_fallback.run.signals"
        " import Signals; from claude_fallback.run.stdin import Stdin\n"
        "signals = Signals(); command = ['/bin/sleep', '600']\n"
        "child = signals.started(lambda: Child(command, dict(os.environ), Stdin(False), False))\n"
        "child.halt(signals); signals.unblock(); os.kill(os.getpid(), signal.SIGTERM)\n"
        "child.reap(signals, block=True); os.write(1, b'%d' % child.ended); os._exit(0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=zoo.env, capture_output=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == (b"143", b"")


def test_a_halted_child(zoo: Any) -> None:
    """It stands still, goes on, and can be ended while it stands."""
    script = (
        "import os, sys; from claude_fallback.run.pipes import Child; from claude_fallback.run.signals import"
        " Signals; from claude_fallback.run.stdin import Stdin\n"
        "signals = Signals(); child = Child(['/bin/sleep', '600'], dict(os.environ), Stdin(False), False)\n"
        "signals.follow(child.pid)\n"
        "def state(): return open(f'/proc/{child.pid}/stat').read().rpartition(')')[2].split()[0]\n"
        "child.halt(signals)\n"
        "while state() != 'T': pass\n"
        "child.go_on(signals)\n"
        "while state() == 'T': pass\n"
        "child.halt(signals); child.end(signals); print(child.ended); sys.stdout.flush(); os._exit(0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=zoo.env, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("143\n", "")
