"""Sessions in a terminal: real claude, real ptys; the limit, the switch, the draft, the way home."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from claude_fallback.rehearsal.answers import Text, ToolUse, held, turn
from claude_fallback.rehearsal.record import Received
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.script import exists, until
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.conftest import spread

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Machine, Typist

RELEASES = ("1.0.60", "1.0.100", "1.0.128", "2.0.42", "2.0.76", "2.1.112", "2.1.197", "2.1.330")
LIMIT = [limit("five_hour", time.time() + 3600)]

pytestmark = pytest.mark.claude


def prompts(gateway: StandIn) -> list[str]:
    return [received.last_prompt() for received in gateway.record.main()]


@pytest.mark.parametrize("version", RELEASES)
def test_the_conversation_goes_on(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist], version: str
) -> None:
    """At a limit the same conversation is answered by the gateway, by itself, the draft in its input. The
    gateway sees the earlier turns, and none of the native login."""
    machine, gateway = through_stand_in(["first answer", *LIMIT], version=version)
    user = typist(machine)
    user.at_prompt()
    user.say("hello one")
    user.sees("first answer")
    user.say("hello two")
    user.process.send("my draft")
    user.sees("from the gateway")
    user.draft_is("my draft")
    received = gateway.record.main()[0]
    assert [part in received.everything() for part in ("hello one", "first answer", "hello two")] == [
        True
    ] * 3
    assert gateway.record.secrets_seen(["sk-ant-oat01-made-up"]) == set()
    assert machine.state["connected"] is True
    assert "5-hour limit until" in user.raw.decode() or "until" in user.raw.decode()


def after_a_tool(reset: float) -> list[Any]:
    tool = ToolUse("Bash", {"command": "echo once >> side-effect.txt", "description": "Leave a line"})
    return [turn(Text("I will do it."), tool), limit("five_hour", reset)]


@pytest.mark.parametrize("version", ["1.0.100", "2.0.76", "2.1.330"])
def test_what_was_done_is_not_done_again(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist], version: str
) -> None:
    """A limit after a tool has run: the session is told to go on, with the tool's result in its history."""
    machine, gateway = through_stand_in(after_a_tool(time.time() + 3600), version=version)
    user = typist(machine, "--allowedTools", "Bash", "--", "leave a line")
    user.sees("from the gateway")
    assert (machine.work / "side-effect.txt").read_text() == "once\n"
    assert "Check first what is already done" in prompts(gateway)[0]
    assert "tool_result" in gateway.record.main()[0].everything()


def test_home_when_idle(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist]
) -> None:
    """After the reset, with nothing typed, the session is native again; the next prompt is answered there, by
    claude's own model, the gateway's turns in its history."""
    reset = time.time() + 30
    script = until(reset, ["first answer", limit("five_hour", reset)], "native again")
    machine, gateway = through_stand_in(script)
    configure(machine, return_idle_minutes=0.01)
    user = typist(machine)
    user.at_prompt()
    user.say("hello one")
    user.sees("first answer")
    user.say("hello two")
    user.sees("from the gateway")
    user.written("back to native Claude")
    user.at_prompt()
    user.say("hello three")
    user.sees("native again")
    assert machine.native
    home = machine.native.record.main()[-1]
    assert "from the gateway" in home.everything()
    assert home.model == machine.native.record.main()[0].model
    assert home.headers["authorization"] == "Bearer sk-ant-oat01-made-up"
    assert machine.state["connected"] is False
    assert len(gateway.record.main()) == 1


def test_home_too_early(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist]
) -> None:
    """If native still refuses, the first prompt at home is answered by the gateway, and the connection holds
    until the new reset. No request of ours asks before: it would begin the next five hours."""
    reset, later = time.time() + 20, int(time.time()) + 3600
    machine, gateway = through_stand_in(
        until(reset, limit("five_hour", reset), limit("five_hour", later)), ["one more", "and another"]
    )
    configure(machine, return_idle_minutes=0.01)
    user = typist(machine)
    user.at_prompt()
    user.say("hello one")
    user.sees("one more")
    user.written("back to native Claude")
    user.at_prompt()
    assert machine.native
    asked = len(machine.native.record.main())
    user.say("hello two")
    user.sees("and another")
    assert len(machine.native.record.main()) > asked
    assert "hello two" in gateway.record.main()[-1].everything()
    user.until(lambda: machine.state["connected"], "the connection")  # remembered in the background
    assert (
        datetime.fromisoformat(machine.state["limit_resets_at"].replace("Z", "+00:00")).timestamp() == later
    )


@pytest.mark.parametrize("version", ["1.0.100", "2.0.42", "2.1.112"])
def test_home_with_older_releases(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist], version: str
) -> None:
    """They say less about themselves; a connection ended by hand elsewhere is over at the next key."""
    machine, gateway = through_stand_in("native again", version=version)
    configure(machine, return_idle_minutes=0.01)
    machine.run("for", "litellm", "connect")
    user = typist(machine)
    user.at_prompt()
    user.say("hello one")
    user.sees("from the gateway")
    machine.run("for", "litellm", "disconnect")
    user.process.send("x\x7f")
    user.written("back to native Claude")
    user.at_prompt()
    user.say("hello two")
    user.sees("native again")
    assert machine.native
    assert "from the gateway" in machine.native.record.main()[-1].everything()
    assert "hello one" in gateway.record.main()[0].everything()


def configure(machine: Machine, **values: object) -> None:
    path = machine.config_dir / "litellm_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_a_draft_keeps_the_session_on_the_gateway(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist]
) -> None:
    """The reset is over, but something is being written: nothing moves under the user's hands."""
    machine, _ = through_stand_in("native", version="2.1.112")
    configure(machine, return_idle_minutes=0.0)
    assert machine.run("for", "litellm", "connect", "--auto-disconnect-in", "0.005").returncode == 0
    user = typist(machine)
    user.at_prompt()
    user.type("a thought")
    while machine.run("for", "litellm", "status", "--check").returncode:
        pass
    assert b"back to native" not in user.raw
    user.process.send("\x7f" * len("a thought"))
    user.written("back to native Claude")


@pytest.mark.parametrize(("key", "goes_on"), [("\r", True), ("2\r", False), ("3\r", False)])
def test_ask(
    through_stand_in: Callable[..., tuple[Machine, StandIn]],
    typist: Callable[..., Typist],
    key: str,
    goes_on: bool,
) -> None:
    """`ask`: at the plain prompt; Enter continues, 2 is the session on native, 3 ends it and tells the id."""
    machine, gateway = through_stand_in(LIMIT)
    configure(machine, auto_fallback_enabled="ask")
    user = typist(machine)
    user.at_prompt()
    user.say("hello")
    user.sees("Enter takes 1:", "wait for the reset", "quit")
    user.process.send(key)
    if key == "3\r":
        assert user.ends() == 0
        assert b"claude-fallback --resume" in user.raw
    else:
        user.sees("from the gateway" if goes_on else "hello")
        user.at_prompt()
    assert bool(gateway.record.main()) is goes_on


def test_a_gateway_that_is_not_there_changes_nothing(
    machine: Callable[..., Machine], typist: Callable[..., Typist]
) -> None:
    """The session stays as it is, nothing is drawn over it, and the reason is said when it ends."""
    there = machine(LIMIT)
    there.env["LITELLM_API_KEY"] = "sk-made-up-0123456789"
    (there.config_dir / "litellm_config.json").write_text('{"litellm_endpoint": "http://127.0.0.1:9"}')
    user = typist(there)
    user.at_prompt()
    user.say("hello")
    user.sees("hit your 5-hour limit")
    log = Path(there.env["HOME"], ".local/share/claude-fallback/claude-fallback.log")
    user.until(lambda: log.exists() and "stayed" in log.read_text(), "the log")
    assert b"claude-fallback:" not in user.raw
    user.process.send("\x03")
    user.sees("cancelled")
    user.process.send("\x03")
    user.sees("again to exit")
    user.process.send("\x03")
    user.ends()
    assert b"stayed with claude: http://127.0.0.1:9 is not there" in user.raw


def test_off_leaves_claude_alone(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist]
) -> None:
    """A project's own file is enough; `status` still knows of the limit."""
    machine, gateway = through_stand_in(LIMIT, version="2.1.197")
    (machine.work / ".claude").mkdir()
    (machine.work / ".claude" / "litellm_config.json").write_text('{"auto_fallback_enabled": false}')
    user = typist(machine)
    user.at_prompt()
    user.say("hello")
    user.sees("hit your session limit")
    user.until(lambda: machine.state.get("last_limit"), "the record")
    assert gateway.record.main() == []
    assert not machine.state.get("connected")


def test_limited_already_when_it_starts(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist]
) -> None:
    """While connected a session begins on the gateway, with one line that says so."""
    machine, gateway = through_stand_in(LIMIT)
    machine.run("-p", "hello")
    user = typist(machine, "good morning")
    user.sees("from the gateway")
    assert b"claude-fallback: connected (rate_limit) until" in user.raw
    assert "good morning" in gateway.record.main()[-1].everything()


def test_no_auto_mode_on_the_gateway(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist]
) -> None:
    """It is 2.1.330's default, and would have the gateway's model judge each tool call: a session that
    begins there asks the user instead, also when the user asked for auto mode."""
    call = ToolUse("Bash", {"command": "touch done && rm -rf ./build", "description": "Leave a file"})
    machine, gateway = through_stand_in("native", [turn(call), "all done"], version="2.1.330")
    assert machine.run("for", "litellm", "connect").returncode == 0
    user = typist(machine, "--permission-mode", "auto", "leave a file")
    user.sees("Do you want to proceed?")
    assert len(gateway.record.messages_posts()) == len(gateway.record.main())
    user.process.send("1")
    user.sees("all done")
    assert (machine.work / "done").exists()


def test_a_session_that_cannot_be_resumed(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist]
) -> None:
    """Its transcript is gone: the user gets a native session, claude's reason, and the id."""
    machine, _ = through_stand_in(["first answer", *LIMIT, "native"], version="2.1.112")
    configure(machine, auto_fallback_enabled="ask")
    user = typist(machine)
    user.at_prompt()
    user.say("hello")
    user.sees("first answer")
    user.say("again")
    user.sees("Enter takes 1:")
    for transcript in machine.config_dir.glob("projects/*/*.jsonl"):
        transcript.unlink()
    user.process.send("\r")
    user.written("could not resume session")
    user.at_prompt()
    user.say("still there?")
    user.sees("native")


def test_two_sessions_in_one_folder(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist]
) -> None:
    """Both hit the limit with the same words; each goes on with its own conversation."""
    machine, gateway = through_stand_in(["answer one", "answer two", *LIMIT], version="2.0.76")
    users = [typist(machine), typist(machine)]
    for user, word in zip(users, ("one", "two"), strict=True):
        user.at_prompt()
        user.say(f"remember {word}")
        user.sees(f"answer {word}")
    for user in users:
        user.say("continue")
    for user in users:
        user.sees("from the gateway")
    histories = [received.everything() for received in gateway.record.main()]
    seen = [("remember one" in history, "remember two" in history) for history in histories]
    assert set(seen) == {(True, False), (False, True)}


@pytest.mark.parametrize("version", ["1.0.128", "2.1.330"])
def test_after_clear(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist], version: str
) -> None:
    """The session that goes on is the one after /clear."""
    machine, gateway = through_stand_in(["first answer", *LIMIT], version=version)
    user = typist(machine)
    user.at_prompt()
    user.say("hello one")
    user.sees("first answer")
    user.say("/clear")
    user.until(lambda: "first answer" not in user.screen, "an empty conversation")
    user.at_prompt()
    user.say("hello two")
    user.sees("from the gateway")
    assert "hello two" in gateway.record.main()[0].everything()
    assert "hello one" not in gateway.record.main()[0].everything()


@pytest.mark.parametrize("version", ["1.0.60", "2.0.42", "2.1.112", "2.1.330"])
def test_typing_through_the_switch(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist], version: str
) -> None:
    """What is typed while one claude ends and another starts is in the new one's input, after the draft."""
    machine, _ = through_stand_in(LIMIT, version=version)
    user = typist(machine)
    user.at_prompt()
    user.say("hello")
    user.process.send("begun before, ")
    user.written("continuing with")
    user.process.send("ended after")
    user.sees("from the gateway")
    user.draft_is("begun before, ended after")


@pytest.mark.parametrize(
    ("version", "key"), spread(["1.0.60", "2.0.42", "2.1.112", "2.1.330"], ["\x1b", "\x03"])
)
def test_stopped_while_it_is_switched(
    through_stand_in: Callable[..., tuple[Machine, StandIn]],
    typist: Callable[..., Typist],
    tmp_path: Path,
    version: str,
    key: str,
) -> None:
    """Esc or Ctrl-C during the switch stops the turn on the gateway; the draft is there, and the next prompt
    is answered."""
    never = held("too late", exists(str(tmp_path / "never")))

    def script(received: Received) -> object:
        return "from the gateway" if "what else" in received.everything() else never

    machine, _ = through_stand_in(LIMIT, script, version=version)
    user = typist(machine)
    user.at_prompt()
    user.say("hello")
    user.process.send("what else")
    user.written("continuing with")
    user.process.send(key)
    user.sees("nterrupted")
    user.draft_is("what else")
    user.process.send("\r")
    user.sees("from the gateway")
