"""What each claude of a session is started with."""

from __future__ import annotations

from typing import cast

import pytest

from claude_fallback.run.gateway_route import GatewayRoute
from claude_fallback.run.invocation import Invocation
from claude_fallback.run.terminal import leg, next_leg
from claude_fallback.run.terminal.leg import Command
from claude_fallback.run.terminal.next_leg import Standing

ID, NEW = "21e73911-690e-4e29-afe1-595db6e244ad", "0454f792-24d9-4327-88fc-265c736f46d4"


class Route:
    model, settings_path, env = "qwen", "/run/1.json", {"ANTHROPIC_AUTH_TOKEN": "sk-cf-secret"}


ROUTE = cast(GatewayRoute, Route())


def command(*argv: str) -> Command:
    return Command("/bin/claude", Invocation(argv), {"HOME": "/h"})


@pytest.mark.parametrize(
    ("argv", "session", "named"),
    [
        ([], NEW, True),
        (["hello"], NEW, True),
        (["--continue"], None, False),
        (["--resume"], None, False),
        (["--resume", "a name"], None, False),
        (["--resume", ID], ID, False),
        (["--resume", ID, "--fork-session"], ID, False),
        (["--session-id", ID], ID, False),
    ],
)
def test_first(argv: list[str], session: str | None, named: bool) -> None:
    """As the user started it; a session that has no id yet gets one that we know."""
    first = leg.first(command(*argv), None, NEW, ())
    assert first.argv == [*(["--session-id", NEW] if named else []), *argv]
    assert (first.session, first.follows, first.env["CLAUDE_FALLBACK_ROUTE"]) == (session, False, "native")


def test_a_switch_sends_one_prompt_of_ours_and_none_of_the_users() -> None:
    """The user's is in the transcript; a second time it would be a second turn."""
    left = Standing(ID, None, "plan", tools_used=True)
    one = next_leg.on_gateway(
        command("--model", "opus", "--add-dir", "/x", "--", "do it"), left, ROUTE, "note"
    )
    assert one.argv[:2] == ["--resume", ID]
    assert one.argv.count("--model") == 1
    assert "do it" not in one.argv
    assert one.prompt in one.argv
    assert ("--permission-mode", "plan") in zip(one.argv, one.argv[1:], strict=False)
    assert "--add-dir" in one.argv
    assert (one.session, one.follows, one.route) == (ID, True, ROUTE)


@pytest.mark.parametrize("argv", [["do it"], ["--resume", ID, "do it"], ["--continue", "do it"], []])
def test_home_sends_nothing(argv: list[str]) -> None:
    """No turn begins that the user did not begin: so no limit can lead to a switch by itself."""
    home = next_leg.at_home(command(*argv), Standing(ID, None, None, tools_used=False), ())
    assert home.argv == ["--resume", ID]
    assert (home.prompt, home.route) == (None, None)


def test_no_secret_in_any_argv() -> None:
    """Every user of the machine can read it."""
    left = Standing(ID, None, None, tools_used=False)
    for one in (leg.first(command(), ROUTE, NEW, ()), next_leg.on_gateway(command(), left, ROUTE, "note")):
        assert "sk-cf-secret" not in " ".join(one.argv)
