"""What the gateways did, what it took, and what it cost as far as anybody knows.

Two files of lines: the private LiteLLM's, one for each request (`gateway/inside/usage`), and ours, one for
each run that a gateway had, whichever it was. Neither holds a prompt or a key.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import orjson

from claude_fallback import paths
from claude_fallback.memory import lines
from claude_fallback.memory.moments import parsed, written
from claude_fallback.memory.redact import one_line
from claude_fallback.memory.settings import Settings

N = TypeVar("N", int, float)
PRIVATE = "private LiteLLM"
LARGEST = 2_000_000  # bytes, about 10,000 runs


@dataclass(frozen=True)
class Entry:
    """One request, or one run. None: not known, or not kept by the settings."""

    at: datetime
    gateway: str  # PRIVATE, or its title and address
    model: str  # the gateway's name
    answered: str | None = None  # the provider's name of what answered
    ok: bool | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None  # USD
    seconds: float | None = None  # to the last byte
    switched: bool = False  # a run that began on native


@dataclass(frozen=True)
class Kept:
    """The entries of one kind, oldest first, and how many lines held none."""

    entries: tuple[Entry, ...]
    broken: int = 0


@dataclass(frozen=True)
class Total:
    """A sum of what is known; `unpriced` of the `count` have no known cost and did not fail."""

    count: int
    failed: int | None
    tokens_in: int | None
    tokens_out: int | None
    cost: float | None
    unpriced: int
    median: float | None  # seconds
    slowest: float | None
    switched: int


def parts(settings: Settings) -> tuple[str, ...]:
    """What of each request and run is kept."""
    wanted = {
        "cost": settings.cost_tracking,
        "latency": settings.metrics and settings.track_latency,
        "quality": settings.metrics and settings.track_quality,
    }
    return tuple(name for name, on in wanted.items() if on)


def note(environ: Mapping[str, str], settings: Settings, run: Entry) -> None:
    """Keep what the settings say of one run. Whatever goes wrong is no reason for a run to fail."""
    kept = parts(settings)
    if not kept:
        return
    document: dict[str, object] = {
        "at": written(run.at), "gateway": run.gateway, "asked": one_line(run.model), "switched": run.switched,
    }  # fmt: skip
    if "quality" in kept:
        document["ok"] = run.ok
    if "cost" in kept:
        document |= {"tokens_in": run.tokens_in, "tokens_out": run.tokens_out}
    with contextlib.suppress(OSError, TypeError, ValueError):
        line = orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
        lines.append(paths.ledger_file(environ), line, LARGEST)


def requests(environ: Mapping[str, str], since: datetime) -> Kept:
    """Those that the private LiteLLM had since then."""
    return _kept(lines.read(paths.usage_file(environ)), since)


def runs(environ: Mapping[str, str], since: datetime) -> Kept:
    """Those that went to any gateway since then."""
    return _kept(lines.read(paths.ledger_file(environ)), since)


def total(entries: Sequence[Entry]) -> Total:
    import statistics  # 8 ms, and a run needs none

    answered = [entry for entry in entries if entry.ok is not False]
    times = [entry.seconds for entry in answered if entry.seconds is not None]
    judged = [entry.ok for entry in entries if entry.ok is not None]
    return Total(
        count=len(entries),
        failed=judged.count(False) if judged else None,
        tokens_in=_sum(entry.tokens_in for entry in entries),
        tokens_out=_sum(entry.tokens_out for entry in entries),
        cost=_sum(entry.cost for entry in entries),
        unpriced=sum(1 for entry in answered if entry.cost is None),
        median=statistics.median(times) if times else None,
        slowest=max(times, default=None),
        switched=sum(1 for entry in entries if entry.switched),
    )


def cost_since(environ: Mapping[str, str], since: datetime, until: datetime | None = None) -> Total:
    """What the private LiteLLM's requests of that time took."""
    found = requests(environ, since).entries
    return total([entry for entry in found if until is None or entry.at <= until])


def tokens(result: Mapping[str, Any] | None) -> tuple[int | None, int | None]:
    """In and out, from claude's own `result` event; its `total_cost_usd` is reckoned with Anthropic's prices.

    `modelUsage` (2.0.42 and later) counts the whole process, `usage` the last turn.
    """
    told = (result or {}).get("modelUsage")
    rows = list(told.values()) if isinstance(told, dict) else []
    if rows:
        names_in = ("inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")
        return _over(rows, *names_in), _over(rows, "outputTokens")
    usage = [(result or {}).get("usage")]
    names_in = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    return _over(usage, *names_in), _over(usage, "output_tokens")


def _over(rows: Sequence[object], *names: str) -> int | None:
    told = [_count(row.get(name)) for row in rows if isinstance(row, dict) for name in names]
    return _sum(told)


def _kept(found: Iterable[bytes], since: datetime) -> Kept:
    entries = [_entry(line) for line in found if line.strip()]
    good = sorted((one for one in entries if one), key=lambda one: one.at)
    return Kept(tuple(one for one in good if one.at >= since), entries.count(None))


def _entry(line: bytes) -> Entry | None:
    """None for a line that a full disk or a crash has cut, or that somebody else wrote."""
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    at = parsed(document.get("at")) if isinstance(document, dict) else None
    if at is None:
        return None
    ok = document.get("ok")
    return Entry(
        at=at,
        gateway=_name(document.get("gateway")) or PRIVATE,
        model=_name(document.get("asked")) or _name(document.get("answered")) or "unknown",
        answered=_name(document.get("answered")),
        ok=ok if isinstance(ok, bool) else None,
        tokens_in=_count(document.get("tokens_in")),
        tokens_out=_count(document.get("tokens_out")),
        cost=_number(document.get("cost")),
        seconds=_number(document.get("seconds")),
        switched=document.get("switched") is True,
    )


def _name(value: object) -> str | None:
    return one_line(value, 80) if isinstance(value, str) and value else None


def _number(value: object) -> float | None:
    """JSON knows neither infinity nor NaN; a boolean is no number."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12
    return float(value) if good else None  # type: ignore[arg-type]  # checked in the line above


def _count(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _sum(values: Iterable[N | None]) -> N | None:
    """None where nothing is known, which is not 0."""
    known = [value for value in values if value is not None]
    return sum(known[1:], known[0]) if known else None
