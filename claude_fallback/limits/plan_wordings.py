"""How claude says that a window of the plan is used up."""

from __future__ import annotations

from claude_fallback.limits.limit import Kind
from claude_fallback.limits.wording import Wording

_WEEK = "seven_day"
_OPUS = "seven_day_opus"
_SONNET = "seven_day_sonnet"
_FABLE = "seven_day_overage_included"
_AFTER = "[ · out of usage credits][ · progress saved][. Switch to another model{text}]"
_HINT = "[ ·[ {/|turn on |contact }{text}]]"  # 2.0.55 leaves the separator when there is no hint
_ADMIN = " ∙ contact an admin to keep working"


def _plan(
    template: str, releases: str, example: str, window: str | None = None, where: str = "all"
) -> Wording:
    return Wording(template, Kind.PLAN, releases, example, window, where)


PLAN_WORDINGS: tuple[Wording, ...] = (
    _plan(
        "Claude AI usage limit reached|{epoch}", "0.2.100-2.0.10", "Claude AI usage limit reached|1749470400"
    ),
    _plan(
        "Claude[ {name}] usage limit reached.[ Your limit will reset {at|on} {t}.]",
        "0.2.100-1.0.84",
        "Claude usage limit reached. Your limit will reset at 10:52am (UTC).",
        where="TUI",
    ),
    _plan(
        "5-hour limit reached ∙ resets {t}",
        "1.0.89-1.0.105",
        "5-hour limit reached ∙ resets 3pm",
        "five_hour",
    ),
    _plan(
        "Session limit reached ∙ resets {t}",
        "1.0.128-2.0.42",
        "Session limit reached ∙ resets 12am",
        "five_hour",
    ),
    _plan(
        "Weekly limit reached ∙ resets {t}",
        "1.0.105-2.0.32",
        "Weekly limit reached ∙ resets Oct 31, 9am",
        _WEEK,
    ),
    _plan(
        "Opus weekly limit reached ∙ resets {t}",
        "1.0.105-2.0.32",
        "Opus weekly limit reached ∙ resets 9am",
        _OPUS,
    ),
    _plan("Usage limit reached ∙ resets {t}", "1.0.105-2.0.32", "Usage limit reached ∙ resets 3pm"),
    _plan(
        "{5-hour|Session} limit [reached ∙ ]resets {t}" + _ADMIN,
        "1.0.105-2.0.32",
        "Session limit resets 3pm (UTC) ∙ contact an admin to keep working",
        "five_hour",
    ),
    _plan(
        "{5-hour|Session} limit reached" + _ADMIN,
        "1.0.105-2.0.32",
        "Session limit reached ∙ contact an admin to keep working",
        "five_hour",
    ),
    _plan(
        "Weekly limit [reached ∙ ]resets {t}" + _ADMIN,
        "1.0.105-2.0.32",
        "Weekly limit resets Oct 31, 9am (UTC) ∙ contact an admin to keep working",
        _WEEK,
    ),
    _plan(
        "Opus[ weekly] limit [reached ∙ ]resets {t}" + _ADMIN,
        "1.0.105-2.0.32",
        "Opus limit resets Oct 31, 9am (UTC) ∙ contact an admin to keep working",
        _OPUS,
    ),
    _plan(
        "Opus[ weekly] limit reached" + _ADMIN,
        "1.0.105-2.0.32",
        "Opus limit reached ∙ contact an admin to keep working",
        _OPUS,
    ),
    _plan(
        "Weekly limit reached" + _ADMIN,
        "1.0.105-2.0.32",
        "Weekly limit reached ∙ contact an admin to keep working",
        _WEEK,
    ),
    _plan(
        "Limit reached – contact an admin to keep working",
        "1.0.105-2.0.32",
        "Limit reached – contact an admin to keep working",
    ),
    _plan(
        "5-hour limit reached[ ·] resets {t}" + _HINT,
        "2.0.55-2.0.64",
        "5-hour limit reached · resets 3pm (Europe/Berlin) · /upgrade to Max or turn on /extra-usage",
        "five_hour",
    ),
    _plan(
        "Weekly limit reached[ ·] resets {t}" + _HINT,
        "2.0.55-2.0.64",
        "Weekly limit reached · resets Dec 4, 9am (UTC) · turn on /extra-usage",
        _WEEK,
    ),
    _plan(
        "Opus weekly limit reached[ ·] resets {t}" + _HINT,
        "2.0.55-2.0.64",
        "Opus weekly limit reached · resets Dec 4, 9am (UTC) · /model opus or turn on /extra-usage",
        _OPUS,
    ),
    _plan(
        "Sonnet weekly limit reached[ ·] resets {t}" + _HINT,
        "2.0.55-2.0.64",
        "Sonnet weekly limit reached · resets Dec 4, 9am (UTC) · turn on /extra-usage",
        _SONNET,
    ),
    _plan(
        "{Limit|Usage limit} reached[ ·] resets {t}" + _HINT,
        "2.0.55-2.0.64",
        "Limit reached resets 9:46am (UTC) ·",
    ),
    _plan(
        "You've hit your limit[ · resets {t}]" + _AFTER,
        "2.0.76-",
        "You've hit your limit · resets 9:39am (UTC)",
    ),
    _plan(
        "You've hit your {session|5-hour} limit[ · resets {t}]" + _AFTER,
        "2.0.76-",
        "You've hit your session limit · resets 6pm (America/Los_Angeles)",
        "five_hour",
    ),
    _plan(
        "You've hit your weekly limit[ · resets {t}]" + _AFTER,
        "2.0.76-",
        "You've hit your weekly limit · resets May 5 at 9pm (America/Argentina/Buenos_Aires)",
        _WEEK,
    ),
    _plan(
        "You've hit your Opus limit[ · resets {t}]" + _AFTER,
        "2.0.76-",
        "You've hit your Opus limit · resets Jan 30, 11:30am (Asia/Calcutta)",
        _OPUS,
    ),
    _plan(
        "You've hit your Sonnet limit[ · resets {t}]" + _AFTER,
        "2.0.76-",
        "You've hit your Sonnet limit · resets 12am (Etc/GMT-9)",
        _SONNET,
    ),
    _plan(
        "You've hit your {Fable|Fable 5} limit[ · resets {t}]" + _AFTER,
        "2.1.197-",
        "You've hit your Fable limit · resets Jan 2, 2027, 9am (UTC)",
        _FABLE,
    ),
    _plan(
        "You've hit your usage limit[ · resets {t}]" + _AFTER,
        "2.0.76-",
        "You've hit your usage limit · resets 3:45pm (UTC)",
    ),
    _plan(
        "You've hit your {session|5-hour} limit. It resets {t}.[ {text}]",
        "2.1.295-",
        "You've hit your 5-hour limit. It resets 3pm (UTC).",
        "five_hour",
    ),
    _plan(
        "You've hit your weekly limit. It resets {t}.[ {text}]",
        "2.1.295-",
        "You've hit your weekly limit. It resets Dec 4, 9am (UTC).",
        _WEEK,
    ),
    _plan(
        "You've reached your {name} limit. {text}",
        "2.1.197-",
        "You've reached your Fable 5 limit. Run /usage-credits to continue or switch models with /model.",
        _FABLE,
    ),
    Wording(
        "You've hit your {name} limit · resets {t}[ · {text}]",
        Kind.PLAN,
        "none yet",
        "You've hit your Tuesday limit · resets 3pm (UTC)",
        generic=True,
    ),
)
