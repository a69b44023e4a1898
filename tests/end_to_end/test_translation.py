"""claude works well on models that are not Anthropic's: real claude, real LiteLLM, strict providers."""

from __future__ import annotations

import json
import os
import re
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from claude_fallback import paths
from claude_fallback.gateway import record, service
from claude_fallback.memory import connection
from claude_fallback.memory.settings import Settings
from claude_fallback.rehearsal.refusals import limit
from tests.conftest import link_litellm
from tests.end_to_end.conftest import NEWEST, Machine, Typist, in_an_hour
from tests.upstreams.server import Upstream
from tests.upstreams.turns import Call, Refuse, Say, Script, Seen

pytestmark = pytest.mark.claude

OLD = "1.0.100"
MODELS = ("chat", "responses", "ollama")  # OpenAI's two formats, and Ollama's
EVERYWHERE = [(model, version) for version in (OLD, NEWEST) for model in MODELS] + [("chat", "2.0.42")]
TOOLS = ("--allowedTools", "Bash,Read,WebSearch,Task,Agent,mcp__tiny__now")


@pytest.fixture(scope="session")
def provider() -> Iterator[Upstream]:
    """All three formats; a test sets its `script`."""
    with Upstream(lambda _: Say("hello")) as started:
        yield started


@pytest.fixture(scope="session")
def translating(
    provider: Upstream, litellm_installed: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[service.Running, dict[str, str]]]:
    """A private LiteLLM with a configuration of the user's own, which says nothing about us."""
    folder = tmp_path_factory.mktemp("translating")
    where = {"HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    link_litellm(where, litellm_installed)
    path = folder / "config.yaml"
    path.write_text(json.dumps(_config(provider.url)))
    yield service.start(where, Settings(gateway_config=str(path)), port=0), where
    service.stop(where)


def _config(url: str) -> dict[str, object]:
    ollama = {"model": "ollama_chat/qwen2.5-coder:latest", "api_base": url, "num_ctx": 65536,
              "additional_drop_params": ["reasoning_effort"]}  # fmt: skip
    key = {"api_base": f"{url}/v1", "api_key": "sk-made-up"}
    models: list[dict[str, object]] = [
        {"model_name": "chat", "litellm_params": {"model": "custom_openai/gpt", **key}},
        {
            "model_name": "tiny",
            "litellm_params": {"model": "custom_openai/gpt", **key},
            "model_info": {"max_input_tokens": 8000},
        },
        {"model_name": "mistral", "litellm_params": {"model": "mistral/mistral-made-up", **key}},
        {"model_name": "responses", "litellm_params": {"model": "openai/gpt", **key}},
        {"model_name": "ollama", "litellm_params": ollama, "model_info": {"supports_vision": False}},
    ]
    return {
        "model_list": models,
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {"disable_model_info_refresh": True, "cancel_on_disconnect": True},
    }


@dataclass
class Bench:
    """A claude whose runs go to one model of the provider."""

    machine: Machine
    provider: Upstream
    usage: Path

    def run(self, *argv: str, stdin: bytes | int = subprocess.DEVNULL) -> str:
        """The answer; the provider has refused nothing."""
        done = self.machine.run("-p", *argv, *TOOLS, stdin=stdin)
        assert not self.provider.refused, self.provider.refused
        assert done.returncode == 0, done
        return done.stdout.decode()


@pytest.fixture
def bench(
    machine: Callable[..., Machine],
    provider: Upstream,
    translating: tuple[service.Running, dict[str, str]],
    environ: dict[str, str],
) -> Callable[..., Bench]:
    """`bench(script, model, version)`."""

    def build(script: Script, model: str = "chat", version: str = NEWEST) -> Bench:
        running, where = translating
        provider.script = script
        provider.forget()
        os.makedirs(paths.gateway_dir(environ), mode=0o700)
        record.write(environ, running)
        made = machine(["native answer"], version)
        (made.config_dir / "litellm_config.json").write_text(
            json.dumps({"preferred_model": model, "model_mappings": {"*": model}})
        )
        connection.connect(environ, datetime.now(timezone.utc), connection.Cause(connection.MANUAL), 1.0)
        return Bench(made, provider, Path(paths.usage_file(where)))

    return build


def once(call: Call | tuple[Call, ...]) -> Script:
    """Ask for tools, and when there are results, say them."""
    calls = call if isinstance(call, tuple) else (call,)

    def script(seen: Seen) -> Say:
        if not seen.is_main:
            return Say("a title")
        if seen.results:
            return Say(" | ".join(seen.results), reasoning="They are there.")
        return Say("I will.", calls, reasoning="I need a tool.")

    return script


@pytest.mark.parametrize(("model", "version"), EVERYWHERE)
def test_parallel_calls(bench: Callable[..., Bench], model: str, version: str) -> None:
    """Results arrive in the order of the calls, however they end; earlier reasoning is not sent back."""
    calls = tuple(
        Call("Bash", {"command": command, "description": "d"})
        for command in ("sleep 1; echo one", "echo two", "sleep 0.3; echo three")
    )
    answer = bench(once(calls), model, version).run("go")
    assert [word.strip() for word in answer.split("|")] == ["one", "two", "three"]


@pytest.mark.parametrize(("model", "version"), [*EVERYWHERE, ("mistral", OLD), ("mistral", NEWEST)])
def test_picture_in_a_tool_result(
    bench: Callable[..., Bench], model: str, version: str, tmp_path: Path
) -> None:
    """It reaches a model that sees; one that is known to be blind gets a note and goes on."""
    picture = tmp_path / "x.png"
    picture.write_bytes(png())
    ready = bench(once(Call("Read", {"file_path": str(picture)})), model, version)
    answer = ready.run("look at the picture")
    last = ready.provider.main[-1]
    assert last.images == (0 if model == "ollama" else 1)
    assert ("cannot see images" in answer) is (model == "ollama")


MCP = """
import json, sys
ANSWERS = {
    "tools/list": {"tools": [{"name": "now", "description": "t", "inputSchema": {"type": "object"}}]},
    "tools/call": {"content": [{"type": "text", "text": "half past nine"}]},
}
for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        answer = ANSWERS.get(asked["method"], {})
        if asked["method"] == "initialize":
            version = asked["params"]["protocolVersion"]
            info = {"name": "tiny", "version": "1"}
            answer = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
        print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": answer}), flush=True)
"""


@pytest.mark.parametrize(("model", "version"), [("chat", OLD), ("responses", NEWEST), ("ollama", NEWEST)])
def test_mcp_tool(bench: Callable[..., Bench], model: str, version: str, tmp_path: Path) -> None:
    """A tool of an MCP server is called, one without arguments too."""
    server = tmp_path / "server.py"
    server.write_text(MCP)
    config = json.dumps({"mcpServers": {"tiny": {"command": sys.executable, "args": [str(server)]}}})
    answer = bench(once(Call("mcp__tiny__now")), model, version).run(
        "what time is it", "--mcp-config", config
    )
    assert "half past nine" in answer


@pytest.mark.parametrize("version", [OLD, "2.0.42", NEWEST])
def test_subagent(bench: Callable[..., Bench], version: str) -> None:
    """A subagent runs on the same model; its word is in the conversation."""

    def script(seen: Seen) -> Say:
        said = "\n".join(seen.prompts)
        if "SUBTASK" in said and "the whole task" not in said:
            return Say("the word of the subagent")
        if not seen.is_main or seen.results:
            return Say(" ".join((*seen.results, said)))
        name = "Agent" if "Agent" in seen.tools else "Task"
        return Say(
            "I delegate.",
            (Call(name, {"description": "d", "prompt": "SUBTASK", "subagent_type": "general-purpose"}),),
        )

    ready = bench(script, "chat", version)
    assert "the word of the subagent" in ready.run("the whole task")
    assert len(ready.provider.main) >= 3


@pytest.mark.parametrize(("model", "version"), [("ollama", OLD), ("ollama", NEWEST), ("chat", NEWEST)])
def test_web_search(bench: Callable[..., Bench], model: str, version: str) -> None:
    """A search that the model cannot make is an error that says so; nobody answers from nothing."""
    ready = bench(once(Call("WebSearch", {"query": "weather in paris"})), model, version)
    assert "has no web_search" in ready.run("search")
    assert not any("weather in paris" in "".join(seen.prompts) for seen in ready.provider.seen)


def test_the_prompt_stays_last(bench: Callable[..., Bench]) -> None:
    """The newest release sends a system message behind the prompt; the model reads the prompt last."""
    ready = bench(lambda seen: Say("fine"))
    ready.run("how are you today")
    last = ready.provider.main[0].body["messages"][-1]
    parts = last["content"] if isinstance(last["content"], list) else [{"text": last["content"]}]
    assert last["role"] == "user" and parts[-1]["text"].endswith("how are you today")
    assert "Primary working directory" in json.dumps(last)


def test_ids_of_another_kind(bench: Callable[..., Bench]) -> None:
    """An id that Anthropic would refuse becomes one that it takes, in the transcript as at the provider."""
    ready = bench(once(Call("Bash", {"command": "echo hi", "description": "d"}, "functions.Bash:0")))
    assert ready.run("go").strip() == "hi"
    (rows,) = ready.machine.transcripts().values()
    used = re.findall(r'"(?:tool_use_)?id": ?"((?:functions|toolu)[^"]*)"', json.dumps(rows))
    assert used and all(re.fullmatch(r"[a-zA-Z0-9_-]+", one) for one in used)
    assert "functions_Bash_0" in used


@pytest.mark.parametrize("model", MODELS)
def test_large_prompt(bench: Callable[..., Bench], model: str) -> None:
    """8 MB arrive whole. Ollama, which would cut them in silence, is not asked."""
    ready = bench(lambda seen: Say(f"{len(seen.prompts[-1])}"), model)
    ready.machine.env["CLAUDE_CODE_MAX_CONTEXT_TOKENS"] = "9000000"  # else claude refuses by itself
    done = ready.machine.run("-p", "--output-format", "json", stdin=b"word " * 1_600_000)
    if model == "ollama":
        assert b"too long" in done.stdout and not ready.provider.main
    else:
        assert int(json.loads(done.stdout)["result"]) >= 8_000_000


@pytest.mark.parametrize("model", MODELS)
def test_interruption(bench: Callable[..., Bench], model: str) -> None:
    """claude is interrupted in the middle of an answer: the provider's work ends, too."""
    ready = bench(lambda seen: Say("one two three four five six"), model)
    ready.provider.hold = True
    streamed = ("--output-format", "stream-json", "--verbose", "--include-partial-messages")
    command = [sys.executable, "-m", "claude_fallback", "-p", "count", *streamed]
    with subprocess.Popen(command, env=ready.machine.env, cwd=ready.machine.work, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:  # fmt: skip
        assert run.stdout
        assert any(b"stream_event" in line for line in run.stdout)  # the answer has begun to come through
        run.send_signal(signal.SIGTERM)
        run.communicate()
    assert ready.provider.left.wait(60)


def test_compaction(bench: Callable[..., Bench]) -> None:
    """A session that has grown too long for the model is compacted by claude, and the turn is answered."""

    def script(seen: Seen) -> Say:
        return Say("<summary>numbers</summary>" if "detailed summary" in seen.prompts[-1] else "noted")

    ready = bench(script)
    for number in range(4):
        more = ["--continue"] if number else []
        ready.run("remember this", *more, stdin=f"word{number} ".encode() * 20_000)
    ready.provider.context = 110_000
    done = ready.machine.run("-p", "--continue", "--output-format", "stream-json", "--verbose", "go on")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert "compact_boundary" in [event.get("subtype") for event in events]
    assert events[-1]["result"] == "noted" and done.returncode == 0
    assert "maximum context length" in ready.provider.refused[0]


@pytest.mark.parametrize("version", [OLD, NEWEST])
def test_answer_and_prompt_together_too_long(bench: Callable[..., Bench], version: str) -> None:
    """vLLM counts the wished answer, too: claude wishes for less and is answered."""

    def script(seen: Seen) -> Say | Refuse:
        asked = seen.body.get("max_tokens") or seen.body["max_completion_tokens"]
        if asked <= 10_000:
            return Say("short enough")
        said = f"This model's maximum context length is 32768 tokens. However, you requested {22768 + asked}"
        return Refuse(400, f"{said} tokens (22768 in the messages, {asked} in the completion).")

    assert bench(script, "chat", version).run("hello").strip() == "short enough"


def test_session_too_large_for_its_model(bench: Callable[..., Bench]) -> None:
    """The next larger model that is served takes it, and that is said; the limit's own words are gone."""
    ready = bench(lambda seen: Say("from the larger one"), "tiny")
    connection.disconnect(ready.machine.env, datetime.now(timezone.utc))
    assert ready.machine.native
    ready.machine.native.play([limit("five_hour", in_an_hour())])
    done = ready.machine.run("-p", "hello")
    assert done.stdout == b"from the larger one\n"
    assert b"too many for tiny (8,000)" in done.stderr and b"continuing with ollama" in done.stderr


def test_session_in_a_terminal_too_large_for_its_model(
    bench: Callable[..., Bench], typist: Callable[..., Typist]
) -> None:
    """As a print run: the next larger model takes the conversation, and that is said before it goes on."""
    ready = bench(lambda seen: Say("from the larger one"), "tiny")
    connection.disconnect(ready.machine.env, datetime.now(timezone.utc))
    assert ready.machine.native
    ready.machine.native.play([limit("five_hour", in_an_hour())])
    user = typist(ready.machine)
    user.at_prompt()
    user.say("hello")
    user.sees("from the larger one")
    user.written("too many for tiny (8,000)")
    user.written("continuing with ollama")


def test_session_too_large_for_every_model(bench: Callable[..., Bench]) -> None:
    """claude's own words and exit code stand; the reason names the largest model; nothing is sent."""
    ready = bench(lambda seen: Say("never"), "tiny")
    connection.disconnect(ready.machine.env, datetime.now(timezone.utc))
    assert ready.machine.native
    ready.machine.native.play([limit("five_hour", in_an_hour())])
    done = ready.machine.run("-p", stdin=b"word " * 80_000)
    assert done.returncode == 1 and b"You've hit your 5-hour limit" in done.stdout
    assert b"largest model, ollama, takes 65,536" in done.stderr
    assert not ready.provider.seen and not ready.machine.state.get("connected")


def test_usage_lines(bench: Callable[..., Bench]) -> None:
    """Each request leaves one line: what it took, who answered; what it cost only where that is known."""
    ready = bench(lambda seen: Say("fine") if seen.is_main else Say("a title"), "ollama")
    before = len(lines(ready.usage))
    ready.run("hello")
    added = wait_for(lambda: lines(ready.usage)[before:], len(ready.provider.seen))
    assert len(added) == len(ready.provider.seen)
    assert {line["asked"] for line in added} == {"ollama"} and all(line["ok"] for line in added)
    assert all((line["tokens_in"], line["tokens_out"], line["cost"]) == (1000, 50, None) for line in added)
    assert "hello" not in ready.usage.read_text()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def wait_for(found: Callable[[], list[dict[str, Any]]], count: int) -> list[dict[str, Any]]:
    """LiteLLM writes them after its answer."""
    ends_at = time.monotonic() + 60
    while len(found()) < count and time.monotonic() < ends_at:
        time.sleep(0.05)
    return found()


def png() -> bytes:
    """One red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\0\xff\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")
