"""What a whole life of the private LiteLLM shows to others: ports, argv, environments, files."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from claude_fallback import paths
from claude_fallback.gateway import record, service
from claude_fallback.gateway.http import post
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from tests.conftest import claude_argv_of, clean_room_of, link_litellm
from tests.end_to_end.conftest import NEWEST, Machine, in_an_hour
from tests.upstreams.ollama import Model
from tests.upstreams.server import Upstream
from tests.upstreams.turns import Say, Seen

pytestmark = pytest.mark.claude

NATIVE = "sk-ant-oat01-native-0123456789-made-up"
PROVIDER = "sk-provider-0123456789-made-up"
PROMPT = "a prompt that nobody else shall read"
MODELS = {"qwen2.5-coder:latest": Model(), "qwen2.5:latest": Model(), "llama3.1:8b": Model()}


@dataclass(frozen=True)
class Process:
    """As any program of the same user sees it; argv also any other user."""

    pid: int
    argv: str
    environ: str
    listens: tuple[str, ...]  # addresses, as in /proc/net/tcp


@dataclass
class House:
    """A home in which LiteLLM was started, used by a claude that had met its limit, and stopped."""

    machine: Machine
    key: str = ""
    during: list[Process] = field(default_factory=list)  # while the model was being asked
    done: dict[str, subprocess.CompletedProcess[bytes]] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)  # what was asked for -> the provider's model

    @property
    def files(self) -> list[Path]:
        home = Path(self.machine.env["HOME"])
        return [Path(folder, name) for folder, _, names in os.walk(home) for name in names]


def _children(parents: set[int]) -> set[int]:
    """All descendants of these processes, and they themselves."""
    rows = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                rows[int(name)] = int(Path("/proc", name, "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = set(parents)
    while more := {pid for pid, parent in rows.items() if parent in found} - found:
        found |= more
    return found


def _listening() -> dict[str, str]:
    """Sockets by inode."""
    found = {}
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A":
                found[cells[9]] = cells[1].partition(":")[0]
    return found


def _process(pid: int, listening: dict[str, str]) -> Process:
    place = Path("/proc", str(pid))
    links = [os.readlink(one) for one in (place / "fd").iterdir() if one.is_symlink()]
    inodes = [link[len("socket:[") : -1] for link in links if link.startswith("socket:[")]
    return Process(
        pid,
        (place / "cmdline").read_bytes().decode(),
        (place / "environ").read_bytes().decode(),
        tuple(listening[inode] for inode in inodes if inode in listening),
    )


@pytest.fixture(scope="module")
def house(litellm_installed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """All of it is done once, with a umask that forbids nothing; the tests look at what was seen and left."""
    folder = tmp_path_factory.mktemp("house")
    home, work = folder / "home", folder / "work"
    for one in (home, work, home / ".claude"):
        one.mkdir()
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    with (
        StandIn([limit("five_hour", in_an_hour())]) as native,
        Upstream(lambda _: Say("hi"), MODELS) as ollama,
    ):
        room = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm", **measured}
        env = clean_room_of(room, native.url, CLAUDE_CODE_OAUTH_TOKEN=NATIVE, OLLAMA_HOST=ollama.url,
                          OPENAI_API_KEY=PROVIDER, CLAUDE_FALLBACK_VERIFY="off")  # fmt: skip
        link_litellm(env, litellm_installed)
        made = House(Machine(env, work, native, claude_argv_of))
        made.machine.use(NEWEST)
        before = os.umask(0)
        try:
            _live(made, ollama)
            yield made
        finally:
            os.umask(before)
            service.stop(env)


def _live(house: House, ollama: Upstream) -> None:
    machine = house.machine
    house.done["start"] = machine.run("for", "litellm", "start")
    running = record.read(machine.env)
    assert running, house.done
    house.key = running.key

    def look(seen: Seen) -> Say:
        pids = _children({os.getpid(), running.pid}) - {os.getpid()}
        listening = _listening()
        for pid in sorted(pids):
            with contextlib.suppress(OSError):  # a child of claude's that has ended meanwhile
                found = _process(pid, listening)
                if f"HOME={machine.env['HOME']}" in found.environ:  # not another test's LiteLLM
                    house.during.append(found)
        return Say("from the model")

    ollama.script = look
    house.done["run"] = machine.run("-p", PROMPT)
    ollama.script = lambda _: Say("hi")
    for asked in ("haiku", "opus", "sonnet"):
        ollama.forget()
        house.done[asked] = machine.run("-p", "hello", "--model", asked)
        house.asked[asked] = ollama.main[-1].body["model"]
    for asked in ("haiku", "opus", "claude-3-5-haiku-20241022", "claude-opus-4-1", "claude-sonnet-9"):
        ollama.forget()
        _raw(running, asked)
        house.asked[f"raw {asked}"] = ollama.seen[-1].body["model"]
    house.done["usage"] = machine.run("for", "litellm", "usage", "--json")
    house.done["status"] = machine.run("for", "litellm", "status", "--json")
    house.done["logs"] = machine.run("for", "litellm", "logs")
    house.done["drill"] = machine.run("for", "litellm", "test-rate-limit", "--patience", "100")
    house.done["stop"] = machine.run("for", "litellm", "stop")


def _raw(running: service.Running, model: str) -> None:
    """As a program would that knows nothing of mappings."""
    body = {"model": model, "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}]}
    auth = {"Authorization": f"Bearer {running.key}"}
    reply = post(f"{running.base_url}/v1/messages", auth, json.dumps(body).encode(), time.monotonic() + 60)
    assert reply.status == 200, reply


def test_it_was_a_whole_life(house: House) -> None:
    """What the other tests look at has really happened."""
    assert {name: one.returncode for name, one in house.done.items() if one.returncode} == {}, house.done
    assert house.done["run"].stdout == b"from the model\n"
    assert b"continuing with qwen2.5-coder" in house.done["run"].stderr
    names = " ".join(one.argv for one in house.during)
    assert "claude_fallback_inside.serve" in names and "\0-p\0" in names


def test_loopback_only(house: House) -> None:
    """Whatever listens, in LiteLLM, in claude, in us and in their children, listens on this machine only."""
    addresses = {address for one in house.during for address in one.listens}
    assert addresses == {"0100007F"}  # 127.0.0.1


def test_argv(house: House) -> None:
    """Every user of the machine can read it: no secret is in any."""
    for one in house.during:
        assert not [secret for secret in (NATIVE, PROVIDER, house.key) if secret in one.argv], one.argv


def test_environments(house: House) -> None:
    """LiteLLM and a claude on the gateway have no native login; nobody else has the gateway's key."""
    gateway = [one for one in house.during if "claude_fallback_inside.serve" in one.argv]
    on_gateway = [one for one in house.during if f"ANTHROPIC_AUTH_TOKEN={house.key}" in one.environ]
    assert gateway and on_gateway
    for one in (*gateway, *on_gateway):
        assert NATIVE not in one.environ, one.argv
    for one in house.during:
        if one not in gateway and one not in on_gateway:
            assert house.key not in one.environ, one.argv


def test_modes(house: House) -> None:
    """Files of ours are 0600 in folders of 0700, though the umask would have let everybody in."""
    data = Path(paths.data_dir(house.machine.env))
    inside = Path(paths.gateway_dir(house.machine.env), "claude_fallback_inside")  # code, behind a 0700
    ours = [path for path in house.files if data in path.parents or path.name.startswith("litellm_")]
    names = {path.name for path in ours}
    assert names >= {"litellm_state.json", "usage.jsonl", "ledger.jsonl", "config.yaml", "litellm.log"}
    folders = [data, *(Path(folder, name) for folder, names, _ in os.walk(data) for name in names)]
    for path in (*ours, *folders):
        if not path.is_symlink() and inside not in (path, *path.parents):
            assert not path.stat().st_mode & 0o077, (path, oct(path.stat().st_mode))


def test_nothing_secret_is_kept(house: House) -> None:
    """No file has the native login, the provider's key or, after a stop, the gateway's; none of ours and none
    of our words has the prompt."""
    for path in house.files:
        content = path.read_bytes() if path.is_file() else b""
        kept = [secret for secret in (NATIVE, PROVIDER, house.key) if secret.encode() in content]
        assert not kept, path
        claudes_own = house.machine.config_dir in path.parents and not path.name.startswith("litellm_")
        if not claudes_own and path.name != ".claude.json":
            assert PROMPT.encode() not in content, path
    for name, one in house.done.items():
        said = one.stdout + one.stderr
        assert not [secret for secret in (NATIVE, PROVIDER, house.key) if secret.encode() in said], name


def test_nothing_is_left_running(house: House) -> None:
    """After `stop` there is neither a process nor a record of one."""
    assert record.read(house.machine.env) is None
    assert not [one.pid for one in house.during if _is_ours(one)]


def _is_ours(one: Process) -> bool:
    try:
        return Path("/proc", str(one.pid), "cmdline").read_bytes().decode() == one.argv
    except OSError:
        return False


def test_the_mapping_holds(house: House) -> None:
    """Each family is answered by its own model, whether claude asks by our name or a program by claude's."""
    small, large, code = "qwen2.5:latest", "llama3.1:8b", "qwen2.5-coder:latest"
    assert house.asked == {
        "haiku": small, "opus": large, "sonnet": code, "raw haiku": small, "raw opus": large,
        "raw claude-3-5-haiku-20241022": small, "raw claude-opus-4-1": large, "raw claude-sonnet-9": code,
    }  # fmt: skip


def test_usage(house: House) -> None:
    """Every request is counted, at Ollama's price; every run, and which of them switched."""
    found: dict[str, Any] = json.loads(house.done["usage"].stdout)
    models = {row["model"] for row in found["requests"]}
    assert {"qwen2.5-coder", "qwen2.5", "llama3.1-8b"} <= models
    whole = found["requests_total"]
    assert (whole["failed"], whole["cost"], whole["unpriced"]) == (0, 0, 0)
    assert whole["tokens_in"] == 1000 * whole["count"] and whole["median"] > 0
    assert (found["runs_total"]["count"], found["runs_total"]["switched"]) == (4, 1)
    assert {row["gateway"] for row in found["runs"]} == {"private LiteLLM"}
    assert found["broken_lines"] == 0
