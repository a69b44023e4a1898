"""Kind, window and reset time of one report, proven by typed cause, category, HTTP status, words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from types import MappingProxyType

from claude_fallback.limits.limit import Kind
from claude_fallback.limits.reset_time import clamp, from_field, names_a_time, parse
from claude_fallback.limits.wording import Wording


@dataclass(frozen=True)
class Report:
    """A Sighting and the wording it was recognised as."""

    text: str
    fields: Mapping[str, object]
    rate_limit: Mapping[str, object] | None
    wording: Wording | None

    @property
    def refusal(self) -> Mapping[str, object]:
        """`rate_limit` when it says what was refused, else {}. 2.1.330 reports a throttle and a missing
        entitlement as a bare {"status": "rejected"} too.
        """
        info = self.rate_limit or {}
        return info if any(info.get(name) is not None for name in _TELLING) else {}

    @property
    def said(self) -> Kind | None:
        """The kind that the words alone speak of."""
        return self.wording.kind if self.wording else None


# `api_error`, the typed cause, as 2.1.330 declares it. It is internal to claude and grows: a value that is
# not here counts as absent. usage_limit_reached is a plan's window or a spend cap, never a throttle.
_CAUSES: Mapping[str, Kind] = MappingProxyType(
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
# The other categories that there are: status and words tell of them. What is in neither list is new.
_OTHERS = ("server_error", "invalid_request", "model_not_found", "max_output_tokens", "unknown")

# `api_error_status`, the HTTP status (2.1.112 and later).
_STATUSES: Mapping[int, Kind] = MappingProxyType(
    {401: Kind.LOGIN, 403: Kind.LOGIN, 413: Kind.CONTEXT, 529: Kind.OVERLOAD}
)

# `overageDisabledReason`: why usage beyond the plan was refused.
_REASONS: Mapping[str, Kind] = MappingProxyType(
    {
        "out_of_credits": Kind.CREDITS,
        "org_level_disabled_until": Kind.SPEND,
        "org_spend_cap_reached": Kind.SPEND,
    }
)
_TELLING = ("rateLimitType", "resetsAt", "overageStatus", "overageDisabledReason", "errorCode")

_CAPS = ("error_max_turns", "error_max_budget_usd", "error_max_structured_output_retries")
_USED_UP = (Kind.PLAN, Kind.SPEND, Kind.CREDITS)
_RATE = (*_USED_UP, Kind.THROTTLE, Kind.ENTITLEMENT, Kind.OVERLOAD)
_PASSING = re.compile(
    r"\b(?:429|temporar\w+|throttl\w+|overload\w*|too many requests|try again (?:later|in an?))\b",
    re.IGNORECASE,
)


def kind_of(report: Report) -> tuple[Kind | None, str]:
    """The kind and the field that proved it, "" when only words did; None when nothing proves a failure."""
    fields = report.fields
    if fields.get("subtype") in _CAPS or fields.get("terminal_reason") in ("max_turns", "budget_exhausted"):
        return Kind.TURNS, "subtype"
    cause = _CAUSES.get(str(fields.get("api_error")))
    if cause is not None:
        return _refine(report, cause), "api_error"
    if fields.get("terminal_reason") in ("prompt_too_long", "blocking_limit"):
        return Kind.CONTEXT, "terminal_reason"
    if "error" in fields:
        return _by_category(report, str(fields["error"]))
    return _by_status(report)


def _refine(report: Report, cause: Kind) -> Kind:
    """The typed cause, made narrower by words of its own family, or by the fields when the words are new."""
    if cause in _USED_UP and report.said in _USED_UP:
        return report.said
    return _refused(report.rate_limit or {}) if cause is Kind.PLAN else cause


def _refused(info: Mapping[str, object]) -> Kind:
    """What a refusal with unknown words is: the end of money when no window is named, else of the plan."""
    if info.get("rateLimitType") in (None, "overage"):
        return _REASONS.get(str(info.get("overageDisabledReason")), Kind.PLAN)
    return Kind.PLAN


def _by_category(report: Report, category: str) -> tuple[Kind, str]:
    status = report.fields.get("api_error_status")
    if category == "rate_limit":
        return _rate_limit(report)
    if category == "billing_error":
        return (Kind.SPEND if report.said is Kind.SPEND else Kind.CREDITS), "error"
    if status == 429 and category not in (*_CATEGORIES, *_OTHERS):  # of a release to come
        return _rate_limit(report)
    kind = _CATEGORIES.get(category) or report.said or _by_number(status)
    return kind or Kind.UNKNOWN, "error"


def _rate_limit(report: Report) -> tuple[Kind, str]:
    """`rate_limit` covers five different stops: the words tell which, else the refusal's fields."""
    refusal = report.refusal
    proof = "rate_limit_event" if refusal else "error"
    if report.said in _RATE and not (report.said is Kind.ENTITLEMENT and _in_a_window(refusal)):
        return report.said, proof
    if refusal:
        return _refused(refusal), proof
    note = report.wording is not None and report.said is None  # of claude's other limits: "fast limit"
    passing = note or _PASSING.search(report.text) or not names_a_time(report.text)
    return (Kind.THROTTLE if passing else Kind.PLAN), proof


def _in_a_window(refusal: Mapping[str, object]) -> bool:
    """True for a seat or group without credits that ran into its own window: waiting does help there."""
    claim = refusal.get("rateLimitType")
    return claim not in (None, "overage") and refusal.get("overageDisabledReason") is not None


def _by_status(report: Report) -> tuple[Kind | None, str]:
    """Releases and formats without a category: HTTP status (2.1.112 and later), else words."""
    status = report.fields.get("api_error_status")
    if status == 429 or (report.refusal and status is None):
        kind, proof = _rate_limit(report)
        return kind, "api_error_status" if proof == "error" else proof
    if report.said is not None and not report.fields.get("answered"):  # those words are the model's
        return report.said, ""
    if numbered := _by_number(status):
        return numbered, "api_error_status"
    return (Kind.UNKNOWN if report.fields.get("is_error") is True else None), ""


def _by_number(status: object) -> Kind | None:
    """The kind of an HTTP status; a connection that broke has none, and says nothing about the server."""
    if not isinstance(status, int):
        return None
    return _STATUSES.get(status) or (Kind.SERVER if status >= 500 else None)


def window_of(report: Report, kind: Kind) -> str | None:
    """The window's name as the server gives it, else as the words do."""
    if kind not in _USED_UP:
        return None
    named = (report.rate_limit or {}).get("rateLimitType")
    if isinstance(named, str):
        return named
    return report.wording.window if report.wording else None


def resets_at(report: Report, kind: Kind, window: str | None, now: datetime, zone: tzinfo) -> datetime | None:
    """From the fields, else from the words; for a spend cap or credits the earlier of window and overage."""
    if kind not in _USED_UP:
        return None
    info = report.rate_limit or {}
    names = ("resetsAt",) if kind is Kind.PLAN else ("resetsAt", "overageResetsAt")
    known = [instant for name in names if (instant := from_field(info.get(name)))]
    instant = min(known, default=None) or parse(report.text, now, zone)
    return clamp(instant, window, now) if instant else None
