"""A gateway that is not ready costs nothing; one that fails says so and ends the run in seconds."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from claude_fallback.rehearsal.refusals import limit, overloaded, server_error, throttle
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.conftest import NEWEST, Machine, in_an_hour

pytestmark = pytest.mark.claude

Build = Callable[..., tuple[Machine, StandIn]]


def five_hours() -> list[object]:
    return [limit("five_hour", in_an_hour())]


def configure(machine: Machine, **values: object) -> None:
    path = machine.config_dir / "litellm_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def dead(machine: Machine, gateway: StandIn) -> None:
    gateway.stop()


def keyless(machine: Machine, gateway: StandIn) -> None:
    del machine.env["LITELLM_API_KEY"]


def without_the_model(machine: Machine, gateway: StandIn) -> None:
    configure(machine, preferred_model="nobody-serves-this")


def not_installed(machine: Machine, gateway: StandIn) -> None:
    keyless(machine, gateway)
    configure(machine, litellm_endpoint=None)


def corrupt_config(machine: Machine, gateway: StandIn) -> None:
    """The file is set aside and defaults hold: localhost:4000, where nobody is."""
    (machine.config_dir / "litellm_config.json").write_text("{")


FAULTS = (dead, keyless, without_the_model, not_installed, corrupt_config)


@pytest.mark.parametrize(
    "form", [[], ["--output-format", "stream-json", "--verbose"]], ids=["text", "stream"]
)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_not_ready(through_stand_in: Build, fault: Callable[..., None], form: list[str]) -> None:
    """claude's own words and exit code, and one line that names the command to type."""
    machine, gateway = through_stand_in(five_hours())
    fault(machine, gateway)
    done = machine.run("-p", "hello", *form)
    assert done.returncode == 1
    assert b"You've hit your 5-hour limit" in done.stdout
    told = [line for line in done.stderr.decode().splitlines() if "staying with claude" in line]
    assert len(told) == 1, done
    assert "claude-fallback for litellm" in told[0] or "export " in told[0]
    assert not gateway.record.messages_posts()
    assert not machine.state.get("connected")


@pytest.mark.parametrize(
    "refusal", [server_error(), overloaded(), throttle(), limit("five_hour", in_an_hour())]
)
@pytest.mark.parametrize("version", ["1.0.100", NEWEST])
def test_failing(through_stand_in: Build, refusal: object, version: str) -> None:
    """An error of the gateway is called that; the exit code is claude's; few requests are sent."""
    machine, gateway = through_stand_in(five_hours(), [refusal], version=version)
    done = machine.run("-p", "hello")
    assert done.returncode == 1
    assert b"the gateway" in done.stderr, done
    assert len(gateway.record.main()) <= 7
    assert machine.state["requests_failed"] == 1


def test_failing_again_and_again(through_stand_in: Build) -> None:
    """More than three failures in a row end the connection: claude is native again."""
    machine, _ = through_stand_in(five_hours(), [server_error()])
    for _attempt in range(4):
        machine.run("-p", "hello")
    assert machine.state["connected"] is False
    assert machine.state["connection_history"][0]["disconnect_reason"] == "repeated_failures"


def test_connected(through_stand_in: Build) -> None:
    """While connected a run goes straight to the gateway: native is not asked."""
    machine, gateway = through_stand_in(["native answer"])
    assert machine.run("for", "litellm", "connect").returncode == 0
    assert machine.native
    before = len(machine.native.record.messages_posts())
    assert machine.run("-p", "hello").stdout == b"from the gateway\n"
    assert len(machine.native.record.messages_posts()) == before
    assert len(gateway.record.main()) == 1
    assert machine.run("for", "litellm", "disconnect").returncode == 0
    assert machine.run("-p", "hello").stdout == b"native answer\n"


def test_connected_to_a_dead_gateway(through_stand_in: Build) -> None:
    """The run is native, and says why."""
    machine, gateway = through_stand_in(["native answer"])
    machine.run("for", "litellm", "connect")
    gateway.stop()
    done = machine.run("-p", "hello")
    assert done.stdout == b"native answer\n" and done.returncode == 0
    assert b"connected, but running native" in done.stderr


def test_the_reset_has_passed(through_stand_in: Build) -> None:
    """The first run after the reset is native, with nothing of the gateway left in it."""
    machine, gateway = through_stand_in(five_hours())
    assert machine.run("-p", "hello").stdout == b"from the gateway\n"
    past = (datetime.now(timezone.utc) - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    path = machine.config_dir / "litellm_state.json"
    path.write_text(json.dumps({**machine.state, "auto_disconnect_at": past}))
    assert machine.native
    machine.native.play(["native again"])
    assert machine.run("-p", "hello").stdout == b"native again\n"
    assert machine.state["connected"] is False
    assert not machine.native.record.secrets_seen({machine.env["LITELLM_API_KEY"]})
    assert len(gateway.record.main()) == 1


def test_off(through_stand_in: Build) -> None:
    """`CLAUDE_FALLBACK=off` and `auto-fallback off`: claude alone."""
    machine, gateway = through_stand_in(five_hours())
    machine.env["CLAUDE_FALLBACK"] = "off"
    done = machine.run("-p", "hello")
    assert done.returncode == 1 and done.stderr == b""
    del machine.env["CLAUDE_FALLBACK"]
    machine.run("for", "litellm", "config", "set", "auto-fallback", "off")
    done = machine.run("-p", "hello")
    assert done.returncode == 1 and b"You've hit your" in done.stdout
    assert not gateway.record.messages_posts()


def test_nested(through_stand_in: Build) -> None:
    """A claude that a tool of a gateway run calls goes to the same gateway, helper or not."""
    from claude_fallback.rehearsal.answers import ToolUse, turn

    wrapper = f"{sys.executable} -m claude_fallback -p inner > inner.txt 2>&1"
    call = turn(ToolUse("Bash", {"command": wrapper, "description": "ask"}))
    machine, gateway = through_stand_in(five_hours(), [call, "inner answer", "outer answer"])
    settings = {"apiKeyHelper": "echo sk-ant-api03-from-the-helper"}
    (machine.config_dir / "settings.json").write_text(json.dumps(settings))
    done = machine.run("-p", "hello", "--allowedTools", "Bash")
    assert done.stdout == b"outer answer\n", (done, (machine.work / "inner.txt").read_text())
    assert "inner answer" in (machine.work / "inner.txt").read_text()
    assert not gateway.record.secrets_seen({"sk-ant-api03-from-the-helper"})
