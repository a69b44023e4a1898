"""What claude's screen shows beside a limit: its menu, its hints, its own waiting. None of it proves one."""

from __future__ import annotations

from claude_fallback.limits.wording import Wording


def _shown(template: str, releases: str, example: str, where: str = "TUI") -> Wording:
    return Wording(template, None, releases, example, where=where)


_AUTO_CONTINUE: tuple[Wording, ...] = (
    _shown(
        "Usage limit reached[ again] · {continuing automatically|set to continue automatically} {text}",
        "2.1.234-",
        "Usage limit reached · set to continue automatically at 9:41am",
    ),
    _shown(
        "Continuing automatically {text}", "2.1.234-", "Continuing automatically at 9:41am · Esc to cancel"
    ),
    _shown(
        "{Your usage limit has|Usage limit has|Usage limit} reset · {text}",
        "2.1.234-",
        "Usage limit reset · continuing",
    ),
    _shown(
        "Usage limit available again · {text}", "2.1.331-", "Usage limit available again · continuing now"
    ),
    _shown(
        "Usage limit {reset|available} — {text}",
        "2.1.330-",
        "Usage limit available — Claude is continuing your task",
    ),
    _shown(
        "Usage limit reached · limit resets {text}", "2.1.331-", "Usage limit reached · limit resets 5:53am"
    ),
    _shown(
        "Automatic continue {stopped|cancelled} {text}",
        "2.1.234-",
        "Automatic continue stopped · the usage limit now resets more than 24 hours out",
    ),
    _shown(
        "{Continuing now|Working} at lower priority {text}",
        "2.1.240-",
        "Continuing now at lower priority until your limit resets at 3pm",
    ),
    _shown(
        "Lower-priority mode ended · you have reached your weekly usage limit",
        "2.1.240-",
        "Lower-priority mode ended · you have reached your weekly usage limit",
    ),
    _shown(
        "Extra usage is now covering your requests · {text}",
        "2.1.330-",
        "Extra usage is now covering your requests · lower-priority mode ended",
    ),
    _shown(
        "Usage limit reached · {wrapping up|brief included}[ {text}]",
        "2.1.240-",
        "Usage limit reached · wrapping up",
    ),
    _shown(
        "{[}Usage limit {approaching.|reached —} {text}{]}",
        "2.1.240-",
        "[Usage limit approaching. Checkpoint now: commit what you have]",
        where="model",
    ),
)

_MENU: tuple[Wording, ...] = (
    _shown("What do you want to do?", "2.0.55-", "What do you want to do?"),
    _shown("[❯ ][{n}. ]Stop and wait for limit to reset", "2.0.55-", "1. Stop and wait for limit to reset"),
    _shown(
        "[❯ ][{n}. ]Wait here, then continue automatically {text}",
        "2.1.240-",
        "Wait here, then continue automatically when the limit resets",
    ),
    _shown(
        "[❯ ][{n}. ]{Upgrade|Switch} to {Team plan|usage credits}",
        "2.0.55-",
        "Switch to usage credits",
    ),
    _shown("[❯ ][{n}. ]Upgrade your plan", "2.0.55-", "2. Upgrade your plan"),
    _shown(
        "[❯ ][{n}. ]Ask your admin for more usage",
        "2.0.55-",
        "Ask your admin for more usage",
    ),
    _shown(
        "[❯ ][{n}. ]Add funds to continue with {usage credits|extra usage}",
        "2.0.55-",
        "Add funds to continue with usage credits",
    ),
    _shown(
        "{/upgrade or /usage-credits to finish|/usage-credits to request|/usage-credits to adjust} {text}",
        "2.1.144-",
        "/upgrade or /usage-credits to finish what you’re working on.",
    ),
    _shown(
        "/login to switch to an API usage-billed account.",
        "2.0.55-",
        "/login to switch to an API usage-billed account.",
    ),
    _shown("Opening your options…", "2.0.55-", "Opening your options…"),
    _shown(
        "Your admin can enable extra usage at {text}",
        "2.1.12-",
        "Your admin can enable extra usage at claude.ai/admin-settings/usage.",
    ),
    _shown(
        "You've reached your {name} limit for this week. Switch models?",
        "2.1.330-",
        "You've reached your Fable limit for this week. Switch models?",
    ),
    _shown(
        "You've used your included {name} usage for this week.[ {text}]",
        "2.1.330-",
        "You've used your included Fable usage for this week. Continuing on Fable uses usage credits",
    ),
    _shown(
        "Out of usage credits — buy more below to keep going.",
        "2.1.330-",
        "Out of usage credits — buy more below to keep going.",
    ),
    _shown(
        "[• ]/upgrade to increase your usage limit.",
        "0.2.100-",
        "• /upgrade to increase your usage limit.",
    ),
)

SCREEN_WORDINGS: tuple[Wording, ...] = (*_AUTO_CONTINUE, *_MENU)
