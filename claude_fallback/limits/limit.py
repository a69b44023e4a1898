"""What stopped a turn, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Kind(str, Enum):
    """The kinds of stop that a decision depends on (`run/decide.py` holds the table)."""

    PLAN = "plan"  # the subscription's window: five_hour, seven_day, a model's own
    SPEND = "spend"  # a spend cap of the user, the organisation, a workspace, a gateway operator
    CREDITS = "credits"  # prepaid or usage credits are used up
    THROTTLE = "throttle"  # a 429 that is not the plan, after claude's own retries
    OVERLOAD = "overload"  # 529
    ENTITLEMENT = "entitlement"  # this seat or plan does not include it: waiting does not help
    SERVER = "server"  # other 5xx
    LOGIN = "login"  # not signed in, key invalid
    CONTEXT = "context"  # the conversation does not fit the model
    TURNS = "turns"  # max turns, budget: the user's own caps
    UNKNOWN = "unknown"  # an API error nobody has named yet: never a reason to switch


@dataclass(frozen=True)
class Limit:
    """One stop of one turn, proven."""

    kind: Kind
    message: str  # claude's own words, one line
    window: str | None = None  # five_hour, seven_day, seven_day_opus, seven_day_sonnet, …, None when unknown
    resets_at: datetime | None = None  # aware, UTC; None when nothing said so
    proof: str = (
        ""  # what proved it: api_error, rate_limit_event, error, api_error_status, subtype, or the source
    )
