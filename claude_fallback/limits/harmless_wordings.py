"""What claude prints about limits while the turn goes on. None of it is ever a limit."""

from __future__ import annotations

from claude_fallback.limits.wording import Wording


def _harmless(template: str, releases: str, example: str, where: str = "TUI") -> Wording:
    return Wording(template, None, releases, example, where=where)


_WARNINGS: tuple[Wording, ...] = (
    _harmless(
        "Approaching {text}",
        "1.0.17-",
        "Approaching Opus usage limit · /model to use best available model",
    ),
    _harmless(
        "You've used {n}% of your {text}",
        "2.1.12-",
        "You've used 92% of your session limit · resets 3pm (UTC) · /upgrade to keep using Claude Code",
    ),
    _harmless(
        "Over {n}% of your {text}", "2.1.330-", "Over 90% of your weekly limit used · resets Dec 1, 9am (UTC)"
    ),
    _harmless("You're close to your {text}", "2.1.12-", "You're close to your usage credit limit"),
    _harmless(
        "{You're now|Now} using {text}",
        "2.1.12-",
        "You're now using usage credits · Your session limit resets 3pm (UTC)",
    ),
    _harmless(
        "Claude Opus[ {n}] limit reached, now using {text}",
        "1.0.17-1.0.84",
        "Claude Opus 4 limit reached, now using Sonnet 4",
    ),
    _harmless(
        "Switched to {name} due to high demand for {name}",
        "2.1.160-",
        "Switched to Sonnet 5 due to high demand for Opus 5",
    ),
    _harmless(
        "We are experiencing high demand for {text}", "1.0.17-", "We are experiencing high demand for Opus 4."
    ),
)

_FAST: tuple[Wording, ...] = (
    _harmless(
        "You've hit your fast limit[ · {text}]",
        "2.1.38-",
        "You've hit your fast limit · resets in 5m",
    ),
    _harmless(
        "Fast limit reached and temporarily disabled · resets in {text}",
        "2.1.38-",
        "Fast limit reached and temporarily disabled · resets in 5m",
    ),
    _harmless(
        "Fast mode {overloaded and is temporarily unavailable · resets in|disabled ·} {text}",
        "2.1.38-",
        "Fast mode disabled · usage credit limit reached",
    ),
)

_RETRIES: tuple[Wording, ...] = (
    _harmless(
        "API {text} · Retrying in {n} seconds… (attempt {text})",
        "0.2.100-1.0.84",
        "API Error (Rate limited) · Retrying in 5 seconds… (attempt 1/10)",
        where="stderr",
    ),
    _harmless("Retrying in {text}", "2.0.10-", "Retrying in 5 seconds… (attempt 4/10)"),
    _harmless(
        "{text} · Retrying in {text} · attempt {text}",
        "2.1.197-",
        "Session limit reached · Retrying in 5s (3pm) · attempt 2/10",
    ),
    _harmless(
        "Waiting for API response · will retry in {text}",
        "2.1.30-",
        "Waiting for API response · will retry in 5s",
    ),
)

_AUTO_CONTINUE: tuple[Wording, ...] = (
    _harmless(
        "Usage limit reached · {continuing automatically|set to continue automatically} {text}",
        "2.1.234-",
        "Usage limit reached · set to continue automatically at 9:41am",
    ),
    _harmless(
        "Continuing automatically {text}", "2.1.234-", "Continuing automatically at 9:41am · Esc to cancel"
    ),
    _harmless(
        "{Your usage limit has reset|Usage limit reset} · {text}",
        "2.1.234-",
        "Usage limit reset · continuing",
    ),
    _harmless(
        "{Continuing now|Working} at lower priority {text}",
        "2.1.240-",
        "Continuing now at lower priority until your limit resets at 3pm",
    ),
    _harmless(
        "Lower-priority mode ended · you have reached your weekly usage limit",
        "2.1.240-",
        "Lower-priority mode ended · you have reached your weekly usage limit",
    ),
    _harmless(
        "Usage limit reached · {wrapping up|brief included}[ {text}]",
        "2.1.240-",
        "Usage limit reached · wrapping up",
    ),
    _harmless(
        "{[}Usage limit {approaching.|reached —} {text}{]}",
        "2.1.240-",
        "[Usage limit approaching. Checkpoint now: commit what you have]",
        where="model",
    ),
)

_LOCAL_CAPS: tuple[Wording, ...] = (
    _harmless(
        "{Subagent nesting|Concurrent subagent} limit reached", "2.1.90-", "Subagent nesting limit reached"
    ),
    _harmless("Budget limit reached ({text})", "2.1.90-", "Budget limit reached ($5.00)"),
    _harmless(
        "Context low · Run /compact{text}", "1.0.60-", "Context low · Run /compact to compact & continue"
    ),
    _harmless(
        "{Goal|Workflow} paused · {text}", "2.1.330-", "Goal paused · usage limit reached · continue later"
    ),
    _harmless(
        "GitHub API rate limit exceeded{text}",
        "2.1.116-",
        "GitHub API rate limit exceeded (5,000/hr for your user); wait before the next gh call",
        where="model",
    ),
    _harmless(
        "Agent terminated early due to an API error: {text}",
        "2.1.199-",
        "Agent terminated early due to an API error: You've hit your session limit · resets 3pm (UTC)",
        where="tool result",
    ),
)

_MENU: tuple[Wording, ...] = (
    _harmless("[1. ]Stop and wait for limit to reset", "2.0.55-", "1. Stop and wait for limit to reset"),
    _harmless(
        "[• ]/upgrade to increase your usage limit.",
        "0.2.100-",
        "• /upgrade to increase your usage limit.",
    ),
)

HARMLESS_WORDINGS: tuple[Wording, ...] = (
    *_WARNINGS,
    *_FAST,
    *_RETRIES,
    *_AUTO_CONTINUE,
    *_LOCAL_CAPS,
    *_MENU,
)
