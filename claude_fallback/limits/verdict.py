"""Kind, window and reset time of one report, proven by typed cause, category, HTTP status, words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from types import MappingProxyType

from claude_fallback.limits.limit import Kind
from claude_fallback.limits.reset_time import clamp, from_epoch, names_a_time, parse
from claude_fallback.limits.wording import Wording


@dataclass(frozen=True)
class Report:
    """A Sighting and the wording it was recognised as."""

    text: str
    fields: Mapping[str, object]
    rate_limit: Mapping[str, object] | None
    wording: Wording | None

    @property
    def said(self) -> Kind | None:
        """The kind that the words alone speak of."""
        return self.wording.kind if self.wording else None


# `api_error`, the typed cause, as 2.1.330 declares it. It is internal to claude and grows: a value that is
# not here counts as absent. usage_limit_reached is a plan's window or a spend cap, never a throttle.
_API_ERRORS: Mapping[str, Kind] = MappingProxyType(
    {
        "usage_limit_reached": Kind.PLAN,
        "model_requires_usage_credits": Kind.CREDITS,
        "consent_unanswered": Kind.CREDITS,
        "no_allowed_fallback": Kind.CREDITS,
        "long_context_credits_required": Kind.ENTITLEMENT,
        "message_over_context_limit": Kind.CONTEXT,
        "autocompact_thrashing": Kind.CONTEXT,
        "stored_login_refused": Kind.LOGIN,
        "oauth_refresh_store_refused": Kind.LOGIN,
        "provider_credentials": Kind.LOGIN,
        "gateway_signin_required": Kind.LOGIN,
        "gateway_session_expired": Kind.LOGIN,
        "api_key_auth_disabled": Kind.LOGIN,
        "org_disabled_credential": Kind.LOGIN,
        "invalid_credential_header": Kind.LOGIN,
        "named_profile_unusable": Kind.LOGIN,
    }
)

# `error`, the category (2.0.76 and later).
_CATEGORIES: Mapping[str, Kind] = MappingProxyType(
    {
        "authentication_failed": Kind.LOGIN,
        "oauth_org_not_allowed": Kind.LOGIN,
        "account_on_hold": Kind.LOGIN,
        "verification_required": Kind.LOGIN,
        "cloud_credential_error": Kind.LOGIN,
        "overloaded": Kind.OVERLOAD,
    }
)

# `api_error_status`, the HTTP status (2.1.112 and later).
_STATUSES: Mapping[object, Kind] = MappingProxyType(
    {401: Kind.LOGIN, 403: Kind.LOGIN, 413: Kind.CONTEXT, 529: Kind.OVERLOAD}
)

_CAPS = ("error_max_turns", "error_max_budget_usd", "error_max_structured_output_retries")
_MONEY = (Kind.PLAN, Kind.SPEND, Kind.CREDITS)
_RATE = (*_MONEY, Kind.THROTTLE, Kind.ENTITLEMENT, Kind.OVERLOAD)
_PASSING = re.compile(
    r"\b(?:429|temporar\w+|throttl\w+|overload\w*|too many requests|try again (?:later|in an?))\b",
    re.IGNORECASE,
)


def kind_of(report: Report) -> tuple[Kind | None, str]:
    """The kind and the field that proved it, "" when only words did; None when nothing proves a failure."""
    fields = report.fields
    if fields.get("subtype") in _CAPS or fields.get("terminal_reason") in ("max_turns", "budget_exhausted"):
        return Kind.TURNS, "subtype"
    cause = _API_ERRORS.get(str(fields.get("api_error")))
    if cause is not None:
        return _refine(report, cause), "api_error"
    if "error" in fields:
        return _by_category(report, str(fields["error"]))
    return _by_status(report)


def _refine(report: Report, cause: Kind) -> Kind:
    """The typed cause, made narrower by words of its own family."""
    if cause in _MONEY and report.said in _MONEY:
        return report.said
    if cause is Kind.PLAN and report.said is None:
        return _refused_kind(report.rate_limit or {})
    return cause


def _refused_kind(info: Mapping[str, object]) -> Kind:
    """What a refusal with unknown words is: money's end when the fields name no window, else the plan's."""
    if info.get("rateLimitType") in (None, "overage") and info:
        if info.get("overageDisabledReason") == "out_of_credits":
            return Kind.CREDITS
        if info.get("overageDisabledReason") in ("org_level_disabled_until", "org_spend_cap_reached"):
            return Kind.SPEND
    return Kind.PLAN


def _by_category(report: Report, category: str) -> tuple[Kind, str]:
    status = report.fields.get("api_error_status")
    if category == "rate_limit":
        return _rate_limit(report)
    if category == "billing_error":
        return (Kind.SPEND if report.said is Kind.SPEND else Kind.CREDITS), "error"
    if category == "server_error":
        overload = status == 529 or report.said is Kind.OVERLOAD
        return (Kind.OVERLOAD if overload else Kind.SERVER), "error"
    return _CATEGORIES.get(category) or report.said or _STATUSES.get(status) or Kind.UNKNOWN, "error"


def _rate_limit(report: Report) -> tuple[Kind, str]:
    """`rate_limit` covers five different stops: the words tell which, the refusal's fields where words fail."""
    refused = report.rate_limit
    proof = "rate_limit_event" if refused else "error"
    if report.said in _RATE and not (report.said is Kind.ENTITLEMENT and _names_a_plan_window(refused)):
        return report.said, proof
    if refused:
        return _refused_kind(refused), proof
    passing = _PASSING.search(report.text) or not names_a_time(report.text)
    return (Kind.THROTTLE if passing else Kind.PLAN), proof


def _names_a_plan_window(refused: Mapping[str, object] | None) -> bool:
    """True for a seat or group without credits that ran into its own window: waiting does help there."""
    info = refused or {}
    return (
        info.get("rateLimitType") not in (None, "overage") and info.get("overageDisabledReason") is not None
    )


def _by_status(report: Report) -> tuple[Kind | None, str]:
    """Releases and formats without a category: HTTP status (2.1.112 and later), else words."""
    status = report.fields.get("api_error_status")
    if status == 429 or (report.rate_limit and status is None):
        kind, proof = _rate_limit(report)
        return kind, "api_error_status" if proof == "error" else proof
    if report.said is not None:
        return report.said, ""
    if status in _STATUSES:
        return _STATUSES[status], "api_error_status"
    if isinstance(status, int) and status >= 500:
        return Kind.SERVER, "api_error_status"
    return (Kind.UNKNOWN if report.fields.get("is_error") is True else None), ""


def window_of(report: Report, kind: Kind) -> str | None:
    """The window's name as the server gives it, else as the words do."""
    if kind not in _MONEY:
        return None
    named = (report.rate_limit or {}).get("rateLimitType")
    if isinstance(named, str) and named != "overage":
        return named
    return report.wording.window if report.wording else None


def resets_at(report: Report, kind: Kind, window: str | None, now: datetime, zone: tzinfo) -> datetime | None:
    """From the fields, else from the words; for a spend cap or credits the earlier of window and overage."""
    if kind not in _MONEY:
        return None
    info = report.rate_limit or {}
    names = ("resetsAt",) if kind is Kind.PLAN else ("resetsAt", "overageResetsAt")
    known = [instant for name in names if (instant := from_epoch(info.get(name)))]
    instant = min(known, default=None) or parse(report.text, now, zone)
    return clamp(instant, window, now) if instant else None
