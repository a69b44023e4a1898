"""Real claude releases, through a real LiteLLM, with the embedded model."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_fallback.gateway.service import Running

Release = Callable[[str], list[str]]
Room = Callable[..., dict[str, str]]
RELEASES = ["1.0.60", "2.0.42", "2.1.112", "2.1.197", "2.1.330"]


@pytest.fixture
def ask(
    litellm: Running, claude_release: Release, clean_room: Room, environ: dict[str, str], tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`ask(release, *argv)` in an empty folder; claude goes to LiteLLM with LiteLLM's key."""
    room = clean_room(
        environ,
        litellm.base_url,
        CLAUDE_CODE_OAUTH_TOKEN=None,
        ANTHROPIC_AUTH_TOKEN=litellm.key,
        ANTHROPIC_MODEL="qwen2.5-coder",
        CLAUDE_CODE_MAX_RETRIES="0",
    )

    def run(release: str, *argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*claude_release(release), "-p", *argv],
            env=room,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


@pytest.mark.parametrize("release", RELEASES)
def test_write_through_the_gateway(
    ask: Callable[..., subprocess.CompletedProcess[str]], release: str, tmp_path: Path
) -> None:
    """Claude's own Write tool makes the file the embedded model asks for, in claude's folder."""
    said = ask(release, "Please write hello.txt", "--allowedTools", "Write", "--output-format", "json")
    assert said.returncode == 0, said
    result = json.loads(said.stdout)
    assert result["is_error"] is False
    assert "(answered by the embedded model qwen2.5-coder)" in result["result"]
    assert "Written by the embedded model" in (tmp_path / "hello.txt").read_text()


@pytest.mark.parametrize("release", RELEASES)
def test_text_and_stream(ask: Callable[..., subprocess.CompletedProcess[str]], release: str) -> None:
    """Text is the answer and nothing else; stream-json ends in one result with usage of its own."""
    answer = "You asked: say hi\n(answered by the embedded model qwen2.5-coder)"
    assert ask(release, "say hi").stdout == f"{answer}\n"
    said = ask(release, "say hi", "--output-format", "stream-json", "--verbose")
    events = [json.loads(line) for line in said.stdout.splitlines()]
    results = [event for event in events if event["type"] == "result"]
    assert [result["result"] for result in results] == [answer]
    assert results[0]["usage"]["output_tokens"] > 0


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("status", [429, 500])
def test_forced_failure(
    ask: Callable[..., subprocess.CompletedProcess[str]], release: str, status: int
) -> None:
    """The status a prompt asks for is the one that claude reports."""
    said = ask(release, f"[[{status}]]")
    assert said.returncode == 1
    assert str(status) in said.stdout
