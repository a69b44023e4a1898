"""The private LiteLLM is killed while it answers: real LiteLLM, real claude, a real SIGKILL."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from claude_fallback.gateway import record, service
from claude_fallback.rehearsal.refusals import limit
from tests.conftest import link_litellm
from tests.end_to_end.conftest import Machine, Typist, in_an_hour
from tests.upstreams.server import Upstream
from tests.upstreams.turns import Say, Seen

pytestmark = pytest.mark.claude

Killing = Callable[[int], Machine]


@pytest.fixture
def killing(machine: Callable[..., Machine], litellm_installed: str, tmp_path: Path) -> Iterator[Killing]:
    """A limited claude; the first `times` private LiteLLMs are killed when they have asked their provider."""
    built: list[Machine] = []
    left = 0

    def script(seen: Seen) -> Say:
        nonlocal left
        running = record.running(built[0].env)
        if seen.is_main and left and running:
            left -= 1
            os.kill(running.pid, signal.SIGKILL)
        return Say("from the gateway")

    def build(times: int) -> Machine:
        nonlocal left
        left = times
        built.append(machine([limit("five_hour", in_an_hour())]))
        link_litellm(built[0].env, litellm_installed)
        parameters = {"model": "custom_openai/gpt", "api_base": f"{provider.url}/v1", "api_key": "sk-made-up"}
        config = {"model_list": [{"model_name": "gpt", "litellm_params": parameters}]}
        (tmp_path / "config.yaml").write_text(json.dumps(config))
        settings = {
            "gateway_config": str(tmp_path / "config.yaml"),
            "preferred_model": "gpt",
            "max_switches": 9,
        }
        (built[0].config_dir / "litellm_config.json").write_text(json.dumps(settings))
        return built[0]

    with Upstream(script) as provider:
        yield build
        for one in built:
            service.stop(one.env)


def test_a_print_run(killing: Killing) -> None:
    """It is started again, the run goes on there, and both are said."""
    done = killing(1).run("-p", "hello")
    assert (done.returncode, done.stdout) == (0, b"from the gateway\n"), done
    assert done.stderr.count(b"continuing with gpt through LiteLLM") == 2


def test_a_session(killing: Killing, typist: Callable[..., Typist]) -> None:
    """The conversation goes on by itself, the draft in its input."""
    user = typist(killing(1))
    user.at_prompt()
    user.say("hello")
    user.process.send("my draft")
    user.sees("from the gateway")
    user.draft_is("my draft")
    assert user.raw.count(b"continuing with gpt through LiteLLM") >= 2
