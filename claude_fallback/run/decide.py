"""Which limits lead to a switch, and which are remembered as a connection. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from claude_fallback.gateway.models import FAMILIES
from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.memory.settings import Settings

if TYPE_CHECKING:
    from claude_fallback.gateway.chain import Link

_NOT_THE_GATEWAYS = (Kind.TURNS, Kind.CONTEXT)  # stops that say nothing about the gateway's health

# kind -> (the setting that allows the switch, whether later runs start on the gateway too)
_TABLE: dict[Kind, tuple[str, bool] | None] = {
    Kind.PLAN: ("on_rate_limit", True),
    Kind.SPEND: ("on_rate_limit", True),
    Kind.CREDITS: ("on_rate_limit", True),
    Kind.THROTTLE: ("on_rate_limit", False),  # over in seconds: only this run goes elsewhere
    Kind.OVERLOAD: ("on_error", False),
    Kind.SERVER: ("on_error", False),
    Kind.ENTITLEMENT: None,  # the user asked for something this seat lacks: theirs to change
    Kind.LOGIN: None,
    Kind.CONTEXT: None,
    Kind.TURNS: None,
    Kind.UNKNOWN: None,
}


# a window that only one family of models uses up
_OWN_WINDOWS = {"seven_day_opus": "opus", "seven_day_sonnet": "sonnet", "seven_day_overage_included": "fable"}


def switches(limit: Limit, settings: Settings) -> bool:
    """Whether this limit sends the run to the gateway without a question."""
    return settings.auto_fallback is True and _allowed(limit, settings)


def asks(limit: Limit, settings: Settings) -> bool:
    """Whether a session shall ask before this limit sends it to the gateway."""
    return settings.auto_fallback == "ask" and _allowed(limit, settings)


def _allowed(limit: Limit, settings: Settings) -> bool:
    row = _TABLE[limit.kind]
    return bool(row and settings.max_switches and getattr(settings, row[0]))


def blames(limit: Limit) -> bool:
    """Whether a stop on a gateway counts against that gateway."""
    return limit.kind not in _NOT_THE_GATEWAYS


def hands_on(limit: Limit, settings: Settings, left: Collection[Link], switches: int) -> bool:
    """Whether a gateway that stopped a run hands it on. `left`: those of the chain that have not had it yet,
    `switches`: how often it has moved so far."""
    allowed = bool(settings.auto_fallback) and switches < settings.max_switches
    return blames(limit) and bool(left) and allowed


def connects(limit: Limit) -> bool:
    """Whether runs to come shall start on the gateway until the limit resets."""
    row = _TABLE[limit.kind]
    return bool(row and row[1])


def spares(window: str | None, model: str | None) -> bool:
    """Whether a connection made by a limit of this window leaves out a run that asks for this model.

    `/model` and settings are not looked at: a run that names no model goes where the connection says.
    """
    own = _OWN_WINDOWS.get(window or "")
    family = next((one for one in FAMILIES if one in (model or "").lower()), None)
    return own is not None and family is not None and family != own
