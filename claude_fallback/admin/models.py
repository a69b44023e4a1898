"""`models`: which model answers for which of claude's, and what the gateway says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

import click

from claude_fallback.admin.screen import show, table
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import adapters, listing, models, target
from claude_fallback.gateway.listing import Offered
from claude_fallback.memory import connection
from claude_fallback.memory.settings import Settings
from claude_fallback.output import say

UNSET = "(no name)"  # a run that names no model


@dataclass(frozen=True)
class Row:
    """claude's name, the gateway's, and what is known behind it; `served` is None where nothing is listed."""

    asked: str
    name: str
    served: bool | None
    offered: Offered | None


@click.command(name="models")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--all", "everything", is_flag=True, help="Also every other name that the gateway serves.")
@click.pass_obj
def models_(environ: Mapping[str, str], as_json: bool, everything: bool) -> int:
    """Which model answers for which of claude's, and what it can do and costs.

    Prices are USD for a million tokens, in and out, as the gateway tells them; what it does not tell is
    empty.
    Exit 1 when a name that runs would use is not served.

    Example: claude-fallback for litellm models --json
    """
    wanted = adapters.load(environ)
    found = connection.look(environ, datetime.now(timezone.utc))
    there, listed = _asked(wanted, environ, found)
    asked = table_of(wanted, there, listed)
    named = {row.name for row in asked}
    rest = (
        [Row("", one.name, True, one) for one in listed or () if one.name not in named] if everything else []
    )
    if as_json:
        show(_json(wanted, there, [*asked, *rest]))
    else:
        show(*table(("claude", "gateway", "model", "context", "in", "out", "tools", "served"),
                    [_cells(row) for row in [*asked, *rest]]))  # fmt: skip
    return 1 if any(row.served is False for row in asked) else 0


def table_of(wanted: Settings, there: target.Target | None, listed: list[Offered] | None) -> list[Row]:
    """What is mapped, in the order of the settings, then the families, then whatever else claude asks for."""
    names = [*wanted.model_mappings, *(one for one in models.FAMILIES if one not in wanted.model_mappings)]
    return [_row(name, wanted, there, listed) for name in (*names, None)]


def _row(
    asked: str | None, wanted: Settings, there: target.Target | None, listed: list[Offered] | None
) -> Row:
    name = there.model_for(asked) if there else models.choose(asked, wanted)
    found = listing.serving(name, listed) if listed is not None else None
    own_names = there is not None and there.adapter.serves_claude
    served = None if listed is None or (own_names and found is None) else found is not None
    return Row(asked or UNSET, name, served, found)


def _asked(
    wanted: Settings, environ: Mapping[str, str], found: connection.Connection | None
) -> tuple[target.Target | None, list[Offered] | None]:
    """The gateway and its list. One that cannot be asked is told; the mapping is shown all the same."""
    named = found if found is not None and found.adapter in (None, wanted.adapter) else None
    try:
        there = target.resolve(wanted, environ, named)
    except FallbackError as error:
        say(f"not known what is served: {error}")
        return None, None
    listed = listing.offered(there)
    if listed is None:
        health = there.check(None)
        say(f"not known what is served: {health.detail}")
    return there, listed


def _cells(row: Row) -> tuple[str, ...]:
    one = row.offered or Offered("")
    served = {True: "yes", False: "no", None: ""}
    return (
        row.asked,
        row.name,
        one.model or "",
        f"{one.context:,}" if one.context else "",
        _dollars(one.price_in),
        _dollars(one.price_out),
        served[one.tools],
        served[row.served],
    )


def _dollars(price: float | None) -> str:
    return "" if price is None else f"{price:g}"


def _json(wanted: Settings, there: target.Target | None, found: list[Row]) -> str:
    """`price_in`, `price_out`: USD for a million tokens. `context`: tokens. null: not told."""
    import orjson

    document = {
        "adapter": wanted.adapter,
        "base_url": there.base_url if there else None,
        "models": [
            {
                "claude": row.asked if row.asked not in ("", UNSET) else None,
                "gateway": row.name,
                "model": row.offered.model if row.offered else None,
                "context": row.offered.context if row.offered else None,
                "price_in": row.offered.price_in if row.offered else None,
                "price_out": row.offered.price_out if row.offered else None,
                "tools": row.offered.tools if row.offered else None,
                "served": row.served,
            }
            for row in found
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
