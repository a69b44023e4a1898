"""`models`, `for` alone, and the settings of an adapter, as real processes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

KEY = "sk-gateway-0123456789"
PLAIN = [
    {"id": "qwen2.5-coder"},
    {"id": "qwen/x", "context_length": 262144, "pricing": {"prompt": "0.0000002", "completion": "0.0000008"},
     "supported_parameters": ["tools", "temperature"]},
]  # fmt: skip
INFO = [
    {"model_name": "qwen2.5-coder",
     "litellm_params": {"model": "ollama_chat/qwen2.5-coder:7b", "num_ctx": 65536},
     "model_info": {"input_cost_per_token": 0, "output_cost_per_token": 0,
                    "supports_function_calling": True}},
    {"model_name": "llama*", "litellm_params": {"model": "openai/llama"},
     "model_info": {"max_input_tokens": 8192, "supports_function_calling": False}},
    {"odd": 1},
    "odd",
]  # fmt: skip


@contextmanager
def listing() -> Iterator[str]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            rows = INFO if self.path == "/model/info" else PLAIN
            body = json.dumps({"data": rows}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def ours(environ: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`ours("zai", "config", "get", "model")` is `claude-fallback for zai config get model`."""

    def run(*argv: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "claude_fallback", "for", *argv],
            env=environ | more, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


Ours = Callable[..., subprocess.CompletedProcess[str]]


def settings(environ: dict[str, str], **found: object) -> None:
    path = Path(environ["HOME"], ".claude", "litellm_config.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(found))


def test_table(ours: Ours, environ: dict[str, str]) -> None:
    """Each of claude's names, what answers to it, what is told of that; exit 1 when one is not served."""
    with listing() as url:
        settings(environ, litellm_endpoint=url)
        done = ours("litellm", "models", LITELLM_API_KEY=KEY)
        lines = {line.split()[0]: line.split() for line in done.stdout.splitlines()}
        assert lines["claude"] == ["claude", "gateway", "model", "context", "in", "out", "tools", "served"]
        assert lines["claude-3-5-sonnet"] == [
            "claude-3-5-sonnet", "qwen2.5-coder", "ollama_chat/qwen2.5-coder:7b", "65,536", "0", "0",
            "yes", "yes",
        ]  # fmt: skip
        assert lines["claude-3-opus"] == [
            "claude-3-opus",
            "llama3.1-8b",
            "openai/llama",
            "8,192",
            "no",
            "yes",
        ]
        assert lines["claude-3-haiku"] == ["claude-3-haiku", "qwen2.5", "no"]
        assert done.returncode == 1
        found = json.loads(ours("litellm", "models", "--json", "--all", LITELLM_API_KEY=KEY).stdout)["models"]
        (other,) = [row for row in found if row["gateway"] == "qwen/x"]
        assert (other["context"], other["price_in"], other["price_out"]) == (262144, 0.2, 0.8)
        assert (other["claude"], other["tools"], other["served"]) == (None, True, True)
        assert KEY not in done.stdout + done.stderr


def test_nothing_to_ask(ours: Ours) -> None:
    """Without a gateway the mapping is shown all the same, and why nothing is known of it."""
    done = ours("litellm", "models")
    assert done.returncode == 0
    assert "claude-3-opus" in done.stdout
    assert "not known what is served: the private LiteLLM is not running" in done.stderr


def test_an_unserved_mapping_is_kept_with_a_warning(ours: Ours, environ: dict[str, str]) -> None:
    """The user may add the model later."""
    with listing() as url:
        settings(environ, litellm_endpoint=url)
        done = ours("litellm", "config", "set", "add-model-mapping", "opus:nobody", LITELLM_API_KEY=KEY)
        assert (done.returncode, done.stdout) == (0, "opus -> nobody\n")
        assert "does not serve nobody now" in done.stderr
        done = ours("litellm", "config", "set", "add-model-mapping", "opus:llama-4", LITELLM_API_KEY=KEY)
        assert done.stderr == ""
    assert '"llama-4"' in ours("litellm", "config", "get", "model-mappings").stdout


def test_for_alone(ours: Ours) -> None:
    """Every adapter, and whether it is ready here; no key is shown, none is asked for over the network."""
    done = ours(OPENROUTER_API_KEY=KEY, AWS_REGION="x", AWS_PROFILE="y")
    assert (done.returncode, done.stderr) == (0, "")
    lines = {line.split()[2]: line for line in done.stdout.splitlines()[1:]}
    assert lines["openrouter"].endswith(": has a key")
    assert lines["anthropic"].endswith(": no ANTHROPIC_API_KEY")
    assert lines["bedrock"].endswith(": credentials are here")
    assert (
        "needs CLOUD_ML_REGION" in lines["vertex"] or "needs ANTHROPIC_VERTEX_PROJECT_ID" in lines["vertex"]
    )
    assert lines["custom"].endswith(": no address yet")
    assert KEY not in done.stdout


def test_an_adapters_own_settings(ours: Ours, environ: dict[str, str]) -> None:
    """`for zai config` reads and writes zai's; `unset` tells zai's default; LiteLLM's stay."""
    assert ours("zai", "config", "set", "model", "glm-9").stdout == "model = glm-9\n"
    assert ours("zai", "config", "get", "model").stdout == "glm-9\n"
    assert ours("litellm", "config", "get", "model").stdout == "qwen2.5-coder\n"
    assert ours("zai", "config", "unset", "model").stdout == "model = glm-5 (default)\n"
    shown = json.loads(ours("zai", "config", "show", "--json").stdout)
    assert shown["adapters"]["zai"]["endpoint"] == "https://api.z.ai/api/anthropic"
    assert ours("zai", "config", "set", "gateway-config", "/x").returncode == 2


def test_actions_of_the_private_litellm_are_its_own(ours: Ours) -> None:
    """There is nothing to start at a provider."""
    done = ours("openrouter", "start")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "start" not in ours("openrouter", "--help").stdout
    assert "Example: claude-fallback for openrouter status" in ours("openrouter", "--help").stdout


def test_connect_remembers_the_adapter(ours: Ours, environ: dict[str, str]) -> None:
    """Runs go where `connect` was typed for, and `status` says so under either name."""
    with listing() as url:
        settings(environ, adapters={"custom": {"endpoint": url, "preferred_model": "qwen/x"}})
        done = ours("custom", "connect", CUSTOM_API_KEY=KEY)
        assert "qwen/x" in done.stdout, done.stderr
        state = json.loads(Path(environ["HOME"], ".claude", "litellm_state.json").read_text())
        assert (state["connected"], state["connection_adapter"]) == (True, "custom")
        for name in ("custom", "litellm"):
            found = json.loads(ours(name, "status", "--json", CUSTOM_API_KEY=KEY).stdout)
            assert (found["gateway"]["adapter"], found["gateway"]["ready"]) == ("custom", True), name
            assert found["model"] == "qwen/x"


def test_chain(ours: Ours) -> None:
    """Set in one go, shown by `status`; a link that is not ready is told at once."""
    done = ours(
        "litellm", "config", "set", "fallback-chain", "openrouter, qwen2.5:7b", OPENROUTER_API_KEY=KEY
    )
    assert done.stdout == 'fallback-chain = ["openrouter","qwen2.5:7b"]\n'
    assert done.stderr == ""
    done = ours("litellm", "config", "set", "fallback-chain", "anthropic,litellm")
    assert "anthropic is in the chain, but not ready: no key for https://api.anthropic.com" in done.stderr
    assert "chain" in ours("litellm", "status").stdout
