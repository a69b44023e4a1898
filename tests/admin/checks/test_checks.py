"""Each thing that makes a fallback fail is seen, with its remedy; and nothing is said where all is well."""

from __future__ import annotations

import importlib.metadata
import json
import os
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from claude_fallback import paths
from claude_fallback.admin.checks import configuration, files, gateway, program, surroundings
from claude_fallback.admin.checks.finding import Case, Finding
from claude_fallback.gateway import record
from claude_fallback.memory import claude_settings, verdicts
from claude_fallback.memory.verdicts import Verdict

Build = Callable[..., Case]
Bad = Callable[[Iterable[Finding]], list[tuple[str, str, str]]]


def put(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def claude_of(folder: Path, release: str) -> str:
    return put(folder, release, "#!/bin/sh\n")


def test_no_claude(case: Build, bad: Bad, environ: dict[str, str], tmp_path: Path) -> None:
    """None, one that is ours, one that does not tell its release, one that is too old."""
    environ["PATH"] = str(tmp_path)
    assert bad(program.claude(case()))[0][1].startswith("no claude on PATH")
    environ["CLAUDE_FALLBACK_CLAUDE"] = put(tmp_path, "shim", "#!/bin/sh\nexec claude-fallback\n")
    assert "leads back to claude-fallback" in bad(program.claude(case()))[0][1]
    environ["CLAUDE_FALLBACK_CLAUDE"] = put(tmp_path, "mute", "#!/bin/sh\n")
    assert "does not tell its release" in bad(program.claude(case()))[0][1]
    environ["CLAUDE_FALLBACK_CLAUDE"] = claude_of(tmp_path, "1.0.35")
    assert bad(program.claude(case()))[0][2] == "claude update"


def test_verified(case: Build, bad: Bad, environ: dict[str, str], tmp_path: Path) -> None:
    """The drill's verdict on this very program: none, failed, passed."""
    path = environ["CLAUDE_FALLBACK_CLAUDE"] = claude_of(tmp_path, "2.1.330")
    drill = "claude-fallback for litellm test-rate-limit"
    assert bad(program.claude(case())) == [
        ("warn", "claude 2.1.330 has not been through the drill here", drill)
    ]
    now = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
    verdicts.keep(path, Verdict("2.1.330", now, {"text": "", "json": "no switch"}), environ, print)
    assert bad(program.claude(case())) == [
        ("fail", "claude 2.1.330: failed the drill 2026-11-22: json: no switch", drill)
    ]
    verdicts.keep(path, Verdict("2.1.330", now, {"text": "", "json": ""}), environ, print)
    assert bad(program.claude(case())) == []


def test_command_and_alias(case: Build, bad: Bad, environ: dict[str, str], home: str, tmp_path: Path) -> None:
    """Our command has to be on PATH, and `claude` has to lead to it: by an alias, or by a file so named."""
    environ["PATH"] = str(tmp_path)
    first, second = bad(program.command(case()))
    assert first[1] == "claude-fallback is not on PATH, so no alias can find it"
    assert "start-up files" in second[1] and "type claude" in second[2]
    put(tmp_path, "claude-fallback", "#!/bin/sh\n")
    put(Path(home), ".zshrc", "alias ll=ls\nalias claude=claude-fallback\n")
    assert bad(program.command(case())) == []
    Path(home, ".zshrc").unlink()
    put(tmp_path, "claude", '#!/bin/sh\nexec claude-fallback "$@"\n')
    assert bad(program.command(case())) == []


def test_managed_settings(case: Build, bad: Bad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an organisation sets beats us."""
    assert bad(configuration.unbeatable(case())) == []
    path = put(
        tmp_path, "managed-settings.json", '{"env": {"ANTHROPIC_BASE_URL": "https://a"}, "apiKeyHelper": "x"}'
    )
    monkeypatch.setattr(claude_settings, "_MANAGED", (str(tmp_path),))
    assert [line[1] for line in bad(configuration.unbeatable(case()))] == [
        f"{path} sets env.ANTHROPIC_BASE_URL, which no run can override",
        f"{path} sets apiKeyHelper, which no run can override",
    ]


def test_native(case: Build, bad: Bad, environ: dict[str, str], home: str) -> None:
    """Another address, another cloud, a leaked key, a switch that is off."""
    assert bad(configuration.native(case())) == []
    environ["CLAUDE_CODE_USE_BEDROCK"] = "1"
    environ["ANTHROPIC_API_KEY"] = "sk-ant-made-up"
    put(Path(home, ".claude"), "settings.json", '{"env": {"ANTHROPIC_BASE_URL": "https://proxy"}}')
    said = [line[1] for line in bad(configuration.native(case(auto_fallback=False)))]
    assert said[0].startswith("CLAUDE_CODE_USE_BEDROCK is set in the environment: native runs do not go")
    assert said[1].startswith("ANTHROPIC_BASE_URL is set in claude's settings.json (env)")
    assert said[2].startswith("ANTHROPIC_API_KEY is set: native runs may be billed")
    assert said[3].startswith("auto-fallback is off")
    assert not any("made-up" in line for line in said)


def test_inside(case: Build, bad: Bad, environ: dict[str, str]) -> None:
    """A shell of claude's own keeps its route; without a switch to spend, no run switches."""
    assert bad(configuration.inside(case())) == []
    environ["CLAUDE_FALLBACK_ROUTE"] = "native"
    first, second = bad(configuration.inside(case(max_switches=0)))
    assert first[2] == "unset CLAUDE_FALLBACK_ROUTE CLAUDE_FALLBACK_DEPTH"
    assert second[2] == "claude-fallback for litellm config unset max-switches"


def test_files(case: Build, bad: Bad, environ: dict[str, str]) -> None:
    """Torn, open to others, no file at all; nothing is changed by looking."""
    assert bad(files.ours(case())) == []
    state, config = Path(paths.state_file(environ)), Path(paths.config_file(environ))
    state.parent.mkdir(parents=True)
    state.write_text("{torn")
    state.chmod(0o644)
    config.mkdir()
    found = bad(files.ours(case()))
    assert [(mark, said.rpartition("/")[2]) for mark, said, _ in found] == [
        ("warn", "litellm_state.json can be read by others"),
        ("warn", "litellm_state.json is no valid JSON; the next run moves it aside and takes the defaults"),
        ("fail", "litellm_config.json is no file"),
    ]
    assert found[0][2] == f"chmod 600 {state}"
    assert state.read_text() == "{torn"


def test_locks(case: Build, bad: Bad, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that somebody keeps is told; where there is none, none is made."""
    monkeypatch.setattr(files, "_LOCKED", 0.0)
    assert bad(files.locks(case())) == []
    assert not os.path.exists(paths.config_dir(environ))
    os.makedirs(paths.config_dir(environ))
    lock = f"{paths.state_file(environ)}.lock"
    with FileLock(lock):
        assert bad(files.locks(case()))[0][2] == f"see who holds it: fuser {lock}"
    assert bad(files.locks(case())) == []


def test_disk(case: Build, bad: Bad, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little room for what a run keeps."""
    assert bad(files.disk(case())) == []
    monkeypatch.setattr(files, "_LEAST", 10**18)
    assert all(line[2] == "make room there" for line in bad(files.disk(case())))


def test_times(case: Build, bad: Bad, environ: dict[str, str]) -> None:
    """A state from tomorrow."""
    ahead = (datetime.now(timezone.utc) + timedelta(days=1)).isoformat()
    put(Path(paths.config_dir(environ)), "litellm_state.json", json.dumps({"last_error_time": ahead, "x": 1}))
    assert bad(files.times(case()))[0][1].startswith("last_error_time in the state is ")
    put(Path(paths.config_dir(environ)), "litellm_state.json", "[]")
    assert bad(files.times(case())) == []


def test_others(case: Build, bad: Bad, environ: dict[str, str], tmp_path: Path, monkeypatch: Any) -> None:
    """A tool that does the same, another program of our name, the namesake package."""
    environ["PATH"] = str(tmp_path)
    put(tmp_path, "claude-fallback", "#!/usr/bin/python3\nfrom claude_fallback.cli import main\n")
    assert bad(surroundings.others(case())) == []
    put(tmp_path, "ccr", "#!/bin/sh\n")
    put(tmp_path, "claude-fallback", "#!/bin/sh\necho I am another\n")
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "0.3")
    assert [(mark, said.rpartition("/")[2]) for mark, said, _ in bad(surroundings.others(case()))] == [
        ("warn", "ccr may rerun or reroute claude, too"),
        ("fail", "the package claude-code-fallback 0.3 is installed here: it has our command's name"),
        ("fail", "claude-fallback is another program of this name"),
    ]


@pytest.mark.parametrize(
    ("version", "said"),
    [("", "not installed yet"), ("1.90.0", "not the pinned one"), ("1.82.8", "is malicious")],
)
def test_litellm(case: Build, bad: Bad, environ: dict[str, str], version: str, said: str) -> None:
    """Missing, not the pinned one, one of the two that stole secrets."""
    packages = Path(paths.litellm_env(environ), "lib", "python3.11", "site-packages")
    (packages / (f"litellm-{version}.dist-info" if version else "other")).mkdir(parents=True)
    assert said in bad(surroundings.litellm(case()))[0][1]
    assert bool(bad(surroundings.litellm(case(endpoint="http://127.0.0.1:1")))) == bool(version)


def test_leftovers(case: Build, bad: Bad, environ: dict[str, str]) -> None:
    """The record of a LiteLLM that has ended, and settings files of runs that were killed."""
    assert bad(surroundings.leftovers(case())) == []
    os.makedirs(paths.gateway_dir(environ))
    record.write(environ, record.Running("http://127.0.0.1:1", "sk-made-up", 2**22 + 1, "never", "x"))
    put(Path(paths.runs_dir(environ)), f"{2**22 + 1}-0.json", "{}")
    put(Path(paths.runs_dir(environ)), f"{os.getpid()}-0.json", "{}")
    first, second = bad(surroundings.leftovers(case()))
    assert first[2] == "claude-fallback for litellm restart"
    assert second[1].startswith("1 settings files of runs that were killed")
    assert "made-up" not in str((first, second))


INFO = {"data": [{"model_name": "qwen2.5-coder", "model_info": {"max_input_tokens": 8192}}]}


@pytest.mark.parametrize(
    ("body", "size"),
    [
        (INFO, 8192),
        ({"data": []}, None),
        ({"data": [{"model_name": "qwen2.5-coder"}]}, None),
        ([], None),
        ("{", None),
    ],
)
def test_size(body: object, size: int | None) -> None:
    """The size that LiteLLM tells of the model, or none."""
    assert (
        gateway._size(body.encode() if isinstance(body, str) else json.dumps(body).encode(), "qwen2.5-coder")
        == size
    )
