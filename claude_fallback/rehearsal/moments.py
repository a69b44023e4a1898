"""When in a turn a scenario strikes: at its first request, after a tool call, in a subagent, mid-stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from claude_fallback.rehearsal.answers import Refusal, Short, Text, ToolUse, Turn, answer, breaking, turn
from claude_fallback.rehearsal.record import Received
from claude_fallback.rehearsal.roles import side_answer
from claude_fallback.rehearsal.scenarios import ANSWER, SCENARIOS, SIDE_EFFECT
from claude_fallback.rehearsal.script import Rule, Script, rule

FIRST = "first request"
AFTER_TOOL = "after a tool call"
SUBAGENT = "in a subagent only"
SUBAGENT_THEN_MAIN = "in a subagent, then in the main thread"
MID_STREAM = "mid-stream"
MOMENTS = (FIRST, AFTER_TOOL, SUBAGENT, SUBAGENT_THEN_MAIN, MID_STREAM)

_TOOL = ToolUse("Bash", {"command": f"echo once >> {SIDE_EFFECT}", "description": "Leave a line"})
_TASK = {"description": "Say hello", "prompt": "Say hello.", "subagent_type": "general-purpose"}


@dataclass(frozen=True)
class Staged:
    """What a stand-in plays: `script` for the conversation, `beside` for everything else."""

    script: Script
    beside: Rule


def staged(scenario: str, moment: str, reset: float) -> Staged:
    """The scenario at that moment; `reset` in epoch seconds."""
    answers = SCENARIOS[scenario].build(reset)
    return Staged(rule(_conversation(answers, moment)), _beside(answers, moment))


def _conversation(answers: list[Short], moment: str) -> Script:
    if moment == AFTER_TOOL:
        return [turn(Text("I will do it."), _TOOL), *answers]
    if moment == MID_STREAM:
        return [_broken(answers[0])]
    if moment in (SUBAGENT, SUBAGENT_THEN_MAIN):
        later = rule([ANSWER] if moment == SUBAGENT else answers)
        return lambda received: _delegation(received) if _is_first(received) else later(received)
    return answers


def _beside(answers: list[Short], moment: str) -> Rule:
    """A subagent is refused as well when it is its moment; titles and the like never are."""
    refused = rule(answers)

    def play(received: Received) -> Short:
        if received.role == "subagent" and moment in (SUBAGENT, SUBAGENT_THEN_MAIN):
            return refused(received)
        return side_answer(received.role)

    return play


def _broken(short: Short) -> Turn:
    """The API refuses in the stream with the same error body; a turn that breaks by itself does."""
    given = answer(short)
    return breaking(ANSWER, failure=given) if isinstance(given, Refusal) else given


def _is_first(received: Received) -> bool:
    return not any(sent.get("role") == "assistant" for sent in received.messages)


def _delegation(received: Received) -> Short:
    """A call of the tool that starts a subagent: `Task`, newer releases call it `Agent`."""
    tools: list[dict[str, Any]] = received.body.get("tools", [])
    names = [tool["name"] for tool in tools if "subagent_type" in str(tool.get("input_schema"))]
    return turn(Text("I delegate it."), ToolUse(names[0] if names else "Task", _TASK))
