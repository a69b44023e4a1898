"""The kinds of gateway: what is the same in all of them, and how their settings lie in the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from claude_fallback import cli
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import adapters, target
from claude_fallback.gateway.chain import Link
from claude_fallback.memory import settings, settings_edit
from claude_fallback.memory.settings import LITELLM, Settings
from claude_fallback.memory.values import address, model_name, variable_name

NAMES = adapters.names()
HOSTED = [name for name in NAMES if (one := adapters.find(name)).base_url and not one.keyless]


@pytest.mark.parametrize("name", NAMES)
def test_each_is_one_file(name: str) -> None:
    """The file's name is the adapter's, and is ours on the command line; its values are valid settings."""
    found = adapters.find(name)
    assert found.name == name
    assert cli.is_ours(["for", name, "status"])
    assert model_name(found.model) and variable_name(found.key_env)
    assert found.base_url is None or address(found.base_url) == found.base_url
    assert all(model_name(model) for model in found.families.values())


@pytest.mark.parametrize("word", ["adapter", "__init__", "../adapter", "litellm.py", "", "find", "LiteLLM"])
def test_other_words_are_claudes(word: str) -> None:
    """`for` and a word that is no adapter go to claude."""
    assert not cli.is_ours(["for", word])
    with pytest.raises(KeyError):
        adapters.find(word)


def test_litellm_is_as_the_settings_say() -> None:
    """Two places know LiteLLM's defaults: they agree."""
    found = adapters.find(LITELLM)
    assert adapters.defaults(found) == Settings()
    assert (found.key_env, found.model) == (Settings().api_key_env, Settings().preferred_model)


def test_settings_of_their_own(environ: dict[str, str]) -> None:
    """Model, address, key and mappings belong to one adapter, the rest to all; LiteLLM's stay."""
    path = Path(environ["HOME"], ".claude", "litellm_config.json")
    settings_edit.assign(environ, "model", "mine")
    settings_edit.assign(environ, "model", "glm-9", "zai")
    settings_edit.assign(environ, "auto-fallback-on-error", "on", "zai")
    settings_edit.add_mapping(environ, "opus:glm-10", adapters.defaults(adapters.find("zai")))
    zai, litellm = adapters.load(environ, "zai"), settings.load(environ)
    assert (zai.preferred_model, zai.endpoint) == ("glm-9", "https://api.z.ai/api/anthropic")
    assert zai.model_mappings == {"haiku": "glm-4.5-air", "opus": "glm-10"}
    assert (litellm.preferred_model, litellm.endpoint) == ("mine", None)
    assert zai.on_error and litellm.on_error
    kept = json.loads(path.read_text())
    assert kept["preferred_model"] == "mine"
    assert set(kept["adapters"]) == {"zai"}
    settings_edit.unset(environ, "model", "zai")
    assert adapters.load(environ, "zai").preferred_model == "glm-5"


def test_unknown_adapters_in_the_file_stay(environ: dict[str, str]) -> None:
    """A newer version's section survives an older one's write."""
    path = Path(environ["HOME"], ".claude", "litellm_config.json")
    path.parent.mkdir()
    path.write_text('{"adapters": {"future": {"preferred_model": "x"}, "zai": {"own": 1}}}')
    settings_edit.assign(environ, "model", "y", "zai")
    kept = json.loads(path.read_text())["adapters"]
    assert kept == {"future": {"preferred_model": "x"}, "zai": {"own": 1, "preferred_model": "y"}}


@pytest.mark.parametrize("name", HOSTED)
def test_no_key_no_gateway(environ: dict[str, str], name: str) -> None:
    """Without its own key a provider is never asked: claude would send its login there."""
    found = adapters.find(name)
    wanted = adapters.load(environ, name)
    others = {"LITELLM_API_KEY": "sk-other", "CUSTOM_API_KEY": "sk-other"}
    with pytest.raises(FallbackError, match=f"export {found.key_env}=KEY"):
        target.resolve(wanted, {**environ, **others})
    there = target.resolve(Settings(), {**environ, found.key_env: "sk-own"}, Link(name))
    assert (there.base_url, there.key, there.adapter) == (found.base_url, "sk-own", found)


@pytest.mark.parametrize("name", ["ollama", "vllm", "llamacpp"])
def test_servers_without_keys(environ: dict[str, str], name: str) -> None:
    """They are reached with a token that is no secret, so that claude sends no other."""
    there = target.resolve(adapters.load(environ, name), environ)
    assert there.key == target.NO_KEY
    assert there.base_url.startswith("http://127.0.0.1:")


def test_clouds(environ: dict[str, str]) -> None:
    """They need variables, and credentials of their own; whether these are good only the cloud knows."""
    wanted = adapters.load(environ, "bedrock")
    with pytest.raises(FallbackError, match="export AWS_REGION=VALUE"):
        target.resolve(wanted, environ)
    region = {**environ, "AWS_REGION": "eu-central-1"}
    with pytest.raises(FallbackError, match="no credentials here"):
        target.resolve(wanted, region)
    Path(environ["HOME"], ".aws").mkdir()
    Path(environ["HOME"], ".aws", "credentials").write_text("")
    assert target.resolve(wanted, region).check(None).ready


def test_claudes_own_names(environ: dict[str, str]) -> None:
    """Where Claude itself answers, what the user asked for stays; a mapping or a chained model beats it."""
    room = {**environ, "ANTHROPIC_API_KEY": "sk-ant-1"}
    there = target.resolve(adapters.load(room, "anthropic"), room)
    assert [there.model_for(name) for name in (None, "opus", "claude-opus-4-8[1m]")] == [
        "sonnet", "opus", "claude-opus-4-8[1m]",
    ]  # fmt: skip
    chained = target.resolve(Settings(), room, Link("anthropic", "claude-sonnet-5"))
    assert chained.model_for("opus") == "claude-sonnet-5"
    settings_edit.add_mapping(room, "opus:haiku", adapters.defaults(adapters.find("anthropic")))
    assert target.resolve(adapters.load(room, "anthropic"), room).model_for("claude-opus-4-8") == "haiku"


def test_an_adapter_that_is_gone(environ: dict[str, str]) -> None:
    """A connection to a kind of gateway that this version has not is told, not a traceback."""
    with pytest.raises(FallbackError, match="no adapter called"):
        target.resolve(Settings(), environ, Link("future"))
