"""`doctor`: everything that makes a fallback fail, checked before it is needed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from datetime import datetime, timezone

import click

from claude_fallback.admin.checks import configuration, files, gateway, program, surroundings
from claude_fallback.admin.checks.finding import Case, Finding, Mark, fail, warn
from claude_fallback.admin.screen import pretty, show
from claude_fallback.gateway import adapters
from claude_fallback.memory.redact import one_line

Check = Callable[[Case], Iterable[Finding]]
CHECKS: tuple[Check, ...] = (
    program.claude, program.command, configuration.unbeatable, configuration.native, configuration.inside,
    gateway.serving, gateway.models, gateway.room, gateway.clock, files.ours, files.locks, files.disk,
    files.times, surroundings.terminal, surroundings.others, surroundings.litellm, surroundings.leftovers,
    surroundings.python,
)  # fmt: skip
LONGEST = 2.7  # seconds for all of them; they run side by side
_COLOURS = {Mark.OK: "\x1b[32m", Mark.WARN: "\x1b[33m", Mark.FAIL: "\x1b[31m"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_obj
def doctor(environ: Mapping[str, str], as_json: bool) -> int:
    """Everything that makes a fallback fail, checked before it is needed.

    Asks nobody but your gateway, changes nothing, takes 3 seconds at most. `fail`: a fallback would fail.
    `warn`: good to know. Exit 0: nothing fails; 1: something to mend.

    Example: claude-fallback for litellm doctor
    """
    told: list[str] = []
    case = Case(environ, adapters.load(environ, tell=told.append), datetime.now(timezone.utc))
    found = [*(warn("config", line) for line in told), *examine(case)]
    if as_json:
        import orjson

        show(orjson.dumps(_document(found), option=orjson.OPT_INDENT_2).decode())
    else:
        show(*_lines(found, environ))
    return 1 if any(one.mark is Mark.FAIL for one in found) else 0


def examine(case: Case, checks: Iterable[Check] = CHECKS, longest: float = LONGEST) -> list[Finding]:
    """What all checks found, in their order. One that breaks, or is late, is a finding itself."""
    ends_at = time.monotonic() + longest
    pool = ThreadPoolExecutor(len(CHECKS))
    started = [(check, pool.submit(_run, check, case)) for check in checks]
    found = [one for check, future in started for one in _collected(check, future, ends_at)]
    pool.shutdown(wait=False, cancel_futures=True)
    return found


def _run(check: Check, case: Case) -> list[Finding]:
    return list(check(case))


def _collected(check: Check, future: Future[list[Finding]], ends_at: float) -> list[Finding]:
    name = check.__name__
    try:
        return future.result(max(0.0, ends_at - time.monotonic()))
    except LateError:
        return [warn(name, "was not answered in time", "try again")]
    except Exception as error:  # a check of ours that breaks is one line of many
        what = one_line(f"{type(error).__name__}: {error}")
        return [fail(name, f"this check broke: {what}", "please report this line")]


def _lines(found: list[Finding], environ: Mapping[str, str]) -> list[str]:
    colour = pretty(environ)
    width = max(len(one.check) for one in found)
    lines = []
    for one in found:
        mark = f"{one.mark.value:<4}"
        mark = f"{_COLOURS[one.mark]}{mark}\x1b[0m" if colour else mark
        lines.append(f"{mark}  {one.check:<{width}}  {one.said}")
        if one.remedy:
            lines.append(f"      {'':<{width}}  next: {one.remedy}")
    return [*lines, _summary(found)]


def _summary(found: list[Finding]) -> str:
    fails, warns = (sum(one.mark is mark for one in found) for mark in (Mark.FAIL, Mark.WARN))
    if fails:
        return f"{fails} to mend, {warns} to know."
    return f"A fallback would work; {warns} to know." if warns else "A fallback would work."


def _document(found: list[Finding]) -> dict[str, object]:
    """The keys of `--json`. well: nothing fails. mark: ok, warn or fail."""
    return {
        "well": not any(one.mark is Mark.FAIL for one in found),
        "checks": [
            {"check": one.check, "mark": one.mark.value, "said": one.said, "remedy": one.remedy or None}
            for one in found
        ],
    }
