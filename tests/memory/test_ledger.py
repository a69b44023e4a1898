"""What gateways took and cost: kept as the settings say, read whatever is in the files."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from claude_fallback import paths
from claude_fallback.memory import ledger
from claude_fallback.memory.ledger import Entry, total
from claude_fallback.memory.settings import Settings

NOW = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)
RUN = Entry(NOW, ledger.PRIVATE, "qwen", ok=True, tokens_in=5, tokens_out=7, switched=True)


def place(environ: dict[str, str], *rows: object, name: str = "usage") -> None:
    path = Path(paths.usage_file(environ) if name == "usage" else paths.ledger_file(environ))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"".join(one if isinstance(one, bytes) else json.dumps(one).encode() + b"\n" for one in rows)
    )


def request(**more: object) -> dict[str, object]:
    return {"at": "2026-05-01T12:00:00+00:00", "asked": "qwen", "answered": "q", "ok": True, "tokens_in": 10,
            "tokens_out": 2, "cost": 0.5, "seconds": 1.0, **more}  # fmt: skip


def test_a_run_is_kept_and_read(environ: dict[str, str]) -> None:
    """What was noted is what is read, in a 0600 file."""
    ledger.note(environ, Settings(), RUN)
    assert ledger.runs(environ, NOW).entries == (RUN,)
    assert ledger.runs(environ, NOW + timedelta(seconds=1)).entries == ()
    assert Path(paths.ledger_file(environ)).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("off", "gone", "parts"),
    [
        ({}, {}, ("cost", "latency", "quality")),
        ({"cost_tracking": False}, {"tokens_in": None, "tokens_out": None}, ("latency", "quality")),
        ({"track_latency": False}, {}, ("cost", "quality")),
        ({"track_quality": False}, {"ok": None}, ("cost", "latency")),
        ({"metrics": False}, {"ok": None}, ("cost",)),
    ],
)
def test_the_settings_say_what_is_kept(
    environ: dict[str, str], off: dict[str, bool], gone: dict[str, Any], parts: tuple[str, ...]
) -> None:
    """Each of the four settings leaves its part out, of runs as of the private LiteLLM's requests."""
    settings = replace(Settings(), **off)  # type: ignore[arg-type]
    ledger.note(environ, settings, RUN)
    assert ledger.runs(environ, NOW).entries == (replace(RUN, **gone),)
    assert ledger.parts(settings) == parts


def test_nothing_wanted_nothing_kept(environ: dict[str, str]) -> None:
    """All of them off: no file."""
    ledger.note(environ, replace(Settings(), cost_tracking=False, metrics=False), RUN)
    assert not Path(paths.ledger_file(environ)).exists()


def test_a_place_that_cannot_be_written(environ: dict[str, str]) -> None:
    """costs the line, not the run."""
    Path(paths.ledger_file(environ)).mkdir(parents=True)
    ledger.note(environ, Settings(), RUN)


@pytest.mark.parametrize(
    "broken",
    [
        b"{",
        b"null\n",
        b"[]\n",
        b"7\n",
        b"\x00\x01\n",
        b'{"at": 5}\n',
        b'{"at": "soon"}\n',
        b"\xff\xfe\n",
        b"{}\n",
    ],
)
def test_a_broken_line_never_breaks_the_rest(environ: dict[str, str], broken: bytes) -> None:
    """It is counted, and the lines before and behind it count."""
    place(environ, request(), broken.rstrip(b"\n") + b"\n", request())
    found = ledger.requests(environ, NOW)
    assert (len(found.entries), found.broken) == (2, 1)


@pytest.mark.parametrize("value", ["1", None, True, -1, [], {}, 1e300])
def test_a_value_of_another_kind_is_not_known(environ: dict[str, str], value: object) -> None:
    """…and no number is made of it."""
    place(environ, request(cost=value, tokens_in=value, seconds=value, ok=3, asked=None))
    (entry,) = ledger.requests(environ, NOW).entries
    assert (entry.cost, entry.tokens_in, entry.seconds, entry.ok, entry.model) == (
        None,
        None,
        None,
        None,
        "q",
    )


def test_a_name_that_plays_with_the_terminal(environ: dict[str, str]) -> None:
    """is made safe, and short."""
    place(environ, request(asked="\x1b[2J" + "x" * 500))
    (entry,) = ledger.requests(environ, NOW).entries
    assert entry.model.isprintable() and len(entry.model) == 80


def test_unknown_is_never_nothing() -> None:
    """A sum is that of what is known, and says of how many the cost is not; all unknown: no sum."""
    known = Entry(NOW, "g", "m", ok=True, tokens_in=1, cost=0.25, seconds=1.0)
    unknown = replace(known, cost=None, tokens_in=None, seconds=3.0)
    failed = replace(unknown, ok=False, seconds=60.0)
    mixed = total([known, known, unknown, failed])
    assert (mixed.count, mixed.failed, mixed.cost, mixed.unpriced, mixed.tokens_in) == (4, 1, 0.5, 1, 2)
    assert (mixed.median, mixed.slowest) == (1.0, 3.0)
    assert (total([unknown]).cost, total([unknown]).tokens_out) == (None, None)
    assert total([replace(known, cost=0.0)]).cost == 0.0
    assert total([replace(known, ok=None)]).failed is None
    assert total([]).cost is None


def test_both_files_count(environ: dict[str, str]) -> None:
    """The one that was turned over, too."""
    place(environ, request())
    path = Path(paths.usage_file(environ))
    path.rename(f"{path}.1")
    place(environ, request())
    assert len(ledger.requests(environ, NOW).entries) == 2


@pytest.mark.parametrize(
    ("result", "found"),
    [
        (None, (None, None)),
        ({}, (None, None)),
        ({"usage": None, "modelUsage": []}, (None, None)),
        ({"usage": {"input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 5}}, (7, 5)),
        (
            {
                "usage": {"input_tokens": 1, "output_tokens": 1},
                "modelUsage": {
                    "a": {"inputTokens": 3, "cacheCreationInputTokens": 1, "outputTokens": 5, "costUSD": 9},
                    "b": {"inputTokens": 3, "outputTokens": 5},
                },
            },
            (7, 10),
        ),
        ({"usage": {"input_tokens": "3"}}, (None, None)),
    ],
)
def test_what_claude_tells(result: dict[str, Any] | None, found: tuple[int | None, int | None]) -> None:
    """Tokens of all models where it tells them, else of the last turn; never its cost."""
    assert ledger.tokens(result) == found
