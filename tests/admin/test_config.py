"""`config`, as it is typed."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from claude_fallback.memory.settings import KEYS

Command = Callable[..., CompletedProcess[str]]


@pytest.fixture
def file(home: str) -> Path:
    return Path(home, ".claude", "litellm_config.json")


def test_every_key_can_be_got_by_both_of_its_names(command: Command) -> None:
    """stdout is the value and nothing else."""
    shown = json.loads(command("config", "show", "--json").stdout)
    for key in KEYS:
        value = shown
        for part in key.path.split("."):
            value = value[part]
        words = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        for name in {key.name, key.path} if key.name in ("endpoint", "cost-tracking") else {key.name}:
            done = command("config", "get", name)
            assert (done.returncode, done.stdout, done.stderr) == (0, f"{words}\n", "")


def test_the_words_of_the_readme_work(command: Command, file: Path) -> None:
    """As its users type them; the file is private."""
    for words in (
        ["auto-fallback", "on"],
        ["model", "claude-3-5-sonnet-latest"],
        ["auto-disconnect-hours", "5"],
        ["cost-tracking", "on"],
        ["add-model-mapping", "claude-3-opus:claude-3-opus-20240229"],
        ["remove-model-mapping", "claude-3-haiku"],
        ["reset-costs"],
        ["reset-costs", "true"],
    ):
        done = command("config", "set", *words)
        assert (done.returncode, done.stderr) == (0, ""), words
    found = json.loads(file.read_text())
    assert found["preferred_model"] == "claude-3-5-sonnet-latest"
    assert found["model_mappings"]["claude-3-opus"] == "claude-3-opus-20240229"
    assert "claude-3-haiku" not in found["model_mappings"]
    assert found["cost_tracking"].pop("reset_at").endswith("Z")
    assert found["cost_tracking"] == {"enabled": True, "native_claude_cost": 0, "litellm_cost": 0}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert command("config", "unset", "model").stdout == "model = qwen2.5-coder (default)\n"


def test_path_is_where_the_file_is(command: Command, file: Path, tmp_path: Path) -> None:
    """Also when claude's own folder is elsewhere."""
    assert command("config", "path").stdout == f"{file}\n"
    moved = command("config", "path", CLAUDE_CONFIG_DIR=str(tmp_path)).stdout
    assert moved == f"{tmp_path}/litellm_config.json\n"


@pytest.mark.parametrize(
    "wrong",
    [
        ["get"],
        ["get", "nothing"],
        ["set"],
        ["set", "model"],
        ["set", "model", "a", "b"],
        ["set", "auto-disconnect-hours", "-1"],
        ["set", "add-model-mapping", "nocolon"],
        ["set", "remove-model-mapping", "unknown"],
        ["set", "native-claude-cost", "1"],
        ["unset", "nothing"],
        ["bogus"],
        ["show", "extra"],
    ],
)
def test_config_misuse_is_one_line_and_exit_2(command: Command, file: Path, wrong: list[str]) -> None:
    """Nothing on stdout and nothing written."""
    done = command("config", *wrong)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert not file.exists()


def test_a_key_set_by_mistake_is_not_repeated(command: Command, file: Path) -> None:
    """The variable's name is asked for; people paste the key."""
    done = command("config", "set", "litellm_api_key_env", "sk-very-secret")
    assert done.returncode == 2
    assert "sk-very-secret" not in done.stdout + done.stderr
    assert not file.exists()


def test_settings_of_a_broken_file_are_still_shown(command: Command, file: Path) -> None:
    """Moved aside, said on stderr; stdout stays parsable."""
    file.parent.mkdir()
    file.write_text('{"preferred_model": ')
    done = command("config", "show", "--json")
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert json.loads(done.stdout)["preferred_model"] == "qwen2.5-coder"
    assert len(list(file.parent.glob("litellm_config.json.corrupt-*"))) == 1


def test_a_setting_that_cannot_be_saved_is_exit_1(command: Command, file: Path) -> None:
    """The person who typed it must know."""
    file.mkdir(parents=True)
    done = command("config", "set", "auto-fallback", "off")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
