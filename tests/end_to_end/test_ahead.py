"""claude warns that its limit is near: the private LiteLLM is there before it is needed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from claude_fallback.gateway import service
from claude_fallback.rehearsal import scenarios
from claude_fallback.rehearsal.embedded import embedded_config
from tests.conftest import link_litellm
from tests.end_to_end.conftest import Machine, Typist, in_an_hour

pytestmark = pytest.mark.claude


@pytest.fixture
def installed(
    machine: Callable[..., Machine], litellm_installed: str, tmp_path: Path
) -> Iterator[Callable[[str], Machine]]:
    """A warned claude, and a LiteLLM that is installed and does not run."""
    built: list[Machine] = []

    def build(version: str) -> Machine:
        built.append(machine(scenarios.script("allowed_warning", in_an_hour()), version=version))
        link_litellm(built[-1].env, litellm_installed)
        config = {"gateway_config": embedded_config(str(tmp_path / "embedded"))}
        (built[-1].config_dir / "litellm_config.json").write_text(json.dumps(config))
        return built[-1]

    yield build
    for one in built:
        service.stop(one.env)


def test_in_a_session(
    installed: Callable[[str], Machine],
    typist: Callable[..., Typist],
) -> None:
    """The warning on the screen is enough, and nothing is shown of it."""
    machine = installed("1.0.60")
    user = typist(machine)
    user.at_prompt()
    user.say("hello")
    user.sees("Approaching usage limit")
    user.until(lambda: service.running(machine.env), "LiteLLM")
    assert b"claude-fallback:" not in user.raw
    assert b"LiteLLM" not in user.raw


def test_in_a_print_run(
    installed: Callable[[str], Machine], wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    """The run ends long before; nothing of it is in its output."""
    machine = installed("2.1.330")
    done = machine.run("-p", "hello", "--output-format", "stream-json", "--verbose")
    assert (done.returncode, done.stderr) == (0, b"")
    wait_for(lambda: service.running(machine.env) is not None)
