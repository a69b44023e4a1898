"""The stand-in as a process of its own, until it is told to stop (TERM or INT)."""

from __future__ import annotations

import argparse
import os
import signal
import time

from claude_fallback.rehearsal.answers import held
from claude_fallback.rehearsal.scenarios import SCENARIOS, script
from claude_fallback.rehearsal.script import Rule, exists
from claude_fallback.rehearsal.server import StandIn


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # before the first thread: all of them inherit it
    played = script(options.script, _reset(options))
    if options.gate:
        played = _gated(played, options.gate)
    strict, record = options.strict_thinking, options.record
    with StandIn(played, strict_thinking=strict, record_file=record, port=options.port) as api:
        _announce(api.port, options.port_file)
        signal.sigwait(signals)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m claude_fallback.rehearsal", description=__doc__)
    parser.add_argument("--script", choices=sorted(SCENARIOS), default="answer")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--port-file", metavar="FILE", help="where the port is told; default: stdout")
    parser.add_argument("--record", metavar="FILE", help="each request as a line of JSON")
    when = parser.add_mutually_exclusive_group()
    when.add_argument("--reset-in", type=float, default=3600.0, metavar="SECONDS", help="default: an hour")
    when.add_argument("--reset-at", type=float, metavar="EPOCH")
    parser.add_argument("--gate", metavar="FILE", help="no answer before the file exists")
    parser.add_argument("--strict-thinking", action="store_true", help="refuse thinking signed elsewhere")
    return parser


def _reset(options: argparse.Namespace) -> float:
    return float(time.time() + options.reset_in if options.reset_at is None else options.reset_at)


def _gated(played: Rule, gate: str) -> Rule:
    return lambda received: held(played(received), exists(gate))


def _announce(port: int, file: str | None) -> None:
    """The port, readable in full or not at all."""
    if file is None:
        print(port, flush=True)  # noqa: T201 - a process's one word to its parent
        return
    with open(file + ".new", "w", encoding="ascii") as out:
        out.write(f"{port}\n")
    os.replace(file + ".new", file)


if __name__ == "__main__":
    raise SystemExit(main())
