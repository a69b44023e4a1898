"""Named scripts, shared by the tests, the drill, the demo and the matrix of releases."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from claude_fallback.limits.limit import Kind
from claude_fallback.rehearsal import refusals
from claude_fallback.rehearsal.answers import Ending, Refusal, Short, Text, ToolUse, Turn, breaking, turn
from claude_fallback.rehearsal.script import Rule, until

ANSWER = "Hello from the native model."
SIDE_EFFECT = "side-effect.txt"
"""The file that after_tool and after_write leave in claude's working directory, with one line: once."""

Build = Callable[[float], list[Short]]


@dataclass(frozen=True)
class Scenario:
    """One way for a turn to go. `build` takes the reset time (epoch seconds)."""

    build: Build
    kind: Kind | None  # what stops the turn; None: nothing does
    window: str | None = None
    login: str = "subscription"  # or api_key: the login with which the API answers so
    args: tuple[str, ...] = ()  # what claude needs besides, to be answered so


def script(name: str, reset: float, clock: Callable[[], float] = time.time) -> Rule:
    """The scenario's script: as named until the reset, a plain answer from then on."""
    return until(reset, SCENARIOS[name].build(reset), ANSWER, clock)


def _limit(claim: str) -> Build:
    return lambda reset: [refusals.limit(claim, reset)]


def _bare(claim: str) -> Build:
    """Without a word on overage: releases from 1.0.89 to 2.0.64 then name the window."""
    return lambda reset: [refusals.limit(claim, reset, overage_status=None, overage_disabled_reason=None)]


def _spend(reason: str) -> Build:
    return lambda reset: [refusals.limit("five_hour", reset, overage_disabled_reason=reason)]


def _out_of_credits(reset: float) -> list[Short]:
    return [refusals.limit(None, reset, overage_reset=reset, overage_disabled_reason="out_of_credits")]


def _always(refusal: Refusal) -> Build:
    return lambda _reset: [refusal]


def _usage_on_overage(reset: float) -> list[Short]:
    headers = refusals.unified("rejected", claim="five_hour", reset=reset, overage_status="allowed")
    return [Turn((Text(ANSWER),), headers)]


def _allowed_warning(reset: float) -> list[Short]:
    windows = {"5h-utilization": "0.93", "5h-reset": str(int(reset)), "5h-surpassed-threshold": "0.9"}
    headers = refusals.unified("allowed_warning", claim="five_hour", reset=reset, windows=windows)
    return [Turn((Text(ANSWER),), headers)]


def _after(tool: ToolUse) -> Build:
    return lambda reset: [turn(Text("I will do it."), tool), refusals.limit("five_hour", reset)]


_BASH = ToolUse("Bash", {"command": f"echo once >> {SIDE_EFFECT}", "description": "Leave a line"})
_WRITE = ToolUse("Write", {"file_path": SIDE_EFFECT, "content": "once\n"})

SCENARIOS: dict[str, Scenario] = {
    "answer": Scenario(lambda _reset: [ANSWER], None),
    "five_hour": Scenario(_limit("five_hour"), Kind.PLAN, "five_hour"),
    "five_hour_bare": Scenario(_bare("five_hour"), Kind.PLAN, "five_hour"),
    "seven_day_bare": Scenario(_bare("seven_day"), Kind.PLAN, "seven_day"),
    "opus_bare": Scenario(_bare("seven_day_opus"), Kind.PLAN, "seven_day_opus", args=("--model", "opus")),
    "seven_day": Scenario(_limit("seven_day"), Kind.PLAN, "seven_day"),
    "opus": Scenario(_limit("seven_day_opus"), Kind.PLAN, "seven_day_opus"),
    "sonnet": Scenario(_limit("seven_day_sonnet"), Kind.PLAN, "seven_day_sonnet"),
    "fable": Scenario(_limit("seven_day_overage_included"), Kind.PLAN, "seven_day_overage_included"),
    "overage": Scenario(_limit("overage"), Kind.PLAN, "overage"),
    "spend_cap": Scenario(_spend("org_level_disabled_until"), Kind.SPEND),
    "org_spend_cap": Scenario(_spend("org_spend_cap_reached"), Kind.SPEND),
    "operator_cap": Scenario(_always(refusals.operator_cap()), Kind.SPEND, login="api_key"),
    "credits": Scenario(_out_of_credits, Kind.CREDITS),
    "credits_required": Scenario(
        lambda reset: [refusals.credits_required(reset)], Kind.CREDITS, args=("--model", "fable")
    ),
    "credit_balance": Scenario(_always(refusals.credit_balance()), Kind.CREDITS, login="api_key"),
    "workspace_limit": Scenario(_always(refusals.workspace_limit()), Kind.SPEND, login="api_key"),
    "throttle": Scenario(_always(refusals.throttle(should_retry=False)), Kind.THROTTLE),
    "throttle_api_key": Scenario(_always(refusals.throttle(retry_after=1)), Kind.THROTTLE, login="api_key"),
    "overload": Scenario(_always(refusals.overloaded()), Kind.OVERLOAD),
    "server_error": Scenario(_always(refusals.server_error()), Kind.SERVER),
    "login": Scenario(_always(refusals.unauthorized()), Kind.LOGIN),
    "forbidden": Scenario(_always(refusals.forbidden()), Kind.LOGIN),
    "context": Scenario(_always(refusals.prompt_too_long()), Kind.CONTEXT),
    "max_turns": Scenario(lambda _reset: [_BASH], Kind.TURNS, args=("--max-turns", "1")),
    "entitlement": Scenario(_always(refusals.long_context()), Kind.ENTITLEMENT),
    "usage_on_overage": Scenario(_usage_on_overage, None),
    "allowed_warning": Scenario(_allowed_warning, None),
    "after_tool": Scenario(_after(_BASH), Kind.PLAN, "five_hour"),
    "after_write": Scenario(_after(_WRITE), Kind.PLAN, "five_hour"),
    "mid_stream": Scenario(lambda _reset: [breaking(ANSWER)], Kind.OVERLOAD),
    "cut": Scenario(lambda _reset: [breaking(ANSWER, Ending.CUT)], Kind.UNKNOWN),
}
