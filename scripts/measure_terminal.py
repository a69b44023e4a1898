"""Sessions in a terminal, measured: throughput, keystrokes, memory, rest, and the way to claude's start.

A small program takes claude's place, bare and behind our command, in turn in the same run.
"""

from __future__ import annotations

import datetime
import glob
import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median, quantiles

from claude_fallback import paths
from claude_fallback.rehearsal.server import StandIn
from scripts.jobs import ScriptError
from scripts.table import Row, ms
from scripts.terminal import Terminal, recording, settle, terminal
from scripts.world import World

_MEGABYTES, _FLOODS, _KEYS, _REST = 100, 5, 1000, 5.0
_SETTLED = 2.0  # seconds: the rest of us is imported while claude starts
_END = b"the end of the flood"
_FLOOD = """#!{python}
import os, tty
tty.setraw(1)
with open(os.environ["BENCH_RECORDING"], "rb") as file:
    recording = file.read()
block = recording * (1 + 1_000_000 // len(recording))
os.write(1, b"ready")
os.read(0, 1)
left = int(os.environ["BENCH_MEGABYTES"]) * 1_000_000
while left > 0:
    left -= os.write(1, block[:left])
os.write(1, b"the end of the flood")
os.read(0, 1)
"""
_ECHOES = """#!{python}
import os, tty
tty.setraw(1)
os.write(1, b"ready")
while (key := os.read(0, 100)) != b"q":
    os.write(1, key)
"""
_INTERACT = "import pexpect, sys; pexpect.spawn(sys.argv[1]).interact(escape_character=None)"

Start = Callable[[str], Sequence[str]]  # a program -> the command that shows it


def _bare(program: str) -> Sequence[str]:
    return [program]


def _ours(_program: str) -> Sequence[str]:
    return ["claude-fallback"]


def _script(program: str) -> Sequence[str]:
    return ["script", "-qfc", program, "/dev/null"]


def _interact(program: str) -> Sequence[str]:
    return [sys.executable, "-c", _INTERACT, program]


class Bench:
    def __init__(self, there: World, api: StandIn) -> None:
        self._there = there
        self._floods, self._echoes = self._program("floods", _FLOOD), self._program("echoes", _ECHOES)
        path = os.path.join(there.folder, "recording")
        with open(path, "wb") as file:
            file.write(recording(there, api))
        self._env = {**there.env, "TERM": "xterm-256color", "BENCH_RECORDING": path}

    def _program(self, name: str, text: str) -> str:
        path = os.path.join(self._there.folder, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o700), "w", encoding="utf-8") as file:
            file.write(text.format(python=sys.executable))
        return path

    def _shown(self, start: Start, program: str, megabytes: int = _MEGABYTES) -> Terminal:
        env = {**self._env, "CLAUDE_FALLBACK_CLAUDE": program, "BENCH_MEGABYTES": str(megabytes)}
        shown = Terminal(start(program), env, self._there.work)
        shown.until(b"ready")
        return shown

    def throughput(self) -> list[Row]:
        """Seconds for a hundred megabytes, by who stands between."""
        starts = {"script": _script, "interact()": _interact, "ours": _ours}
        took: dict[str, list[float]] = {name: [] for name in starts}
        for _ in range(_FLOODS):
            for name, start in starts.items():
                took[name].append(self._flood(start))
        best = {name: min(values) for name, values in took.items()}
        shown = {name: f"{_MEGABYTES / seconds:.0f} MB/s" for name, seconds in best.items()}
        return [
            Row(f"{_MEGABYTES} MB of a session, and by {name}", _FLOODS, shown[name], shown["ours"],
                f"x{best[name] / best['ours']:.2f}", "x1")
            for name in ("script", "interact()")
        ]  # fmt: skip

    def _flood(self, start: Start) -> float:
        shown = self._shown(start, self._floods)
        shown.rest(_SETTLED)
        began = time.perf_counter()
        shown.type(b"g")
        shown.until(_END)
        took = time.perf_counter() - began
        shown.type(b"q")
        shown.close()
        return took

    def keystrokes(self) -> list[Row]:
        """From a key to its echo."""
        took = {start: self._echoed(start) for start in (_bare, _ours)}
        rows = []
        for at, target in ((50, ""), (99, "+2 ms")):
            bare, ours = (quantiles(took[start], n=100)[at - 1] for start in (_bare, _ours))
            shown = (ms(bare, digits=2), ms(ours, digits=2), ms(ours - bare, "+", 2))
            rows.append(Row(f"a keystroke and its echo, p{at}", _KEYS, *shown, target))
        return rows

    def _echoed(self, start: Start) -> list[float]:
        shown = self._shown(start, self._echoes)
        took = []
        for _ in range(_KEYS):
            began = time.perf_counter()
            shown.type(b"x")
            shown.read()
            took.append(time.perf_counter() - began)
        shown.type(b"q")
        shown.close()
        return took

    def memory(self) -> Row:
        shown = self._shown(_ours, self._floods, 1000)
        before = _memory(shown.pid)
        shown.type(b"g")
        shown.until(_END)
        after = _memory(shown.pid)
        shown.type(b"q")
        shown.close()
        return Row("our memory, before and after 1 GB", 1, f"{before:.1f} MB", f"{after:.1f} MB", "", "35 MB")

    def rest(self) -> Row:
        shown = self._shown(_ours, self._echoes)
        shown.rest(_SETTLED)
        before = _wakeups(shown.pid)
        time.sleep(_REST)
        woken = _wakeups(shown.pid) - before
        shown.type(b"q")
        shown.close()
        return Row(f"our wake-ups in {_REST:.0f} s of rest", 1, "", str(woken), "", "0")


def start(there: World, count: int = 11) -> Row:
    """From the command to the first byte of a real claude."""
    env = {**there.env, "TERM": "xterm-256color"}
    took: dict[str, list[float]] = {"claude": [], "claude-fallback": []}
    for _ in range(count):
        for command, seconds in took.items():
            seconds.append(_first_byte(command, there, env))
    less, more = (median(seconds) for seconds in took.values())
    return Row("a session, to its first byte", count, ms(less), ms(more), ms(more - less, "+"), "+60 ms")


def _first_byte(command: str, there: World, env: Mapping[str, str]) -> float:
    began = time.perf_counter()
    with terminal([command], env, there.work) as shown:
        shown.read()
        return time.perf_counter() - began


def switch(there: World, count: int = 3) -> Row:
    """From the limit's row in the transcript to the first byte of the resumed claude, against the time that a
    claude takes to its first byte by itself. The API refuses and the gateway runs."""
    env = {**there.env, "TERM": "xterm-256color"}
    bare, ours = [], []
    for _ in range(count):
        bare.append(_first_byte("claude", there, env))
        ours.append(_switched(there, env))
    less, more = median(bare), median(ours)
    what = "from a limit to the resumed claude"
    return Row(what, count, ms(less), ms(more), ms(more - less, "+"), "")


def _switched(there: World, env: Mapping[str, str]) -> float:
    for old in glob.glob(os.path.join(there.env["HOME"], ".claude", "projects", "*", "*.jsonl")):
        os.unlink(old)
    if os.path.exists(paths.state_file(env)):
        os.unlink(paths.state_file(env))
    with terminal(["claude-fallback"], env, there.work) as shown:
        shown.rest(3.0)
        shown.type(b"say hello")
        shown.rest(1.0)
        shown.type(b"\r")
        shown.until(rb"continuing with[^\n]*\n")
        shown.read()
        resumed = time.time()
    return resumed - _refused_at(there)


def _refused_at(there: World) -> float:
    """Epoch seconds of the limit's row."""
    for path in glob.glob(os.path.join(there.env["HOME"], ".claude", "projects", "*", "*.jsonl")):
        with open(path, encoding="utf-8") as file:
            for row in map(json.loads, file):
                if row.get("isApiErrorMessage"):
                    told = row["timestamp"].replace("Z", "+00:00")
                    return datetime.datetime.fromisoformat(told).timestamp()
    raise ScriptError("claude wrote no row about its limit")


def in_a_terminal(there: World, api: StandIn) -> list[Row]:
    settle(there)
    bench = Bench(there, api)
    return [start(there), *bench.throughput(), *bench.keystrokes(), bench.memory(), bench.rest()]


def _memory(pid: int) -> float:
    """Resident MB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.findall(r"VmRSS:\s+(\d+)", file.read())[0]) / 1024


def _wakeups(pid: int) -> int:
    """How often its threads have gone to sleep by themselves."""
    found = 0
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(path, encoding="ascii") as file:
            found += int(re.findall(r"\nvoluntary_ctxt_switches:\s+(\d+)", file.read())[0])
    return found
