"""What switches and what does not: every refusal, told apart by a real claude, in every output format."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from claude_fallback.limits.limit import Kind
from claude_fallback.rehearsal.answers import Text, ToolUse, turn
from claude_fallback.rehearsal.scenarios import SCENARIOS, script
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.conftest import NEWEST, Machine, in_an_hour, spread

pytestmark = pytest.mark.claude

Build = Callable[..., tuple[Machine, StandIn]]

SWITCHING = (Kind.PLAN, Kind.SPEND, Kind.CREDITS, Kind.THROTTLE)
ON_ERROR = (Kind.OVERLOAD, Kind.SERVER)
FORMATS = {
    "text": [],
    "json": ["--output-format", "json"],
    "stream": ["--output-format", "stream-json", "--verbose"],
}
# Each kind in every form; the others in one. Their other forms are in tests/limits/recorded.
FULLY = ("answer", "five_hour", "spend_cap", "credits", "throttle", "overload", "login", "context", "cut")
CASES = [
    (name, form)
    for place, name in enumerate(SCENARIOS)
    for nth, form in enumerate(FORMATS)
    if name in FULLY or place % len(FORMATS) == nth
]


def limited(build: Build, name: str, version: str = NEWEST) -> tuple[Machine, StandIn, list[str]]:
    scenario = SCENARIOS[name]
    login: dict[str, str | None] = {"CLAUDE_CODE_MAX_RETRIES": "0"}
    if scenario.login == "api_key":
        login = {**login, "CLAUDE_CODE_OAUTH_TOKEN": None, "ANTHROPIC_API_KEY": "sk-ant-api03-made-up"}
    machine, gateway = build(script(name, in_an_hour()), version=version, **login)
    return machine, gateway, ["-p", "say hello", "--allowedTools", "Bash,Write", *scenario.args]


def words(stdout: bytes) -> bytes:
    """Output without what differs from run to run."""
    try:
        events = [json.loads(line) for line in stdout.splitlines()]
    except ValueError:
        return stdout
    return repr([(event.get("type"), event.get("subtype"), event.get("result")) for event in events]).encode()


@pytest.mark.parametrize(("name", "form"), CASES)
def test_newest(through_stand_in: Build, name: str, form: str) -> None:
    """Plan, spend, credits and throttle switch; everything else is claude's own output and exit code."""
    machine, gateway, argv = limited(through_stand_in, name)
    argv = [*argv, *FORMATS[form]]
    done = machine.run(*argv)
    if SCENARIOS[name].kind in SWITCHING:
        assert b"from the gateway" in done.stdout and done.returncode == 0, done
        return
    bare = machine.bare(*argv)
    assert (words(done.stdout), done.returncode) == (words(bare.stdout), bare.returncode)
    assert done.stderr == bare.stderr
    assert not gateway.record.messages_posts()


@pytest.mark.parametrize("name", [name for name, one in SCENARIOS.items() if one.kind in ON_ERROR])
def test_on_error(through_stand_in: Build, name: str) -> None:
    """`auto-fallback-on-error` adds overload and 5xx, for this run only."""
    machine, _, argv = limited(through_stand_in, name)
    machine.run("for", "litellm", "config", "set", "auto-fallback-on-error", "on")
    assert machine.run(*argv).stdout == b"from the gateway\n"
    assert not machine.state.get("connected")


@pytest.mark.parametrize(
    ("version", "name"),
    spread(
        ["1.0.60", "1.0.100", "2.0.42", "2.0.76", "2.1.112"],
        ["five_hour", "seven_day", "opus", "spend_cap", "login", "context", "answer"],
    ),
)
def test_older(through_stand_in: Build, version: str, name: str) -> None:
    """The same decision in releases that tell less."""
    machine, _, argv = limited(through_stand_in, name, version)
    done = machine.run(*argv)
    switched = b"from the gateway" in done.stdout
    assert switched is (SCENARIOS[name].kind in SWITCHING), done


QUOTES = (
    "You've hit your 5-hour limit · resets 3pm (UTC)",
    "Claude AI usage limit reached|1795340353",
    "5-hour limit reached ∙ resets 3pm",
    'API Error: 429 {"type":"error","error":{"type":"rate_limit_error","message":"x"}}',
)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("version", ["1.0.60", "2.0.42", NEWEST])
def test_a_model_that_quotes_a_limit(through_stand_in: Build, version: str, form: str) -> None:
    """An answer, a file and a tool result that read like a limit are none."""
    reading = turn(Text(QUOTES[0]), ToolUse("Bash", {"command": "cat quotes", "description": "read"}))
    machine, gateway = through_stand_in([reading, QUOTES[1]], version=version)
    (machine.work / "quotes").write_text("\n".join(QUOTES))
    done = machine.run("-p", QUOTES[2], "--allowedTools", "Bash", *FORMATS[form])
    assert done.returncode == 0 and QUOTES[1].encode() in done.stdout
    assert not gateway.record.messages_posts() and not machine.state.get("connected")
    assert b"claude-fallback" not in done.stderr
