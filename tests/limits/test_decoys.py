"""What must never be taken for a limit."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from claude_fallback.limits.catalogue import WORDINGS, classify
from claude_fallback.limits.evidence import from_result, from_text, from_transcript

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=timezone.utc)
ROOT = Path(__file__).parents[2]
HIT = "You've hit your session limit · resets 3pm (UTC)"

DECOYS = [
    # prose that quotes a message
    f'The CLI prints "{HIT}" when the window is used up.',
    f"It said: {HIT}",
    f"{HIT} — that is what I saw yesterday.",
    f"{HIT}. I then waited.",
    f"1. {HIT}",
    f"- `{HIT}`",
    f"| {HIT} | five_hour |",
    f"Error: {HIT}",
    f"⎿  {HIT}",
    f"claude: {HIT}",
    f"{HIT}\n\nThe message above is an example.",
    "You've hit your session limit when the bar turns red.",
    "You've hit your limit of patience, and so have I.",
    "You've hit your stride!",
    "You've hit your weekly limit of three coffees · resets on Monday, I think",
    "You've reached your destination.",
    "You're out of usage credits, says the page, but the API still answers.",
    "You're out of milk.",
    "Claude AI usage limit reached|soon",
    "Claude AI usage limit reached",
    "claude ai usage limit reached|1749470400",
    "Session limit reached in the test suite",
    "5-hour limit reached ∙ resets whenever",
    "Weekly limit reached",
    "Usage limit reached for the demo tenant.",
    "Spending cap reached resets the counter to zero.",
    "Credit balance is too low to buy the sword.",
    "Limit reached",
    "The weekly limit resets 9am (UTC) on Mondays.",
    "Your limit will reset at 3pm.",
    # git, diffs, code
    "a1b2c3d Fix: You've hit your limit · resets 3pm (UTC)",
    f'+    assert text == "{HIT}"',
    f"-{HIT}",
    "if (status === 429) throw new RateLimitError('rate_limit');",
    'PATTERN = re.compile(r"hit your (session|weekly) limit")',
    'const LIMIT = "You\'ve hit your limit";',
    "feat(limits): Session limit reached ∙ resets 12am",
    "src/limit.ts:12: Weekly limit reached ∙ resets Oct 31, 9am",
    '{"error":"rate_limit","message":"You\'ve hit your limit"}',
    '{"type":"result","is_error":true,"result":"You\'ve hit your limit"}',
    '{"type":"rate_limit_event","rate_limit_info":{"status":"rejected"}}',
    "HTTP/1.1 429 Too Many Requests",
    "429",
    "curl: (22) The requested URL returned error: 429",
    "npm ERR! 429 Too Many Requests - GET https://registry.npmjs.org/x",
    "openai.RateLimitError: Error code: 429 - rate limit reached",
    "anthropic.RateLimitError: Error code: 429 - {'type': 'error'}",
    "fatal: API rate limit exceeded for user ID 1.",
    "toomanyrequests: You have reached your pull rate limit.",
    "Error: You have exceeded a secondary rate limit.",
    # gauges, notes and other limits
    "You've used 92% of your session limit · resets 3pm (UTC)",
    "Approaching usage limit · resets at 7pm",
    "Over 90% of your weekly limit used · resets Dec 1, 9am (UTC)",
    "You're close to your usage credit limit",
    "You're now using usage credits · Your session limit resets 3pm (UTC)",
    "Now using extra usage · Your weekly limit resets Dec 1, 9am (UTC)",
    "Claude Opus 4 limit reached, now using Sonnet 4",
    "Switched to Sonnet 5 due to high demand for Opus 5",
    "You've hit your fast limit · resets in 5m",
    "You've hit your fast limit · resets 3pm (UTC)",
    "Fast mode disabled · usage credit limit reached",
    "Budget limit reached ($5.00)",
    "Concurrent subagent limit reached",
    "GitHub API rate limit exceeded (5,000/hr for your user)",
    "API Error (Rate limited) · Retrying in 5 seconds… (attempt 1/10)",
    "Session limit reached · Retrying in 5s (3pm) · attempt 2/10",
    "Usage limit reached · set to continue automatically at 9:41am",
    "Your usage limit has reset · press enter to continue",
    "Lower-priority mode ended · you have reached your weekly usage limit",
    f"Agent terminated early due to an API error: {HIT}",
    "Stop and wait for limit to reset",
    "What do you want to do?",
    "Hello from the model.",
    "done",
]


@pytest.mark.parametrize("text", DECOYS)
def test_a_decoy_is_no_limit_even_when_claude_failed(text: str) -> None:
    """Exit code 1 and such an output, or such a last line, is no sighting."""
    found = classify(text)
    assert found is None or found.kind is None
    assert from_text(f"{text}\n", 1) is None
    assert from_text(f"Something else first.\n{text}\n", 1) is None


@pytest.mark.parametrize("text", [*DECOYS, *(wording.example for wording in WORDINGS)])
def test_no_words_make_a_success_a_limit(text: str) -> None:
    """A model may say anything, an exact message of claude's included: without the structure it is prose."""
    message = {"model": "claude-sonnet-4-5", "role": "assistant", "content": [{"type": "text", "text": text}]}
    row = {"type": "assistant", "isSidechain": False, "timestamp": "2026-11-23T06:00:01Z", "message": message}
    said = {"type": "user", "isSidechain": False, "timestamp": "2026-11-23T06:00:02Z"}
    asked = {**said, "message": {"role": "user", "content": text}, "isApiErrorMessage": True}
    assert from_text(text, 0) is None
    assert from_result({"type": "result", "is_error": False, "result": text}, None, None) is None
    assert from_transcript([row, asked], NOW) is None


@pytest.mark.parametrize("file", sorted(ROOT.glob("claude_fallback/limits/*.py")), ids=lambda file: file.name)
def test_our_own_catalogue_as_output_is_no_limit(file: Path) -> None:
    """A session that works on this project prints these strings all day; no line of them is a message."""
    source = file.read_text(encoding="utf-8")
    assert from_text(source, 1) is None
    for line in source.splitlines():
        assert from_text(line, 1) is None


def test_there_are_enough_decoys() -> None:
    """The set does not shrink unnoticed."""
    assert len(set(DECOYS)) >= 60
