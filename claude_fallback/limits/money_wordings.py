"""How claude says that money stands in the way: a spend cap, credits, or a plan that does not include it."""

from __future__ import annotations

from claude_fallback.limits.limit import Kind
from claude_fallback.limits.wording import Wording

_WEEK = "seven_day"
_HINT = "[ · {text}]"
_REJECTED = "[API Error: Request rejected (429) · ]"  # clients before 2.1.225 put it in front
_RAW_400 = "[API Error: 400 [{json}]]"  # the API's JSON, up to the message in it


def _spend(template: str, releases: str, example: str, window: str | None = "monthly") -> Wording:
    return Wording(template, Kind.SPEND, releases, example, window)


_SPEND: tuple[Wording, ...] = (
    # 1.0.100 to 2.0.42 say this for a plain five-hour limit too, when the organisation has extra usage
    # switched off: the words are then wrong about the reason, not about the time.
    _spend(
        "Spending cap reached[ ∙] resets {t}", "1.0.100-2.0.42", "Spending cap reached resets 9:39am", None
    ),
    _spend(
        "You've hit your monthly spend limit" + _HINT,
        "2.1.170-",
        "You've hit your monthly spend limit · raise it at claude.ai/settings/usage"
        " · your session limit resets 3pm (UTC)",
    ),
    _spend(
        "You've hit your monthly spend limit.[ {text}]",
        "2.1.197-",
        "You've hit your monthly spend limit. Run /usage-credits to raise it and keep using Fable 5",
    ),
    _spend(
        "You've hit your {org's|org's monthly|individual|individual monthly} {spend|usage} limit" + _HINT,
        "2.1.119-",
        "You've hit your org's monthly spend limit · run /usage-credits to ask your admin for a higher limit",
    ),
    _spend(
        "You've hit your team's {shared budget|pooled group budget}{.| ·} {text}",
        "2.1.277-",
        "You've hit your team's pooled group budget · ask your admin to raise it",
    ),
    _spend(
        "You've hit your team's pooled group budget", "2.1.330-", "You've hit your team's pooled group budget"
    ),
    _spend(
        "You've hit your channel's monthly {spend|usage} limit[.][ · {text}]",
        "2.1.277-",
        "You've hit your channel's monthly usage limit · resets Dec 1, 12am (UTC)",
    ),
    _spend(
        "You've hit your usage limit · contact your admin to increase it",
        "2.1.128-",
        "You've hit your usage limit · contact your admin to increase it",
    ),
    _spend(
        "Usage is paused for your organization. For help, please contact support.",
        "2.1.330-",
        "Usage is paused for your organization. For help, please contact support.",
        "daily",
    ),
    _spend(
        _RAW_400 + "You have reached your specified [workspace ]API usage limits.[{text}]",
        "0.2.107-",
        'API Error: 400 {"type":"error","error":{"type":"invalid_request_error",'
        '"message":"You have reached your specified API usage limits. You will regain access on'
        ' 2027-01-01 at 00:00 UTC."}}',
    ),
    _spend(
        _REJECTED + "spend limit reached",
        "2.1.197-",
        "API Error: Request rejected (429) · spend limit reached",
    ),
    _spend(
        _REJECTED + "spend limit reached (daily; resets {t})[ — {text}]",
        "2.1.197-",
        "spend limit reached (daily; resets 2026-12-01 00:00 UTC)",
        "daily",
    ),
    _spend(
        _REJECTED + "spend limit reached (weekly; resets {t})[ — {text}]",
        "2.1.197-",
        "API Error: Request rejected (429) · spend limit reached (weekly; resets 2026-12-01 00:00 UTC)",
        _WEEK,
    ),
    _spend(
        _REJECTED + "spend limit reached (monthly; resets {t})[ — {text}]",
        "2.1.197-",
        "spend limit reached (monthly; resets 2026-12-01 00:00 UTC) — ask #platform",
    ),
    _spend(
        "API Error: 429 {json}spend limit reached{text}",
        "1.0.60-2.1.104",
        'API Error: 429 {"type":"error","error":{"type":"billing_error",'
        '"message":"spend limit reached (monthly; resets 2027-01-01 00:00 UTC)"}}',
    ),
    _spend(
        _REJECTED + "spend limit reached · resets {t}[ · {text}]",
        "2.1.330-",
        "spend limit reached · resets Aug 8 · request an increase at https://go.corp.example.com/claude-limits",
    ),
    _spend(
        _REJECTED + "spend limit unavailable",
        "2.1.240-",
        "spend limit unavailable",
    ),
)


def _credits(template: str, releases: str, example: str) -> Wording:
    return Wording(template, Kind.CREDITS, releases, example)


_CREDITS: tuple[Wording, ...] = (
    _credits("Credit balance is too low", "0.2.100-", "Credit balance is too low"),
    _credits(
        "Credit balance too low · Add funds: {text}",
        "0.2.100-",
        "Credit balance too low · Add funds: https://console.anthropic.com/settings/billing",
    ),
    _credits(
        "You're out of {extra usage|usage credits}[ · resets {t}][ · progress saved]",
        "2.1.12-",
        "You're out of extra usage · resets 3am (Asia/Calcutta)",
    ),
    _credits(
        "You're out of usage credits. {Run /usage-credits|/model|Switch to|See Usage in}[ {text}][.]",
        "2.1.197-",
        "You're out of usage credits. Run /usage-credits to keep using Fable 5 or /model to switch models.",
    ),
    _credits(
        _RAW_400 + "You're out of extra usage. Add more at claude.ai/settings/usage{text}",
        "2.1.90-",
        "You're out of extra usage. Add more at claude.ai/settings/usage and keep going.",
    ),
    _credits(
        "Your org is out of usage · {add funds to continue|contact your admin}",
        "2.1.128-",
        "Your org is out of usage · contact your admin",
    ),
    _credits(
        "Your organization is out of usage credits.[ {text}]",
        "2.1.295-",
        "Your organization is out of usage credits. Contact your admin to add more.",
    ),
    _credits(
        "Claude stopped here because {name} now requires usage credits.[ {text}]",
        "2.1.295-",
        "Claude stopped here because Fable 5 now requires usage credits. Run /usage-credits to continue.",
    ),
    _credits(
        "{Fable|Opus|Sonnet|Haiku|Mythos}[ {name}] {requires|needs} usage credits{.|,}[ {text}]",
        "2.1.197-",
        "Fable 5 requires usage credits. Run /usage-credits to continue or switch models with /model.",
    ),
    _credits(
        "{Fable|Opus}[ {n}] {limit reached · continuing|now uses} {text} to confirm went unanswered{text}",
        "2.1.236-",
        "Fable 5 now uses usage credits, and the prompt to confirm went unanswered — nothing was sent.",
    ),
    _credits(
        "API Error: Usage credits ran out before the response was finished.",
        "2.1.330-",
        "API Error: Usage credits ran out before the response was finished.",
    ),
)


def _entitlement(template: str, releases: str, example: str) -> Wording:
    return Wording(template, Kind.ENTITLEMENT, releases, example)


_ENTITLEMENT: tuple[Wording, ...] = (
    _entitlement(
        "Your seat type doesn't include {usage credits|usage|extra usage}",
        "2.1.128-",
        "Your seat type doesn't include usage credits",
    ),
    _entitlement(
        "This service is disabled for your org", "2.1.128-", "This service is disabled for your org"
    ),
    _entitlement(
        "Your usage allocation has been disabled by your admin" + _HINT,
        "2.1.128-",
        "Your usage allocation has been disabled by your admin · ask your admin for a higher limit",
    ),
    _entitlement(
        "Your group's usage limit is set to $0" + _HINT,
        "2.1.128-",
        "Your group's usage limit is set to $0 · run /usage-credits to ask your admin for a higher limit",
    ),
    _entitlement(
        "API Error: {Extra usage is|Usage credits} required for 1M context · {text}",
        "2.1.90-",
        "API Error: Usage credits required for 1M context · run /usage-credits to turn them on",
    ),
    _entitlement(
        _RAW_400 + "Third-party apps now draw from your extra usage, not your plan limits.[{text}]",
        "2.1.90-",
        'API Error: 400 {"type":"error","error":{"type":"invalid_request_error",'
        '"message":"Third-party apps now draw from your extra usage, not your plan limits."}}',
    ),
    _entitlement(
        "Claude Opus is not available with the Claude Pro plan. {text}",
        "1.0.60-",
        "Claude Opus is not available with the Claude Pro plan. If you have updated your subscription plan"
        " recently, run /logout and /login for the plan to take effect.",
    ),
)

MONEY_WORDINGS: tuple[Wording, ...] = (*_SPEND, *_CREDITS, *_ENTITLEMENT)
