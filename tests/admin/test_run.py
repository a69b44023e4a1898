"""`run`: one prompt to one of the gateway's models."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from claude_fallback import paths
from claude_fallback.gateway import service
from tests.admin.conftest import Command


@pytest.fixture(autouse=True)
def home_of_claude(environ: dict[str, str]) -> None:
    os.makedirs(paths.config_dir(environ))


def test_answer(command: Command, private_litellm: service.Running) -> None:
    """The answer alone on stdout; who, how long, how much on stderr. The embedded model is free."""
    done = command("run", "--model", "qwen2.5", "--prompt", "say hello")
    assert done.returncode == 0
    assert done.stdout == "You asked: say hello\n(answered by the embedded model qwen2.5)\n"
    assert "answered by qwen2.5 in" in done.stderr and "tokens in" in done.stderr and "$0" in done.stderr


def test_json(command: Command, private_litellm: service.Running) -> None:
    """One object; a claude model is mapped as in a run."""
    done = command("run", "--model", "opus", "--prompt", "hi", "--json")
    told = json.loads(done.stdout)
    assert told["model"] == "llama3.1-8b" and told["text"].startswith("You asked: hi")
    assert told["cost"] == 0 and told["tokens_out"] > 0 and told["seconds"] > 0
    assert private_litellm.key not in done.stdout + done.stderr


def test_refused(command: Command, private_litellm: service.Running) -> None:
    """What the gateway says, and where to look."""
    done = command("run", "--prompt", "[[500]]")
    assert done.returncode == 1 and done.stdout == ""
    assert "did not answer (HTTP 500)" in done.stderr and "logs --of gateway" in done.stderr


def test_unknown_model(command: Command, environ: dict[str, str], private_litellm: service.Running) -> None:
    """A model that is not served is told before anything is sent."""
    Path(paths.config_file(environ)).write_text('{"preferred_model": "nobody"}')
    done = command("run", "--prompt", "hi")
    assert done.returncode == 1 and "does not serve nobody" in done.stderr


def test_no_prompt(command: Command) -> None:
    """A mistake in the words of the command."""
    done = command("run", "--prompt", " ")
    assert done.returncode == 2 and "--prompt" in done.stderr
