"""The drill of `test-rate-limit`, run and shown."""

from __future__ import annotations

import contextlib
import platform
import signal
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import FrameType

import orjson

from claude_fallback import __version__
from claude_fallback.admin.screen import show
from claude_fallback.gateway.progress import Progress
from claude_fallback.limits.limit import Limit
from claude_fallback.memory import settings
from claude_fallback.memory.moments import written
from claude_fallback.memory.redact import redact
from claude_fallback.output import say
from claude_fallback.paths import home
from claude_fallback.rehearsal.drill import LONGEST, Drill, drill
from claude_fallback.rehearsal.examined import keep, refuse_managed
from claude_fallback.rehearsal.outcome import Outcome
from claude_fallback.run import find, words

_STAND_INS = (
    "The limit and the gateway were stand-ins here; your account, files and settings took no part.",
    "Your own gateway is tested by: claude-fallback for litellm test",
)
_HEADS = ("mode", "claude printed", "recognised", "switched", "seconds")
_WIDEST = 60  # characters of a cell
_MOST = 2000  # characters of each output in a report
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Stopped(KeyboardInterrupt):
    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def run(environ: Mapping[str, str], as_json: bool, patience: float = LONGEST) -> int:
    """0: recognised and switched in every mode; 1: not; 128 + n when a signal ended it."""
    claude = find.claude(environ, settings.load(environ).claude_path)
    refuse_managed(environ)
    say(f"the drill: {claude} in an empty home, with stand-ins for Anthropic and for the gateway")
    progress = Progress()
    try:
        with _tidy_end():
            done = drill(claude, environ, progress, patience)
    except _Stopped as stopped:
        return 128 + stopped.number
    finally:
        progress.end()
    keep(done, environ, say)
    if as_json:
        show(orjson.dumps(_document(done), option=orjson.OPT_INDENT_2).decode())
    else:
        show(*_lines(done, environ))
    return 0 if done.passed else 1


@contextlib.contextmanager
def _tidy_end() -> Iterator[None]:
    """The first Ctrl-C, TERM or HUP unwinds, so that everything is removed; more of them change nothing."""

    def stop(number: int, _frame: FrameType | None) -> None:
        for one in _ENDING:
            signal.signal(one, signal.SIG_IGN)
        raise _Stopped(number)

    before = {number: signal.signal(number, stop) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _lines(done: Drill, environ: Mapping[str, str]) -> list[str]:
    passed = sum(not outcome.fault for outcome in done.outcomes)
    lines = [
        f"claude {_release(done)}, {done.claude}",
        *_table([_HEADS, *map(_cells, done.outcomes)]),
        f"{passed} of {len(done.outcomes)} recognised and switched.",
        *_STAND_INS,
    ]
    if done.refused:
        lines.append(f"It also asked for {', '.join(done.refused)}, and was not let out.")
    return lines if done.passed else [*lines, "", *_report(done, environ)]


def _cells(outcome: Outcome) -> tuple[str, ...]:
    limit = outcome.recognised
    what = words.limit(limit, datetime.now().astimezone()) if limit else "no"
    printed = outcome.printed or "nothing"
    printed = printed if len(printed) <= _WIDEST else printed[: _WIDEST - 1] + "…"
    return outcome.mode, printed, what, "yes" if outcome.switched else "no", f"{outcome.seconds:.1f}"


def _table(lines: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(f"{cell:<{w}}" for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines
    ]


def _release(done: Drill) -> str:
    return ".".join(map(str, done.release)) if done.release else "of an unknown release"


def _report(done: Drill, environ: Mapping[str, str]) -> list[str]:
    """For a bug report: what is ours and claude's, nothing of the user's."""
    system = f"python {platform.python_version()}, {platform.platform()}"
    lines = ["Please report this, with these lines (made-up keys only):"]
    lines.append(f"  claude-fallback {__version__}, claude {_release(done)}, {system}")
    for outcome in done.outcomes:
        if outcome.fault:
            lines.append(f"  {outcome.mode}: {outcome.fault}")
            seen = outcome.seen
            lines += [
                f"    {name}: {line}"
                for name, text in (("stdout", seen.stdout), ("stderr", seen.stderr), ("log", seen.log))
                for line in text[-_MOST:].splitlines()
            ]
    return [redact(line).replace(home(environ), "~") for line in lines]


def _document(done: Drill) -> dict[str, object]:
    """The keys of `--json`. stand_ins: limit and gateway were not real. refused: hosts it was kept from."""
    return {
        "passed": done.passed,
        "claude": done.claude,
        "release": ".".join(map(str, done.release)) if done.release else None,
        "stand_ins": True,
        "refused": list(done.refused),
        "modes": [
            {
                "mode": outcome.mode,
                "printed": outcome.printed,
                "recognised": _limit(outcome.recognised),
                "switched": outcome.switched,
                "seconds": round(outcome.seconds, 1),
                "exit_code": outcome.seen.exit_code,
                "fault": outcome.fault or None,
            }
            for outcome in done.outcomes
        ],
    }


def _limit(limit: Limit | None) -> dict[str, object] | None:
    if limit is None:
        return None
    resets_at = written(limit.resets_at) if limit.resets_at else None
    return {"kind": limit.kind.value, "window": limit.window, "resets_at": resets_at}
