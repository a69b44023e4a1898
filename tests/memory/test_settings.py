"""`litellm_config.json` as its users have it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from claude_fallback.errors import UsageError
from claude_fallback.memory import settings, settings_edit
from claude_fallback.memory.settings import KEYS, Settings, from_document, load

# As the shell version wrote it, every key of it.
THEIRS = """{
  "auto_fallback_enabled": true,
  "auto_fallback_on_rate_limit": true,
  "auto_fallback_on_error": false,
  "preferred_model": "claude-3-5-sonnet-latest",
  "litellm_endpoint": "http://localhost:4000",
  "auto_disconnect_after_hours": 3,
  "cost_tracking": {"enabled": false, "native_claude_cost": 0.25, "litellm_cost": 1},
  "model_mappings": {"claude-3-opus": "claude-3-opus-20240229"},
  "litellm_api_key_env": "MY_KEY",
  "performance_metrics": {"enabled": true, "track_latency": false, "track_quality": true},
  "something_of_theirs": [1, 2]
}"""


@pytest.fixture
def file(home: str) -> Path:
    path = Path(home, ".claude", "litellm_config.json")
    path.parent.mkdir()
    return path


def test_defaults_are_the_dataclass_and_the_table(environ: dict[str, str]) -> None:
    """The two places that name a default agree, field by field, and no file is made by looking."""
    assert load(environ) == Settings()
    assert from_document({}) == Settings(**{key.field: key.default for key in KEYS})  # type: ignore[arg-type]
    assert not Path(environ["HOME"], ".claude").exists()


def test_an_old_file_loads_as_it_is(file: Path, environ: dict[str, str]) -> None:
    """Nothing of theirs is warned about or lost."""
    file.write_text(THEIRS)
    told: list[str] = []
    found = load(environ, told.append)
    assert told == []
    assert found == Settings(
        preferred_model="claude-3-5-sonnet-latest",
        endpoint="http://localhost:4000",
        auto_disconnect_hours=3.0,
        cost_tracking=False,
        native_cost=0.25,
        litellm_cost=1.0,
        model_mappings={"claude-3-opus": "claude-3-opus-20240229"},
        api_key_env="MY_KEY",
        track_latency=False,
    )


def test_unknown_keys_survive_a_rewrite(file: Path, environ: dict[str, str]) -> None:
    """Only the key that was named changes."""
    file.write_text(THEIRS)
    settings_edit.assign(environ, "auto-fallback", "off")
    expected = json.loads(THEIRS) | {"auto_fallback_enabled": False, "schema_version": 1}
    assert json.loads(file.read_text()) == expected


def test_wrong_values_in_the_file_cost_one_warning_and_no_run() -> None:
    """A file edited by hand may hold anything anywhere; each wrong value falls back by itself."""
    junk: list[object] = [
        [],
        {},
        "\udc80 x",
        -1,
        10**400,
        True,
        "nan",
        "inf",
        {"a": 1},
        "http://u:p@h/",
        1e308,
    ]
    for value in junk:
        told: list[str] = []
        document: dict[str, object] = {}
        for key in KEYS:
            settings.put(document, key, value)
        found = from_document(document, told.append)
        assert len(told) == 1
        assert (found.auto_disconnect_hours, found.max_switches, found.endpoint) == (5.0, 2, None)
    assert from_document({"cost_tracking": 5, "performance_metrics": []}) == Settings()


@pytest.mark.parametrize(
    ("name", "typed", "stored"),
    [
        ("auto-fallback", "off", False),
        ("auto_fallback_enabled", "TRUE", True),
        ("auto-fallback-on-error", "on", True),
        ("model", "ollama/llama3:8b", "ollama/llama3:8b"),
        ("endpoint", "https://gateway.example:8443/llm/", "https://gateway.example:8443/llm"),
        ("endpoint", "http://[::1]:4000", "http://[::1]:4000"),
        ("auto-disconnect-hours", "0.25", 0.25),
        ("auto_disconnect_after_hours", "7", 7),
        ("cost-tracking", "off", False),
        ("performance_metrics.track_latency", "off", False),
        ("max_switches", "0", 0),
        ("claude_path", "/opt/claude", "/opt/claude"),
        ("gateway-config", "~/llm.yaml", "HOME/llm.yaml"),
        ("forward_custom_headers", "on", True),
        ("litellm_api_key_env", "MY_KEY", "MY_KEY"),
    ],
)
def test_what_is_set_is_stored_as_json_and_read_back(
    environ: dict[str, str], name: str, typed: str, stored: object
) -> None:
    """By short name and by path; numbers and switches are no strings in the file."""
    if isinstance(stored, str):
        stored = stored.replace("HOME", environ["HOME"])
    settings_edit.assign(environ, name, typed)
    key = settings.find(name)
    document = json.loads(Path(environ["HOME"], ".claude", "litellm_config.json").read_text())
    assert settings.lookup(document, key) == stored
    assert type(settings.lookup(document, key)) is type(stored)
    assert getattr(load(environ), key.field) == stored


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("auto-fallback", "maybe"),
        ("model", ""),
        ("model", "two words"),
        ("endpoint", "localhost:4000"),
        ("endpoint", "ftp://x"),
        ("endpoint", "http://user:password@host"),
        ("endpoint", "http://host?key=1"),
        ("endpoint", "http://host:65536"),
        ("endpoint", "http://[1.2.3]:4000"),
        ("auto-disconnect-hours", "0"),
        ("auto-disconnect-hours", "-3"),
        ("auto-disconnect-hours", "nan"),
        ("auto-disconnect-hours", "1e9"),
        ("max-switches", "1.5"),
        ("litellm_api_key_env", "sk-secret-key"),
        ("model-mappings", "{}"),
        ("native-claude-cost", "3"),
        ("nothing-of-the-kind", "1"),
    ],
)
def test_a_bad_value_is_refused_and_nothing_written(environ: dict[str, str], name: str, typed: str) -> None:
    """UsageError, and what might be a secret is not repeated."""
    with pytest.raises(UsageError) as raised:
        settings_edit.assign(environ, name, typed)
    assert "secret" not in str(raised.value)
    assert "password@" not in str(raised.value)
    assert not Path(environ["HOME"], ".claude").exists()


def test_mappings_are_added_to_the_defaults_and_split_at_the_first_colon(environ: dict[str, str]) -> None:
    """Names at the gateway may hold colons."""
    settings_edit.add_mapping(environ, "opus:ollama/llama3:8b")
    assert load(environ).model_mappings == {**settings.DEFAULT_MAPPINGS, "opus": "ollama/llama3:8b"}
    settings_edit.remove_mapping(environ, "opus")
    settings_edit.remove_mapping(environ, "claude-3-opus")
    assert "claude-3-opus" not in load(environ).model_mappings
    for wrong in ("opus", ":x", "x:", "a b:c"):
        with pytest.raises(UsageError):
            settings_edit.add_mapping(environ, wrong)
    with pytest.raises(UsageError, match="opus"):
        settings_edit.remove_mapping(environ, "opus")


def test_one_strange_mapping_does_not_cost_the_others(file: Path, environ: dict[str, str]) -> None:
    """What is in the table by hand stays in the table."""
    file.write_text('{"model_mappings": {"mine": "theirs", "odd": 5}}')
    settings_edit.add_mapping(environ, "a:b")
    assert json.loads(file.read_text())["model_mappings"] == {"mine": "theirs", "odd": 5, "a": "b"}


def test_unset_returns_to_the_default_and_costs_are_zeroed(file: Path, environ: dict[str, str]) -> None:
    """Neighbours in the same object stay."""
    file.write_text(THEIRS)
    assert settings_edit.unset(environ, "litellm_endpoint").default is None
    settings_edit.unset(environ, "cost-tracking")
    settings_edit.reset_costs(environ)
    document = json.loads(file.read_text())
    assert "litellm_endpoint" not in document
    assert document["cost_tracking"].pop("reset_at").endswith("Z")
    assert document["cost_tracking"] == {"native_claude_cost": 0, "litellm_cost": 0}


def test_a_path_in_the_home_is_expanded_when_it_is_used(file: Path, environ: dict[str, str]) -> None:
    """`~` belongs to the home of the environment that was given."""
    file.write_text('{"claude_path": "~/bin/claude"}')
    assert load(environ).claude_path == f"{environ['HOME']}/bin/claude"
