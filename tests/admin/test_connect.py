"""`connect` and `disconnect`."""

from __future__ import annotations

from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

Command = Callable[..., CompletedProcess[str]]
State = Callable[[], dict[str, object]]


def test_connect_asks_the_gateway_first(command: Command, gateway: dict[str, str], state: State) -> None:
    """Ready: connected, and the end and the model are said."""
    done = command("connect", "--auto-disconnect-in", "2.5", "--reason", "trying it", **gateway)
    assert (done.returncode, done.stderr) == (0, "")
    assert "in 2 h 30 min" in done.stdout
    assert "qwen2.5-coder" in done.stdout
    found = state()
    assert (found["connected"], found["fallback_reason"]) == (True, "trying it")


@pytest.mark.parametrize("how", [{"LITELLM_API_KEY": "sk-wrong"}, {}])
def test_connect_refuses_with_the_remedy(
    command: Command, gateway: dict[str, str], home: str, how: dict[str, str]
) -> None:
    """A wrong key and none: exit 1, stdout empty, the next command on stderr, no state made."""
    done = command("connect", **how)
    assert (done.returncode, done.stdout) == (1, "")
    assert "export LITELLM_API_KEY=" in done.stderr
    assert command("disconnect").stdout.startswith("not connected")


def test_force_connects_and_says_what_is_wrong(
    command: Command, gateway: dict[str, str], state: State
) -> None:
    """For a gateway that is about to come up."""
    done = command("connect", "--force", "--model", "foo", LITELLM_API_KEY="sk-wrong")
    assert done.returncode == 0
    assert "not ready" in done.stderr
    assert (state()["connected"], state()["connection_model"]) == (True, "foo")


def test_a_model_the_gateway_lacks_is_refused(command: Command, gateway: dict[str, str]) -> None:
    """The model that was named is the one that is asked for."""
    done = command("connect", "--model", "foo", **gateway)
    assert done.returncode == 1
    assert "does not serve foo" in done.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ["--auto-disconnect-in", "0"],
        ["--auto-disconnect-in", "soon"],
        ["--auto-disconnect-in", "-1"],
        ["--auto-disconnect-in"],
        ["--model", ""],
        ["--model", "two words"],
        ["--bogus"],
        ["extra"],
    ],
)
def test_misuse_is_one_line_and_exit_2(command: Command, wrong: list[str]) -> None:
    """Nothing on stdout, no traceback."""
    done = command("connect", *wrong)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("claude-fallback: ")


def test_disconnect_sums_the_session_up(command: Command, gateway: dict[str, str], state: State) -> None:
    """Duration, runs, rate, cost and both reasons; a cost nobody counted is not 0."""
    command("connect", **gateway)
    done = command("disconnect", "enough", "for", "today")
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("duration", "handled", "failed", "success rate", "unknown", "manual", "enough for today"):
        assert word in done.stdout
    assert state()["connected"] is False


def test_a_state_that_cannot_be_written_is_a_failure(
    command: Command, gateway: dict[str, str], home: str
) -> None:
    """A person who typed `connect` must know that it did not happen."""
    from pathlib import Path

    Path(home, ".claude", "litellm_state.json").mkdir()
    connect, disconnect = command("connect", **gateway), command("disconnect")
    assert (connect.returncode, connect.stdout) == (1, "")
    assert (disconnect.returncode, disconnect.stdout) == (1, "")
    assert "Traceback" not in connect.stderr + disconnect.stderr
