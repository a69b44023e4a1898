"""What `scripts/bench` measures: our command against claude itself, interleaved, medians of N."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from claude_fallback import paths
from claude_fallback.gateway.progress import Progress
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from scripts import boundary, cache
from scripts.jobs import ScriptError
from scripts.measure_terminal import in_a_terminal, switch
from scripts.setup import releases
from scripts.table import Row, ms, show
from scripts.world import World, gateway, world

PROMPT = ("-p", "say hello")
# Stands before claude: a line "start" and a line "end" with epoch seconds, then the peak memory (kB) of the
# process that started it, which is ours. No forks of its own.
_RECORDER = """#!/usr/bin/env bash
start=$EPOCHREALTIME
"{claude}" "$@"
code=$?
end=$EPOCHREALTIME
while read -r name value _; do [ "$name" = VmHWM: ] && peak=$value; done </proc/$PPID/status
echo "$start $end $peak" >>"{record}"
exit $code
"""
_WRITER = """
import os, sys
from claude_fallback.memory import store
def one_more(state):
    state["requests_handled"] = state.get("requests_handled", 0) + 1
print(flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    store.update(sys.argv[1], one_more, timeout=60.0)
"""
WRITERS, UPDATES = 32, 25


@dataclass(frozen=True)
class Leg:
    """One claude of ours, as the recorder saw it."""

    start: float  # epoch seconds
    end: float
    peak: int  # kB, of the process that started it


def main() -> int:
    folder = cache.folder(os.environ)
    claude = cache.claude_argv(folder, releases()[-1])
    assert claude, "the set-up installed it"
    programs = os.path.dirname(sys.executable)
    progress = Progress()
    with StandIn("Hello.") as api, world(claude, api.url, os.environ["PATH"], programs) as there:
        rows = _all(there, api, folder, progress)
    progress.end()
    _show(rows)
    return 0


def _all(there: World, api: StandIn, folder: str, progress: Progress) -> list[Row]:
    progress.step("measuring -p")
    rows = [_pairs("-p, answered", there, PROMPT, 15, "+30 ms")]
    progress.step("measuring --version")
    rows.append(_pairs("--version", there, ("--version",), 25, "+25 ms"))
    progress.step("measuring sessions")
    rows += in_a_terminal(there, api)
    api.play(lambda _received: limit("five_hour", time.time() + 3600))
    with gateway(there, folder, progress):
        progress.step("measuring limited runs")
        rows += _limited(there, 9)
        progress.step("measuring a session's switch")
        rows.append(switch(there))
    progress.step("measuring state updates")
    rows.append(_updates(there))
    return rows


def _seconds(command: tuple[str, ...], there: World, env: Mapping[str, str], code: int = 0) -> float:
    began = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=there.work,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - began
    if done.returncode != code:
        raise ScriptError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return took


def _pairs(what: str, there: World, argv: tuple[str, ...], count: int, target: str) -> Row:
    """`claude ARGV` and `claude-fallback ARGV` in turn, the first pair not counted."""
    bare, ours = [], []
    for _ in range(count + 1):
        bare.append(_seconds(("claude", *argv), there, there.env))
        ours.append(_seconds(("claude-fallback", *argv), there, there.env))
    less, more = median(bare[1:]), median(ours[1:])
    apart = median(after - before for before, after in zip(bare[1:], ours[1:], strict=True))
    return Row(what, count, ms(less), ms(more), f"{ms(apart, '+')}  x{more / less:.3f}", target)


def _limited(there: World, count: int) -> list[Row]:
    """Native leg, switch, gateway leg; the legs' times are told by a recorder before claude."""
    record = os.path.join(there.folder, "legs")
    env = {**there.env, "CLAUDE_FALLBACK_CLAUDE": _recorder(there, record)}
    _seconds(("claude-fallback", *PROMPT), there, env)  # the first asks the recorder for its --version, too
    totals, sums, gaps, peaks = [], [], [], []
    for _ in range(count):
        _forget(paths.state_file(env), record)
        total = _seconds(("claude-fallback", *PROMPT), there, env)
        native, through = _legs(record)
        totals.append(total)
        sums.append(native.end - native.start + through.end - through.start)
        gaps.append(through.start - native.end)
        peaks.append(max(native.peak, through.peak))
    legs, whole, gap, peak = (median(values) for values in (sums, totals, gaps, peaks))
    more = f"{ms(whole - legs, '+')}  x{whole / legs:.3f}"
    return [
        Row("-p, limited, against its two legs", count, ms(legs), ms(whole), more, ""),
        Row("claude's end to the next one's start", count, "", ms(gap), "", "100 ms"),
        Row("peak memory of our process", count, "", f"{peak / 1024:.1f} MB", "", "30 MB"),
    ]


def _recorder(there: World, record: str) -> str:
    path = os.path.join(there.folder, "recorder")
    claude = os.path.join(there.folder, "bin", "claude")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o700), "w", encoding="utf-8") as file:
        file.write(_RECORDER.format(claude=claude, record=record))
    return path


def _legs(record: str) -> list[Leg]:
    with open(record, encoding="ascii") as file:
        rows = [line.split() for line in file]
    if len(rows) != 2:
        raise ScriptError(f"a limited run started claude {len(rows)} times, not twice")
    return [Leg(float(start), float(end), int(peak)) for start, end, peak in rows]


def _forget(*files: str) -> None:
    for path in files:
        if os.path.exists(path):
            os.unlink(path)


def _updates(there: World) -> Row:
    """All writers wait at a line; what counts is the time from the start signal to the last one's end."""
    path = os.path.join(there.folder, "state.json")
    command = [sys.executable, "-c", _WRITER, path, str(UPDATES)]
    writers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=there.env)
        for _ in range(WRITERS)
    ]
    for writer in writers:
        assert writer.stdout
        writer.stdout.readline()
    began = time.perf_counter()
    for writer in writers:
        writer.communicate(b"\n")
    took = time.perf_counter() - began
    return Row(
        f"state updates, {WRITERS} writers",
        WRITERS * UPDATES,
        "",
        f"{WRITERS * UPDATES / took:.0f} / s",
        "",
        "",
    )


def _show(rows: list[Row]) -> None:
    python, load = ".".join(map(str, sys.version_info[:3])), os.getloadavg()[0]
    print(
        f"claude {releases()[-1]}, Python {python}, {os.cpu_count()} cores, load {load:.1f}; medians of N\n"
    )
    show(rows)


if __name__ == "__main__":
    boundary.run(main)
