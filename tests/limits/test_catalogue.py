"""Every wording that claude has been seen to print, against the catalogue."""

from __future__ import annotations

import pytest

from claude_fallback.limits.catalogue import PRECEDENCE, WORDINGS, classify
from claude_fallback.limits.limit import Kind
from claude_fallback.limits.wording import Wording

PLAN, SPEND, CREDITS, THROTTLE = Kind.PLAN, Kind.SPEND, Kind.CREDITS, Kind.THROTTLE
OVERLOAD, ENTITLEMENT, SERVER, LOGIN = Kind.OVERLOAD, Kind.ENTITLEMENT, Kind.SERVER, Kind.LOGIN
FIVE, WEEK, OPUS, SONNET = "five_hour", "seven_day", "seven_day_opus", "seven_day_sonnet"
FABLE, MONTH = "seven_day_overage_included", "monthly"
API = "API Error: "

PRINTED: list[tuple[str, Kind, str | None]] = [
    ("Claude AI usage limit reached|1749470400", PLAN, None),
    ("Claude AI usage limit reached|0", THROTTLE, None),
    ("Claude usage limit reached. Your limit will reset at 10:52am (UTC).", PLAN, None),
    ("Claude Max usage limit reached. Your limit will reset at 3pm (Europe/Berlin).", PLAN, None),
    ("Claude weekly usage limit reached. Your limit will reset on Wed (America/New_York).", PLAN, None),
    ("5-hour limit reached ∙ resets 3:45pm", PLAN, FIVE),
    ("Session limit reached ∙ resets 12am", PLAN, FIVE),
    ("Weekly limit reached ∙ resets Oct 31, 9am", PLAN, WEEK),
    ("Weekly limit reached ∙ resets Oct 24", PLAN, WEEK),
    ("Opus weekly limit reached ∙ resets Oct 31, 9am", PLAN, OPUS),
    ("Usage limit reached ∙ resets 3pm", PLAN, None),
    ("5-hour limit resets 3pm (UTC) ∙ contact an admin to keep working", PLAN, FIVE),
    ("Session limit resets 3pm (UTC) ∙ contact an admin to keep working", PLAN, FIVE),
    ("Session limit reached ∙ contact an admin to keep working", PLAN, FIVE),
    ("Weekly limit resets Oct 31, 9am (UTC) ∙ contact an admin to keep working", PLAN, WEEK),
    ("Opus limit reached ∙ contact an admin to keep working", PLAN, OPUS),
    ("Limit reached – contact an admin to keep working", PLAN, None),
    ("Spending cap reached resets 9:39am", SPEND, None),
    ("Spending cap reached ∙ resets Nov 2, 9am", SPEND, None),
    ("5-hour limit reached · resets 3pm (UTC) · /upgrade to Max or turn on /extra-usage", PLAN, FIVE),
    ("5-hour limit reached · resets 3pm (Etc/GMT-9)", PLAN, FIVE),
    (
        "Weekly limit reached · resets Dec 1, 9am (UTC) · /upgrade to Max 20x or turn on /extra-usage",
        PLAN,
        WEEK,
    ),
    ("Opus weekly limit reached · resets 9am (Asia/Saigon) · turn on /extra-usage", PLAN, OPUS),
    ("Sonnet weekly limit reached · resets 9am (UTC) · /model opus or turn on /extra-usage", PLAN, SONNET),
    ("Limit reached · resets 9am (UTC) · contact an admin to increase limits", PLAN, None),
    ("Limit reached resets 9:46am (UTC) · ", PLAN, None),
    ("Limit reached · resets 9:46am (UTC) · ", PLAN, None),
    ("Usage limit reached · resets 9am (UTC)", PLAN, None),
    ("You've hit your limit · resets 9:39am (UTC)", PLAN, None),
    ("You’ve hit your limit · resets 9:39\u202fam (UTC)", PLAN, None),
    ("You've hit your limit · resets Jan 30, 11:30am (Asia/Calcutta)", PLAN, None),
    ("You've hit your limit", PLAN, None),
    ("You've hit your session limit · resets 6pm (America/Los_Angeles)", PLAN, FIVE),
    ("You've hit your session limit · resets 6pm (America/Argentina/Buenos_Aires)", PLAN, FIVE),
    ("You've hit your weekly limit · resets May 5 at 9pm (Europe/Berlin)", PLAN, WEEK),
    ("You've hit your weekly limit · resets Sep 15 at 7pm", PLAN, WEEK),
    ("You've hit your weekly limit · resets Jan 2, 2027, 9am (UTC)", PLAN, WEEK),
    ("You've hit your weekly limit · resets Mon 12:00am", PLAN, WEEK),
    ("You've hit your Opus limit · resets 3pm (UTC)", PLAN, OPUS),
    ("You've hit your Sonnet limit · resets 3pm (UTC)", PLAN, SONNET),
    ("You've hit your usage limit · resets 3pm (UTC)", PLAN, None),
    ("You've hit your 5-hour limit · resets 9:39am (UTC)", PLAN, FIVE),
    ("You've hit your 5-hour limit · resets 9:39am (UTC) · progress saved", PLAN, FIVE),
    ("You've hit your 5-hour limit · resets 9:39am (UTC) · out of usage credits", PLAN, FIVE),
    ("You've hit your session limit · resets 3pm (UTC) · out of usage credits · progress saved", PLAN, FIVE),
    ("You've hit your Fable 5 limit · resets 3pm (UTC)", PLAN, FABLE),
    ("You've hit your Fable limit · resets 9:40am (UTC). Switch to another model to continue.", PLAN, FABLE),
    (
        "You've reached your Fable 5 limit. Run /usage-credits to continue or switch models with /model.",
        PLAN,
        FABLE,
    ),
    ("You've reached your Fable 5 limit. /model to switch models.", PLAN, FABLE),
    ("Fable 5 requires usage credits. Run /usage-credits to continue or switch models.", CREDITS, None),
    ("Opus 5 requires usage credits. It resets Dec 1.", CREDITS, None),
    ("You're out of extra usage · resets 3am (Asia/Calcutta)", CREDITS, None),
    ("You're out of usage credits · resets 3am (UTC)", CREDITS, None),
    ("You're out of usage credits. Switch to another model to continue.", CREDITS, None),
    (
        "You're out of usage credits. Run /usage-credits to keep using Fable 5 or /model to switch models.",
        CREDITS,
        None,
    ),
    ("You've hit your monthly spend limit · raise it at claude.ai/settings/usage", SPEND, MONTH),
    (
        "You've hit your monthly spend limit. Run /usage-credits to raise it and keep using Fable",
        SPEND,
        MONTH,
    ),
    ("You've hit your monthly spend limit.", SPEND, MONTH),
    (
        "You've hit your monthly spend limit · raise it at claude.ai/settings/usage?from=cc_cli_limit_message"
        " · your session limit resets 3pm (UTC)",
        SPEND,
        MONTH,
    ),
    (
        "You've hit your org's monthly spend limit · run /usage-credits to raise it, or visit"
        " claude.ai/admin-settings/usage",
        SPEND,
        MONTH,
    ),
    (
        "You've hit your individual spend limit · ask your admin to raise it at https://claude.ai/x",
        SPEND,
        MONTH,
    ),
    ("You've hit your org's monthly usage limit", SPEND, MONTH),
    ("You've hit your org's monthly usage limit · resets Dec 1, 12am (UTC)", SPEND, MONTH),
    ("You've hit your individual usage limit · resets Dec 1, 12am (UTC)", SPEND, MONTH),
    ("You've hit your team's shared budget. Ask your admin.", SPEND, MONTH),
    ("You've hit your team's pooled group budget · resets Aug 8 · ask your admin to raise it", SPEND, MONTH),
    ("You've hit your channel's monthly spend limit · an org owner can raise it", SPEND, MONTH),
    ("You've hit your channel's monthly spend limit.", SPEND, MONTH),
    ("Your org is out of usage · add funds to continue", CREDITS, None),
    ("You've hit your usage limit · contact your admin to increase it", SPEND, MONTH),
    ("You've hit your usage limit", PLAN, None),
    ("Your seat type doesn't include usage credits", ENTITLEMENT, None),
    ("This service is disabled for your org", ENTITLEMENT, None),
    (
        "Your usage allocation has been disabled by your admin · run /usage-credits to ask your admin",
        ENTITLEMENT,
        None,
    ),
    ("Your group's usage limit is set to $0", ENTITLEMENT, None),
    ("Usage is paused for your organization. For help, please contact support.", SPEND, "daily"),
    (API + "Rate limit reached", THROTTLE, None),
    (API + "Request rejected (429) · this may be a temporary capacity issue.", THROTTLE, None),
    (API + "Request rejected (429) · This request would exceed your account's rate limit.", THROTTLE, None),
    (API + "Server is temporarily limiting requests (not your usage limit) · Rate limited", THROTTLE, None),
    (API + '429 {"type":"error","error":{"type":"rate_limit_error","message":"x"}}', THROTTLE, None),
    (API + '529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', OVERLOAD, None),
    (API + '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', OVERLOAD, None),
    (API + "529 Overloaded. This is a server-side issue, usually temporary — try again.", OVERLOAD, None),
    (API + "Repeated 529 Overloaded errors", OVERLOAD, None),
    (API + "Repeated 529 Overloaded errors. The API is at capacity — try again.", OVERLOAD, None),
    ("Repeated server overload with Opus model", OVERLOAD, None),
    ("Opus is experiencing high load, please use /model to switch to Sonnet", OVERLOAD, None),
    ("Fable is experiencing high load. Switch to Sonnet.", OVERLOAD, None),
    (API + '403 {"type":"error","error":{"type":"permission_error"}} · Please run /login', LOGIN, None),
    (API + "500 Internal server error. This is a server-side issue, usually temporary", SERVER, None),
    (API + '500 {"type":"error","error":{"type":"api_error","message":"Internal"}}', SERVER, None),
    (API + "503 Service Unavailable", SERVER, None),
    ("Credit balance is too low", CREDITS, None),
    ("Credit balance too low · Add funds: https://platform.claude.com/settings/billing", CREDITS, None),
    (
        API + '400 {"type":"error","error":{"type":"invalid_request_error","message":"You have reached your'
        ' specified API usage limits. You will regain access on 2025-06-01 at 00:00 UTC."}}',
        SPEND,
        MONTH,
    ),
    (
        API + "400 You have reached your specified workspace API usage limits. You will regain access on"
        " 2027-01-01 at 00:00 UTC.",
        SPEND,
        MONTH,
    ),
    ("spend limit reached (daily; resets 2026-08-09 00:00 UTC)", SPEND, "daily"),
    ("spend limit reached (weekly; resets 2026-08-09 00:00 UTC) — ask #platform", SPEND, WEEK),
    (
        API + "Request rejected (429) · spend limit reached (monthly; resets 2027-01-01 00:00 UTC)",
        SPEND,
        MONTH,
    ),
    (API + "Request rejected (429) · spend limit reached", SPEND, MONTH),
    (API + "Request rejected (429) · spend limit reached · resets Aug 8", SPEND, MONTH),
    (API + "Request rejected (429) · spend limit unavailable", SPEND, MONTH),
    (API + "Extra usage is required for 1M context · enable extra usage", ENTITLEMENT, None),
    (API + "Usage credits required for 1M context · or use --model", ENTITLEMENT, None),
    (
        API + '400 {"error":{"message":"Third-party apps now draw from your extra usage,'
        ' not your plan limits."}}',
        ENTITLEMENT,
        None,
    ),
    ("You're out of extra usage. Add more at claude.ai/settings/usage and keep going.", CREDITS, None),
    (
        "Fable 5 limit reached · continuing on Fable 5 uses usage credits, and the prompt to confirm went"
        " unanswered — nothing was sent",
        CREDITS,
        None,
    ),
    ("Invalid API key · Please run /login", LOGIN, None),
    ("Not logged in · Please run /login", LOGIN, None),
    ("OAuth token revoked · Please run /login", LOGIN, None),
    ('Please run /login · API Error: 401 {"type":"error"}', LOGIN, None),
    ("Failed to authenticate. API Error: 403 Your account does not have access.", LOGIN, None),
    ("Prompt is too long", Kind.CONTEXT, None),
    ("Prompt is too long · the request is ~213462 tokens (limit 200000)", Kind.CONTEXT, None),
    ("Error: Reached max turns (3)", Kind.TURNS, None),
    ("Error: Exceeded USD budget (0.5)", Kind.TURNS, None),
]

HARMLESS = [
    "Approaching usage limit · resets at 7pm",
    "Approaching weekly usage limit · resets on Wed",
    "Approaching Opus usage limit · /model to use best available model",
    "Approaching 5-hour limit",
    "Approaching spending cap",
    "You've used 92% of your session limit · resets 3pm (UTC) · /upgrade to keep using Claude Code",
    "You've used 99% of your extra usage",
    "Over 90% of your weekly limit used",
    "You're close to your extra usage spending limit",
    "You're now using extra usage · Your session limit resets 3pm (UTC)",
    "Now using usage credits for Fable 5 · Your Fable 5 limit resets 3pm (UTC)",
    "Claude Opus 4 limit reached, now using Sonnet 4",
    "Claude Opus limit reached, now using Sonnet 4",
    "Switched to Sonnet 4.5 due to high demand for Opus 4.5",
    "Fast limit reached and temporarily disabled · resets in 5m",
    "You've hit your fast limit · resets in 5m",
    "Fast mode overloaded and is temporarily unavailable · resets in 12m",
    "Fast mode disabled · usage credit limit reached",
    "Context low · Run /compact to compact & continue",
    "Waiting for API response · will retry in 5s",
    "Retrying in 5 seconds… (attempt 4/10)",
    "Session limit reached · Retrying in 5s (3pm) · attempt 2/10",
    "Usage limit reached · continuing automatically at 9:41am · esc to cancel",
    "Usage limit reached · set to continue automatically at 9:41am",
    "Your usage limit has reset · press enter to continue",
    "Usage limit reached · wrapping up",
    "Usage limit reached · brief included wrap-up, then usage credits",
    "[Usage limit reached — grace window active. Finish now]",
    "Continuing now at lower priority until your limit resets at 3pm",
    "Lower-priority mode ended · you have reached your weekly usage limit",
    "Goal paused · usage limit reached · resumes later",
    "Subagent nesting limit reached",
    "Budget limit reached ($5.00)",
    "GitHub API rate limit exceeded (5,000/hr for your user)",
    "Agent terminated early due to an API error: You've hit your session limit · resets 3pm (UTC)",
    "Stop and wait for limit to reset",
]


@pytest.mark.parametrize(("text", "kind", "window"), PRINTED)
def test_a_printed_message_has_its_kind_and_window(text: str, kind: Kind, window: str | None) -> None:
    """Each message of claude's history is one wording, of the right class and window."""
    found = classify(text)
    assert found is not None
    assert (found.kind, found.window) == (kind, window)


@pytest.mark.parametrize("text", HARMLESS)
def test_a_warning_is_known_and_no_limit(text: str) -> None:
    """Warnings and look-alikes are in the catalogue as such, and no wording of a limit fits them."""
    found = classify(text)
    assert found is not None and found.kind is None
    assert not [one.template for one in WORDINGS if one.matches(text) and one.kind and not one.generic]


@pytest.mark.parametrize("text", [text for text, _, _ in PRINTED])
def test_a_message_inside_other_text_is_not_found(text: str) -> None:
    """The catalogue is anchored at both ends: a quotation is not the message."""
    for quoted in (f"It said: {text}", f"> {text}", f'"{text}"', f"{text}\nand so I stopped."):
        found = classify(quoted)
        assert found is None or found.kind is None


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda one: one.example[:40])
def test_every_wording_is_the_first_choice_for_its_example(wording: Wording) -> None:
    """No wording is hidden behind another one."""
    assert classify(wording.example) is wording


def test_a_wording_of_next_year_is_a_plan_limit_but_no_exact_one_yields_to_it() -> None:
    """`You've hit your … limit · resets …` is understood with any name, and never hides a look-alike."""
    found = classify("You've hit your Zephyr 7 limit · resets 3pm (UTC) · take a walk")
    assert found is not None and found.generic and found.kind is PLAN
    assert [one.generic for one in WORDINGS].count(True) == 1


def test_every_class_has_a_rank() -> None:
    """Precedence is total."""
    assert {*Kind, None} == set(PRECEDENCE)
