"""Refusals as Anthropic's API words them: bodies and the unified rate limit headers.

A header is left out when its argument is None, so every combination can be told from its absence.
"""

from __future__ import annotations

from collections.abc import Mapping

from claude_fallback.rehearsal.answers import Refusal

_UNIFIED = "anthropic-ratelimit-unified-"
_EXCEEDED = "This request would exceed your account's rate limit. Please try again later."

CLAIMS = (
    "five_hour",
    "seven_day",
    "seven_day_opus",
    "seven_day_sonnet",
    "seven_day_overage_included",
    "overage",
)
OVERAGE_DISABLED_REASONS = (
    "overage_not_provisioned",
    "org_level_disabled",
    "org_level_disabled_until",
    "org_spend_cap_reached",
    "org_service_level_disabled",
    "out_of_credits",
    "seat_tier_level_disabled",
    "seat_tier_zero_credit_limit",
    "group_zero_credit_limit",
    "member_level_disabled",
    "member_zero_credit_limit",
    "no_limits_configured",
    "fetch_error",
    "unknown",
)


def unified(  # noqa: PLR0913 - one argument for each header
    status: str | None = "allowed",
    *,
    claim: str | None = None,
    reset: float | None = None,
    overage_status: str | None = None,
    overage_reset: float | None = None,
    overage_disabled_reason: str | None = None,
    overage_in_use: bool | None = None,
    fallback: str | None = None,
    upgrade_paths: str | None = None,
    windows: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The `anthropic-ratelimit-unified-*` headers, for a refusal or for a success.

    `reset` and `overage_reset` are epoch seconds. `windows` holds the many per-window headers by their
    name after the prefix: `{"5h-utilization": "0.93", "5h-surpassed-threshold": "0.9"}`.
    """
    values = {
        "status": status,
        "representative-claim": claim,
        "reset": _epoch(reset),
        "overage-status": overage_status,
        "overage-reset": _epoch(overage_reset),
        "overage-disabled-reason": overage_disabled_reason,
        "overage-in-use": None if overage_in_use is None else str(overage_in_use).lower(),
        "fallback": fallback,
        "upgrade-paths": upgrade_paths,
        **(windows or {}),
    }
    return {_UNIFIED + name: value for name, value in values.items() if value is not None}


def limit(  # noqa: PLR0913 - one argument for each header
    claim: str | None = "five_hour",
    reset: float | None = None,
    *,
    overage_status: str | None = "rejected",
    overage_reset: float | None = None,
    overage_disabled_reason: str | None = "org_level_disabled",
    message: str = _EXCEEDED,
    windows: Mapping[str, str] | None = None,
    extra: Mapping[str, str] | None = None,
) -> Refusal:
    """A 429 of a subscription: plan limits, spend caps and used-up credits differ only in the headers."""
    headers = unified(
        "rejected",
        claim=claim,
        reset=reset,
        overage_status=overage_status,
        overage_reset=overage_reset,
        overage_disabled_reason=overage_disabled_reason,
        windows=windows,
    )
    return error(429, "rate_limit_error", message, {"x-should-retry": "false", **headers, **(extra or {})})


def credits_required(
    reset: float | None = None,
    *,
    message: str = "Usage credits are required for this model.",
    disabled_reason: str = "out_of_credits",
    can_purchase: bool = True,
    claim: str | None = None,
) -> Refusal:
    """A 429 whose body carries `error.details.error_code` = credits_required (newest models)."""
    details = {
        "error_code": "credits_required",
        "disabled_reason": disabled_reason,
        "can_user_purchase_credits": can_purchase,
        "has_chargeable_saved_payment_method": False,
    }
    headers = unified("rejected", claim=claim, reset=reset)
    return error(429, "rate_limit_error", message, {"x-should-retry": "false", **headers}, details)


def throttle(
    retry_after: int | None = None, should_retry: bool | None = None, message: str = _EXCEEDED
) -> Refusal:
    """A 429 without quota headers: API keys, or a server that slows everyone down."""
    return error(429, "rate_limit_error", message, _retry_headers(retry_after, should_retry))


def overloaded(should_retry: bool | None = None) -> Refusal:
    return error(529, "overloaded_error", "Overloaded", _retry_headers(None, should_retry))


def server_error(status: int = 500, should_retry: bool | None = None) -> Refusal:
    return error(status, "api_error", "Internal server error", _retry_headers(None, should_retry))


def unauthorized(message: str = "invalid x-api-key") -> Refusal:
    """401: a key or a login that is not (or no longer) valid."""
    return error(401, "authentication_error", message)


def forbidden(message: str = "Your account does not have access to Claude Code.") -> Refusal:
    return error(403, "permission_error", message)


def credit_balance() -> Refusal:
    """400: the prepaid credits of a Console account are used up."""
    says = "Your credit balance is too low to access the Anthropic API."
    remedy = "Please go to Plans & Billing to upgrade or purchase credits."
    return error(400, "invalid_request_error", f"{says} {remedy}")


def workspace_limit(regain: str = "2027-01-01 at 00:00 UTC", workspace: bool = True) -> Refusal:
    """400: the spend cap of a Console workspace, or of the whole account."""
    whose = "workspace API usage limits" if workspace else "API usage limits"
    says = f"You have reached your specified {whose}. You will regain access on {regain}."
    return error(400, "invalid_request_error", says)


def operator_cap(retry_after: int = 3600, until: str = "monthly; resets 2027-01-01 00:00 UTC") -> Refusal:
    """429 billing_error: the cap that the operator of a Claude apps gateway set."""
    return error(429, "billing_error", f"spend limit reached ({until})", _retry_headers(retry_after, False))


def long_context(words: str = "Extra usage is required for long context requests.") -> Refusal:
    """429: this plan does not include the 1M context window."""
    return error(429, "rate_limit_error", words, _retry_headers(None, False))


def prompt_too_long(tokens: int = 213462, maximum: int = 200000) -> Refusal:
    return error(400, "invalid_request_error", f"prompt is too long: {tokens} tokens > {maximum} maximum")


def model_not_found(model: str) -> Refusal:
    return error(404, "not_found_error", f"model: {model}")


def invalid_signature(where: str, kind: str = "thinking") -> Refusal:
    """400: a thinking block that this server did not sign (`where`: messages.1.content.0)."""
    part = "signature" if kind == "thinking" else "data"
    return error(400, "invalid_request_error", f"{where}: Invalid `{part}` in `{kind}` block")


def error(
    status: int,
    kind: str,
    message: str,
    headers: Mapping[str, str] | None = None,
    details: Mapping[str, object] | None = None,
) -> Refusal:
    """Any other refusal; the server adds the request id to body and headers."""
    inner: dict[str, object] = {"type": kind, "message": message}
    if details is not None:
        inner["details"] = dict(details)
    return Refusal(status, {"type": "error", "error": inner}, headers or {})


def _epoch(instant: float | None) -> str | None:
    return None if instant is None else str(int(instant))


def _retry_headers(after: int | None, should: bool | None) -> dict[str, str]:
    headers = {} if after is None else {"retry-after": str(after)}
    return headers if should is None else {**headers, "x-should-retry": str(should).lower()}
