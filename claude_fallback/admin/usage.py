"""`usage`: what the gateways did, and what it took and cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from itertools import groupby

import click

from claude_fallback.admin.screen import dollars, show, table
from claude_fallback.errors import UsageError
from claude_fallback.memory import ledger
from claude_fallback.memory.ledger import Entry, Kept, Total
from claude_fallback.memory.moments import written
from claude_fallback.output import say

DAYS = 30
_REQUESTS = ("day", "model", "answered by", "requests", "failed", "tokens in", "tokens out", "cost",
             "median", "slowest")  # fmt: skip
_RUNS = ("day", "gateway", "model", "runs", "switched", "failed", "tokens in", "tokens out")

Group = tuple[str, str, str]  # what the first three columns say


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--days", type=click.IntRange(1, 3650), help=f"Today and the days before; else {DAYS}.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="From this day on.")
@click.pass_obj
def usage(environ: Mapping[str, str], as_json: bool, days: int | None, since: datetime | None) -> int:
    """Requests, tokens, cost and time by day and model, then the runs that gateways had.

    Requests, cost and time are known of the private LiteLLM. Of another gateway only the runs are, and their
    tokens where claude tells them (`--output-format json` or `stream-json`); its cost is on its own bill. A
    cost that nobody knows is called unknown. Days are those of your own time zone.

    Example: claude-fallback for litellm usage --days 7
    """
    if days and since:
        raise UsageError("--days and --since say the same: give one of them")
    start = _start(datetime.now().astimezone(), days or DAYS, since)
    requests, runs = ledger.requests(environ, start), ledger.runs(environ, start)
    if requests.broken + runs.broken:
        say(f"{requests.broken + runs.broken} broken lines were passed over")
    show(*(_json(start, requests, runs) if as_json else as_lines(start, requests.entries, runs.entries)))
    return 0


def as_lines(start: datetime, requests: Sequence[Entry], runs: Sequence[Entry]) -> list[str]:
    """Two tables for a person; one that would be empty is left out."""
    found: list[str] = []
    if requests:
        found += [f"requests to the private LiteLLM since {start:%Y-%m-%d}", "",
                  *_table(_REQUESTS, requests, _request_group, _request_cells)]  # fmt: skip
        unpriced = ledger.total(requests).unpriced
        if unpriced:
            found += ["", f"the price of {unpriced:,} of them is not known; their cost is not in the sum"]
    if runs:
        found += [*([""] if found else []), f"runs on gateways since {start:%Y-%m-%d}", "",
                  *_table(_RUNS, runs, _run_group, _run_cells)]  # fmt: skip
        if any(run.gateway != ledger.PRIVATE for run in runs):
            found += ["", "what other gateways than the private LiteLLM cost is on their own bill"]
    return found or [f"no request and no run on a gateway since {start:%Y-%m-%d}"]


def _start(now: datetime, days: int, since: datetime | None) -> datetime:
    """The first day's midnight, in the user's zone (an offset may have changed since)."""
    first = since.date() if since else (now - timedelta(days=days - 1)).date()
    first = max(first, date(1971, 1, 1))  # an earlier one has no place in some clocks
    return datetime(first.year, first.month, first.day).astimezone()


def _table(
    heads: tuple[str, ...],
    entries: Sequence[Entry],
    group: Callable[[Entry], Group],
    cells: Callable[[Total], tuple[str, ...]],
) -> list[str]:
    rows = [(*key, *cells(one)) for key, one in _totals(entries, group)]
    return table(heads, [*rows, ("all", "", "", *cells(ledger.total(entries)))], right=3)


def _totals(entries: Iterable[Entry], group: Callable[[Entry], Group]) -> list[tuple[Group, Total]]:
    return [(key, ledger.total(list(same))) for key, same in groupby(sorted(entries, key=group), group)]


def _request_group(entry: Entry) -> Group:
    return f"{entry.at.astimezone():%Y-%m-%d}", entry.model, entry.answered or ""


def _run_group(entry: Entry) -> Group:
    return f"{entry.at.astimezone():%Y-%m-%d}", entry.gateway, entry.model


def _request_cells(it: Total) -> tuple[str, ...]:
    seconds = ["" if value is None else f"{value:.1f} s" for value in (it.median, it.slowest)]
    return f"{it.count:,}", _number(it.failed), *_tokens(it), cost(it), *seconds


def _run_cells(it: Total) -> tuple[str, ...]:
    return f"{it.count:,}", f"{it.switched:,}", _number(it.failed), *_tokens(it)


def _tokens(it: Total) -> tuple[str, str]:
    return _number(it.tokens_in), _number(it.tokens_out)


def cost(it: Total) -> str:
    """A sum that leaves requests out says so."""
    if it.cost is None:
        return "unknown"
    return f"{dollars(it.cost)}{' + unknown' if it.unpriced else ''}"


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _json(start: datetime, requests: Kept, runs: Kept) -> list[str]:
    """`cost` in USD, where the price is known; `unpriced`: how many have none. null: not known."""
    import orjson

    document = {
        "since": written(start),
        "requests": [
            {"day": day, "model": model, "answered": answered or None, **_counts(one)}
            for (day, model, answered), one in _totals(requests.entries, _request_group)
        ],
        "requests_total": _counts(ledger.total(requests.entries)),
        "runs": [
            {"day": day, "gateway": gateway, "model": model, **_run_counts(one)}
            for (day, gateway, model), one in _totals(runs.entries, _run_group)
        ],
        "runs_total": _run_counts(ledger.total(runs.entries)),
        "broken_lines": requests.broken + runs.broken,
    }
    return [orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()]


def _counts(it: Total) -> dict[str, object]:
    return {name: value for name, value in asdict(it).items() if name != "switched"}


def _run_counts(it: Total) -> dict[str, object]:
    return {name: getattr(it, name) for name in ("count", "switched", "failed", "tokens_in", "tokens_out")}
