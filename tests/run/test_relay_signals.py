"""Signals on their way through us, and what a program starts with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.run.conftest import Zoo

FORMATS = ("text", "json", "stream-json")
OURS = [sys.executable, "-m", "claude_fallback"]


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP", "QUIT", "USR1", "USR2"])
def test_signal_is_passed_on_once(zoo: Zoo, line_of: Callable[[Any], bytes], name: str) -> None:
    """A signal to our pid reaches the program, once; it may end as it likes, and its words still arrive."""
    last = "ALRM"
    zoo.env["ZOO_SIGNALS"] = f"{name} {last}"
    ours = zoo.ours("signals")
    child = int(line_of(ours.stderr).split()[1])
    ours.send_signal(getattr(signal, f"SIG{name}"))
    assert line_of(ours.stderr) == f"got {name}\n".encode()
    os.kill(child, signal.SIGALRM)
    assert ours.communicate(timeout=30)[0] == f"{name} {last}\n".encode()
    assert ours.returncode == 0


_TWO_CHILDREN = """
import os, signal, subprocess, sys
from claude_fallback.run.signals import Signals

def started():
    child = subprocess.Popen([sys.argv[1]], stderr=subprocess.PIPE)
    child.stderr.readline()
    signals.follow(child.pid)
    return child

signals = Signals(own_terminal=True)
first = started()
os.kill(os.getpid(), signal.SIGUSR1)
first.stderr.readline()
os.kill(first.pid, signal.SIGALRM)
first.wait()
signals.follow(0)
second = started()
os.kill(second.pid, signal.SIGALRM)
second.wait()
"""


def test_a_signal_is_for_one_child(zoo: Zoo, finish: Callable[..., Any]) -> None:
    """What the first child was sent, and lived on with, is not sent again to the one that follows it."""
    zoo.env["ZOO_SIGNALS"] = "USR1 ALRM"
    done = finish([sys.executable, "-c", _TWO_CHILDREN, zoo.path("signals")], zoo.env)
    assert done.stdout == b"USR1 ALRM\nALRM\n"


_BEING_STARTED = """
import os, signal
from claude_fallback.run import pipes
from claude_fallback.run.signals import Signals
from claude_fallback.run.stdin import Stdin

def spawn(*given, **options):
    pid = really(*given, **options)
    os.kill(os.getpid(), signal.SIGTERM)
    while not signals.received:  # the thread that hears them has this one
        os.sched_yield()
    return pid

really, os.posix_spawn = os.posix_spawn, spawn
signals = Signals()
command = ["/bin/sleep", "600"]
child = signals.started(lambda: pipes.Child(command, dict(os.environ), Stdin(False), False))
child.reap(signals, block=True)
print(child.ended)
"""


def test_a_signal_while_the_child_is_being_started(zoo: Zoo, finish: Callable[..., Any]) -> None:
    """It is for the child: if it ended us, the child would be left behind."""
    done = finish([sys.executable, "-c", _BEING_STARTED], zoo.env)
    assert (done.stdout, done.returncode) == (b"143\n", 0)


_ANOTHER_USERS = """
import os, select, signal
from claude_fallback.run.signals import Signals

really = os.kill
def kill(pid, number):
    if pid == child.pid:
        raise PermissionError(1, "Operation not permitted")
    really(pid, number)

import subprocess
signals = Signals()
child = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE)
signals.follow(child.pid)
os.kill = kill
os.kill(os.getpid(), signal.SIGTERM)
select.select([signals.wake_fd], [], [])
signals.clear()
child.stdin.close()
select.select([signals.wake_fd], [], [])
"""


def test_a_child_that_is_another_users(zoo: Zoo, finish: Callable[..., Any]) -> None:
    """A claude behind sudo takes no signal of ours; its end is heard nevertheless."""
    done = finish([sys.executable, "-c", _ANOTHER_USERS], zoo.env)
    assert (done.stderr, done.returncode) == (b"", 0)


_BROKEN = """
import os, signal
from claude_fallback.run.signals import Signals

def broken():
    raise RuntimeError
signals = Signals()
signals.before_exit = broken
os.kill(os.getpid(), signal.SIGTERM)
while True:
    signal.pause()
"""


def test_a_fault_while_we_end(zoo: Zoo, finish: Callable[..., Any]) -> None:
    """What goes wrong in the tidying keeps nobody alive: the thread that hears signals would be gone."""
    assert finish([sys.executable, "-c", _BROKEN], zoo.env).returncode == 128 + signal.SIGTERM


def without_glibcs_own(signals: dict[str, int]) -> dict[str, int]:
    """Without 32 and 33, which nobody can send: glibc's posix_spawn leaves 32 ignored."""
    return {name: mask & ~(3 << 31) for name, mask in signals.items()}


def ignore(*numbers: int, blocked: tuple[int, ...] = ()) -> Callable[[], None]:
    def prepare() -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, blocked)

    return prepare


@pytest.mark.parametrize(
    "prepare",
    [
        ignore(),
        ignore(signal.SIGHUP),
        ignore(signal.SIGINT, signal.SIGQUIT),
        ignore(signal.SIGTERM, blocked=(signal.SIGUSR1,)),
        ignore(blocked=(signal.SIGTERM, signal.SIGINT, signal.SIGWINCH)),
    ],
    ids=["usual", "nohup", "in the background of a script", "odd", "blocked"],
)
def test_signal_dispositions(zoo: Zoo, prepare: Callable[[], None]) -> None:
    """The program starts with the same signals ignored, caught and blocked as without us."""
    native, ours = (
        without_glibcs_own(
            json.loads(start("world", preexec_fn=prepare).communicate(timeout=30)[0])["signals"]
        )
        for start in (zoo.bare, zoo.ours)
    )
    assert ours == native


def test_ignored_signal_means_nothing(zoo: Zoo, line_of: Callable[[Any], bytes]) -> None:
    """A signal that our caller has ignored (nohup) neither ends us nor reaches the program."""
    zoo.env["ZOO_SIGNALS"] = "HUP TERM"
    ours = zoo.ours("signals", preexec_fn=ignore(signal.SIGHUP))
    line_of(ours.stderr)
    ours.send_signal(signal.SIGHUP)
    ours.send_signal(signal.SIGTERM)
    assert ours.communicate(timeout=30)[0] == b"TERM\n"


def test_what_we_start_for_later_can_be_stopped() -> None:
    """Between legs a LiteLLM is started that outlives us: it does not inherit the signals that we block."""
    program = (
        "import subprocess\n"
        "from claude_fallback.run.signals import Signals\n"
        "signals = Signals()\n"
        "def blocked():\n"
        "    subprocess.run(['grep', 'SigBlk', '/proc/self/status'], check=True)\n"
        "signals.unblock(); blocked(); signals.block(); blocked()\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, timeout=30, check=True
    ).stdout
    masks = [int(line.split()[1], 16) for line in told.splitlines()]
    assert masks[0] == 0
    assert masks[1] & (1 << signal.SIGTERM - 1)
