"""What claude prints about limits while the turn goes on. None of it is ever a limit."""

from __future__ import annotations

from claude_fallback.limits.wording import Wording


def _harmless(template: str, releases: str, example: str, where: str = "TUI") -> Wording:
    return Wording(template, None, releases, example, where=where)


LIMIT_IS_NEAR: tuple[Wording, ...] = (
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
)

_WARNINGS: tuple[Wording, ...] = (
    _harmless(
        "{You're now|Now} using {text}",
        "2.1.12-",
        "You're now using usage credits · Your session limit resets 3pm (UTC)",
    ),
    _harmless(
        "{5-hour|Session|Weekly|Opus|Opus weekly|Usage} limit reached, now using {text}",
        "1.0.89-2.0.42",
        "5-hour limit reached, now using extra usage",
    ),
    _harmless(
        "{5-hour|Session|Weekly|Opus|Opus weekly|Usage} limit {reached|resets} [{t} ]∙ continuing {text}",
        "1.0.89-2.0.42",
        "Weekly limit resets Oct 31, 9am ∙ continuing with extra usage",
    ),
    _harmless(
        "{5-hour|Weekly|Opus weekly|Sonnet weekly|Usage} limit reached · resets {t} · now using {text}",
        "2.0.55",
        "5-hour limit reached · resets 10am (UTC) · now using extra usage",
    ),
    _harmless(
        "Claude Opus[ {n}] limit reached, now using {text}",
        "1.0.17-2.0.32",
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
        "Fast limit {reached and temporarily disabled|reached, fast mode paused} · resets in {text}",
        "2.1.38-",
        "Fast limit reached, fast mode paused · resets in 5m",
    ),
    _harmless(
        "Fast mode {overloaded and is temporarily unavailable · resets in|disabled ·} {text}",
        "2.1.38-",
        "Fast mode disabled · usage credit limit reached",
    ),
    _harmless("Fast limit reset · {text}", "2.1.38-", "Fast limit reset · now using fast mode"),
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
    _harmless("Rate limited", "2.1.197-", "Rate limited"),
    _harmless("API overloaded[ — {text}]", "2.1.197-", "API overloaded — wait and retry"),
    _harmless(
        "Claude is temporarily limiting requests to the usage page (not your usage limit).[ {text}]",
        "2.1.330-",
        "Claude is temporarily limiting requests to the usage page (not your usage limit). Try again.",
    ),
    _harmless(
        "Waiting for API response · will retry in {text}",
        "2.1.30-",
        "Waiting for API response · will retry in 5s",
    ),
)

_LOCAL_CAPS: tuple[Wording, ...] = (
    _harmless(
        "{Subagent nesting|Concurrent subagent} limit reached[{text}]",
        "2.1.90-",
        "Concurrent subagent limit reached. You can run 8 subagents at once. Do not retry.",
    ),
    _harmless(
        "Budget limit reached ({text}[{text}]",
        "2.1.90-",
        "Budget limit reached ($5.00 spent of the $5.00 maximum). New agents cannot be started.",
    ),
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

HARMLESS_WORDINGS: tuple[Wording, ...] = (*LIMIT_IS_NEAR, *_WARNINGS, *_FAST, *_RETRIES, *_LOCAL_CAPS)
