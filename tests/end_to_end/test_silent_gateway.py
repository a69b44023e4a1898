"""A gateway that passes the probe and then keeps claude waiting for ever: the run ends, and says why."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from claude_fallback.rehearsal.answers import ToolUse, held, turn
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.conftest import LOGIN, Machine, in_an_hour
from tests.end_to_end.test_chain import Two, two_gateways
from tests.end_to_end.test_hostile_gateway import API_KEY, after_a_good_start, got, limited
from tests.upstreams import hostile
from tests.upstreams.hostile import Behaviour, serving

__all__ = ["limited", "two_gateways"]  # fixtures
pytestmark = pytest.mark.claude

WAIT = 0.25  # minutes; claude has to start in it, on a busy machine, too


def settings(machine: Machine) -> None:
    path = machine.config_dir / "litellm_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "gateway_timeout_minutes": WAIT}))


def patient(machine: Machine, version: str) -> Machine:
    machine.use(version)
    (machine.config_dir / "settings.json").unlink()  # nothing could override it in 1.0.60, which stays native
    settings(machine)
    return machine


@pytest.mark.parametrize(
    ("version", "behave", "form"),
    [
        ("1.0.60", hostile.drip_body, "text"),
        ("2.1.112", hostile.comments, "json"),
        ("2.1.330", hostile.empty_words, "stream-json"),
    ],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_an_answer_that_never_comes(
    limited: Callable[[str], Machine], version: str, behave: Behaviour, form: str
) -> None:
    """claude is ended; one line names the gateway and the next command."""
    verbose = ["--verbose"] if form == "stream-json" else []
    with serving(after_a_good_start(behave)) as (url, heads):
        machine = patient(limited(url), version)
        done = machine.run("-p", "hello", "--output-format", form, *verbose)
    assert any(head.startswith("POST") for head in heads)
    assert done.returncode == 143, done
    line = f"({url}) gave no sign of an answer for 0.25 min, so claude was ended; try it: claude-fallback for"
    assert done.stderr.decode().count(line) == 1, done
    assert b"a bug of" not in done.stderr and b"Traceback" not in done.stderr, done
    assert machine.state["requests_failed"] == 1, machine.state
    assert not got(heads, LOGIN, API_KEY)


def test_a_long_tool_is_no_silence(through_stand_in: Callable[..., tuple[Machine, StandIn]]) -> None:
    """A command that runs longer than that is claude's work, whatever the gateway does."""
    call = turn(ToolUse("Bash", {"command": f"timeout {WAIT * 60 + 8:g} tail -f /dev/null; true"}))
    machine, _ = through_stand_in([limit("five_hour", in_an_hour())], [call, "waited for it"])
    settings(machine)
    done = machine.run("-p", "wait", "--allowedTools", "Bash")
    assert (done.returncode, done.stdout) == (0, b"waited for it\n"), done


def test_the_next_gateway_takes_over(two_gateways: Two) -> None:
    """In a chain a gateway that gives nothing is a gateway that fails."""
    never = held("never", lambda: False)
    machine, one, other = two_gateways([limit("five_hour", in_an_hour())], never, "from the other")
    settings(machine)
    done = machine.run("-p", "hello")
    assert (done.returncode, done.stdout) == (0, b"from the other\n"), done
    assert done.stderr.count(b"gave no sign of an answer for 0.25 min") == 1, done
    assert b"LiteLLM: server error" in done.stderr, done
    assert one.record.main() and other.record.main()
