"""A provider that says nothing, behind the private LiteLLM: that ends the request, whatever run it is of."""

from __future__ import annotations

import json
import os
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from claude_fallback import paths
from claude_fallback.gateway import record, service
from claude_fallback.memory.settings import Settings
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from tests.conftest import link_litellm
from tests.end_to_end.conftest import Machine, in_an_hour
from tests.end_to_end.test_streaming_input import FLAGS, events, message
from tests.end_to_end.test_switch import FORMATS, answer
from tests.upstreams import hostile
from tests.upstreams.hostile import serving

pytestmark = pytest.mark.claude

WAIT = 0.03  # minutes
SILENT = f"claude-fallback: the model's provider said nothing for {WAIT} min (gateway-timeout-minutes)"


def empty_chunks(connection: socket.socket, head: str, stopping: threading.Event) -> None:
    choice = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    connection.sendall(hostile.STREAM)
    while not stopping.wait(0.2):
        connection.sendall(b"data: " + json.dumps(chunk).encode() + b"\n\n")


def single_bytes(connection: socket.socket, head: str, stopping: threading.Event) -> None:
    connection.sendall(hostile.STREAM)
    hostile.drip(connection, head, stopping)


def silent(connection: socket.socket, head: str, stopping: threading.Event) -> None:
    while connection.recv(65536):
        pass
    raise ConnectionResetError


BEHAVIOURS = (hostile.comments, empty_chunks, single_bytes, silent)


class Hanging:
    """A provider that hangs as the path says; `asked`, and of those the `closed` connections."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.closed: list[str] = []
        self.changed = threading.Condition()

    def behave(self, connection: socket.socket, head: str, stopping: threading.Event) -> None:
        name = head.split("/")[1]
        self.asked.append(name)
        try:
            next(one for one in BEHAVIOURS if one.__name__ == name)(connection, head, stopping)
        except OSError:
            with self.changed:
                self.closed.append(name)
                self.changed.notify_all()
            raise

    def is_left(self) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: sorted(self.closed) == sorted(self.asked), 30)


@pytest.fixture(scope="module")
def hanging() -> Iterator[tuple[Hanging, str]]:
    provider = Hanging()
    with serving(provider.behave) as (url, _):
        yield provider, url


@pytest.fixture(scope="module")
def impatient(
    hanging: tuple[Hanging, str], litellm_installed: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[service.Running]:
    """A private LiteLLM that waits `WAIT` minutes."""
    folder = tmp_path_factory.mktemp("impatient")
    where = {"HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    link_litellm(where, litellm_installed)
    path = folder / "config.yaml"
    models = [
        {"model_name": name, "litellm_params": {"model": "custom_openai/gpt", "api_key": "sk-made-up",
         "api_base": f"{hanging[1]}/{name}/v1"}} for name in (one.__name__ for one in BEHAVIOURS)
    ]  # fmt: skip
    router = {"num_retries": 0, "disable_cooldowns": True}
    path.write_text(json.dumps({"model_list": models, "router_settings": router}))
    settings = Settings(gateway_config=str(path), gateway_timeout_minutes=WAIT)
    yield service.start(where, settings, port=0)
    service.stop(where)


def ask(running: service.Running, model: str, stream: bool) -> tuple[int, str]:
    asked = {
        "model": model,
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "hi"}],
        "stream": stream,
    }
    headers = {"x-api-key": running.key, "content-type": "application/json"}
    url = f"{running.base_url}/v1/messages"
    request = urllib.request.Request(url, json.dumps(asked).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_request_is_ended(hanging: tuple[Hanging, str], impatient: service.Running) -> None:
    """In words, as a stream's event or as a 504; the provider's connection is closed."""
    names = [one.__name__ for one in BEHAVIOURS]
    ask(impatient, "silent", stream=False)  # LiteLLM's first answer takes longer
    with ThreadPoolExecutor(2 * len(names)) as pool:
        streamed = pool.map(lambda name: ask(impatient, name, stream=True), names)
        whole = pool.map(lambda name: ask(impatient, name, stream=False), names)
    for status, said in streamed:
        assert SILENT in said and (status == 504 or said.count("event: error\n") == 1), (status, said)
    for status, said in whole:
        assert (status, json.loads(said)["error"]["message"]) == (504, SILENT)
    assert hanging[0].is_left() and {*hanging[0].asked} == {*names}, (hanging[0].asked, hanging[0].closed)


@pytest.fixture
def hung(
    machine: Callable[..., Machine], impatient: service.Running, environ: dict[str, str]
) -> Callable[..., Machine]:
    """A claude at its limit, whose private LiteLLM has that provider."""

    def build(**settings: object) -> Machine:
        os.makedirs(paths.gateway_dir(environ), mode=0o700)
        record.write(environ, impatient)
        built = machine([limit("five_hour", in_an_hour())])
        model = hostile.comments.__name__
        content = {"preferred_model": model, "model_mappings": {"*": model}, **settings}
        (built.config_dir / "litellm_config.json").write_text(json.dumps(content))
        return built

    return build


def test_a_run_by_messages(hung: Callable[..., Machine]) -> None:
    """Such a run is not ended from outside: claude says the words, and that is the gateway's failure."""
    done = hung().run(*FLAGS, stdin=message("hello"))
    result = [event for event in events(done.stdout) if event["type"] == "result"][-1]
    assert done.returncode == 1 and result["is_error"], done
    assert SILENT in result["result"] and b"the gateway" in done.stderr, done


def test_the_next_gateway(hung: Callable[..., Machine], anthropic: Callable[..., StandIn]) -> None:
    """In a chain it takes over, also from a run that keeps no transcript."""
    other = anthropic("from the other", models=("other-model",))
    custom = {"endpoint": other.url, "preferred_model": "other-model"}
    machine = hung(fallback_chain=["litellm", "custom"], adapters={"custom": custom})
    machine.env["CUSTOM_API_KEY"] = "sk-other-made-up-key-0123456789"
    done = machine.run("-p", "hello", "--no-session-persistence", *FORMATS["stream"])
    assert (done.returncode, answer("stream", done.stdout)) == (0, "from the other"), done
    assert b"LiteLLM: server error" in done.stderr, done
