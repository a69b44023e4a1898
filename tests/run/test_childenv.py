"""The environment and settings of a run on the gateway, as data."""

from __future__ import annotations

import pytest

from claude_fallback.gateway.adapters import find
from claude_fallback.gateway.target import Target
from claude_fallback.memory.settings import Settings
from claude_fallback.run import childenv

URL, KEY = "https://gateway.example", "sk-gateway-made-up"
NATIVE = {
    "ANTHROPIC_API_KEY": "native-1",
    "ANTHROPIC_AUTH_TOKEN": "native-2",
    "CLAUDE_CODE_OAUTH_TOKEN": "native-3",
    "ANTHROPIC_CUSTOM_HEADERS": "x-secret: native-4",
    "CLAUDE_CODE_SESSION_ACCESS_TOKEN": "native-5",
    "CLAUDE_CODE_OAUTH_REFRESH_TOKEN": "native-6",
}


def added(url: str = URL, environ: dict[str, str] | None = None, adapter: str = "litellm") -> dict[str, str]:
    families = {name: f"gateway-{name}" for name in ("opus", "sonnet", "haiku", "fable")}
    settings = Settings(model_mappings=families)
    return childenv.variables(Target(url, KEY, None, settings, adapter=find(adapter)), "main", environ or {})


def test_where_the_run_goes() -> None:
    """Address, key and a model of the gateway for every family and helper."""
    found = added()
    assert (found["ANTHROPIC_BASE_URL"], found["ANTHROPIC_AUTH_TOKEN"]) == (URL, KEY)
    assert found["ANTHROPIC_MODEL"] == found["CLAUDE_CODE_SUBAGENT_MODEL"] == "main"
    assert found["ANTHROPIC_DEFAULT_OPUS_MODEL"] == "gateway-opus"
    assert found["ANTHROPIC_SMALL_FAST_MODEL"] == found["ANTHROPIC_DEFAULT_HAIKU_MODEL"] == "gateway-haiku"
    assert found["CLAUDE_CODE_MAX_RETRIES"] == "2"


def test_own_api_key() -> None:
    """Anthropic gets its key as x-api-key, under claude's own model names: none of ours is set."""
    found = added(adapter="anthropic")
    assert (found["ANTHROPIC_BASE_URL"], found["ANTHROPIC_API_KEY"]) == (URL, KEY)
    assert "ANTHROPIC_AUTH_TOKEN" not in found
    assert not [name for name in found if "MODEL" in name]
    gone = childenv.removed(forward_custom_headers=False)
    env = childenv.gateway_env(NATIVE, found, gone)
    assert env["ANTHROPIC_API_KEY"] == KEY
    patch = childenv.settings_patch({"env": NATIVE}, found, gone)
    assert "native-" not in str([env, patch])


@pytest.mark.parametrize("adapter", ["anthropic", "bedrock"])
def test_no_empty_token(adapter: str) -> None:
    """Releases up to 2.1.112 send an empty token: it is there only where a file has one to be beaten."""
    target = Target("", KEY, None, Settings(), adapter=find(adapter))
    gone = childenv.removed(forward_custom_headers=False)
    blank = childenv.blanked(gone, target, {"OTHER"})
    assert not {"ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"} & set(blank)
    assert "CLAUDE_CODE_OAUTH_TOKEN" in blank
    assert "ANTHROPIC_AUTH_TOKEN" in childenv.blanked(gone, target, {"ANTHROPIC_AUTH_TOKEN"})
    assert "native-" not in str(childenv.settings_patch({"env": NATIVE}, {}, blank))
    assert childenv.blanked(gone, Target("", KEY, None, Settings()), set()) == gone


def test_cloud() -> None:
    """A cloud gets claude's switch for it and nothing else of a gateway: no address, no key of ours."""
    found = added("", adapter="bedrock")
    assert found["CLAUDE_CODE_USE_BEDROCK"] == "1"
    env = childenv.gateway_env({**NATIVE, "AWS_PROFILE": "me"}, found, childenv.removed(False))
    assert not [name for name in env if name.startswith("ANTHROPIC_")]
    assert env["AWS_PROFILE"] == "me"
    assert KEY not in str(env)


@pytest.mark.parametrize(("users", "expected"), [("", "600000"), ("3600000", "3600000")])
def test_slow_models(users: str, expected: str) -> None:
    """Ten minutes for a first word, in every release; the user's own number counts."""
    assert added(environ={"API_TIMEOUT_MS": users})["API_TIMEOUT_MS"] == expected
    assert "API_TIMEOUT_MS" not in added(adapter="anthropic")


@pytest.mark.parametrize(
    ("users", "expected"), [("", "2"), ("1", "1"), ("0", "0"), ("10", "2"), ("many", "2")]
)
def test_retries(users: str, expected: str) -> None:
    """A dead gateway costs few retries; the user's own number counts when it is smaller still."""
    assert added(environ={"CLAUDE_CODE_MAX_RETRIES": users})["CLAUDE_CODE_MAX_RETRIES"] == expected


@pytest.mark.parametrize(
    ("url", "environ", "expected"),
    [
        ("http://127.0.0.1:4000", {"NO_PROXY": "corp"}, None),
        ("http://127.0.0.1:4000", {"HTTPS_PROXY": "p"}, "127.0.0.1,localhost,::1,[::1]"),
        (
            "http://localhost:4000",
            {"http_proxy": "p", "NO_PROXY": "co"},
            "co,127.0.0.1,localhost,::1,[::1]",
        ),
        (URL, {"HTTPS_PROXY": "p", "no_proxy": "gateway.example"}, "gateway.example,gateway.example"),
        ("http://[fd00::1]", {"HTTPS_PROXY": "p", "NO_PROXY": "fd00::/8"}, "fd00::/8,[fd00::1]"),
    ],
)
def test_past_a_proxy(url: str, environ: dict[str, str], expected: str | None) -> None:
    """A gateway that was asked without a proxy is reached without one, whatever the release knows."""
    found = added(url, environ)
    assert found.get("NO_PROXY") == found.get("no_proxy") == expected


def test_through_a_proxy() -> None:
    """A gateway that was asked through one: claude finds it where we did."""
    target = Target(URL, KEY, None, Settings(), proxy="http://p")
    assert "NO_PROXY" not in childenv.variables(target, "main", {"HTTPS_PROXY": "http://p"})


@pytest.mark.parametrize(("no_proxy", "found"), [("corp", ["env.NO_PROXY"]), ("*", []), ("127.0.0.1", [])])
def test_a_managed_exception(no_proxy: str, found: list[str]) -> None:
    """of the organisation's stands in the way only when it sends the run through a proxy."""
    ours = added("http://127.0.0.1:4000", {"HTTPS_PROXY": "p"})
    assert childenv.conflicts({"env": {"NO_PROXY": no_proxy}}, ours, ()) == found


def test_no_native_secret_goes_along() -> None:
    """Of the native credentials nothing is left in the gateway's environment, nor in its settings; the
    caller's environment stays as it was."""
    before = {**NATIVE, "HOME": "/home/me"}
    gone = childenv.removed(forward_custom_headers=False)
    env = childenv.gateway_env(before, added(), gone)
    assert not any("native-" in value for value in env.values())
    assert env["HOME"] == "/home/me"
    assert env["CLAUDE_FALLBACK_ROUTE"] == "gateway"
    assert before == {**NATIVE, "HOME": "/home/me"}
    patch = childenv.settings_patch({"env": NATIVE, "apiKeyHelper": "cat native-7"}, added(), gone)
    assert "native-" not in str(patch)


def test_custom_headers_go_along_when_asked_for() -> None:
    """`forward-custom-headers` lets them through, and nothing else."""
    gone = childenv.removed(forward_custom_headers=True)
    env = childenv.gateway_env(NATIVE, added(), gone)
    assert [value for value in env.values() if "native-" in value] == ["x-secret: native-4"]


def test_settings_patch() -> None:
    """The user's own settings stay, ours lie over them; what must not act is empty, never null."""
    users = {
        "model": "opus",
        "permissions": {"allow": ["Bash"]},
        "env": {"MINE": "1", "ANTHROPIC_MODEL": "x"},
    }
    patch = childenv.settings_patch(users, {"ANTHROPIC_MODEL": "main"}, ("ANTHROPIC_API_KEY",))
    assert patch == {
        **users,
        "env": {"MINE": "1", "ANTHROPIC_API_KEY": "", "ANTHROPIC_MODEL": "main"},
        "apiKeyHelper": "",
        "autoContinueAtUsageLimit": False,
    }
    assert users["env"] == {"MINE": "1", "ANTHROPIC_MODEL": "x"}


def test_names_of_models() -> None:
    """claude is told which models there are, so that it asks for no other."""
    patch = childenv.settings_patch({"availableModels": ["opus"]}, {}, (), ["main", "small"])
    assert patch["availableModels"] == ["main", "small"]


def test_no_model_of_the_gateways_judges_tool_calls() -> None:
    """Auto mode is off where another model stands in; the user's own rules stay."""
    rules = {"permissions": {"deny": ["Bash(rm:*)"], "defaultMode": "auto"}}
    patch = childenv.settings_patch(rules, {}, (), ["main"])
    assert patch["permissions"] == {**rules["permissions"], "disableAutoMode": "disable"}
    assert childenv.settings_patch(rules, {}, ())["permissions"] == rules["permissions"]


@pytest.mark.parametrize("env", ["text", None, ["list"], 7])
def test_odd_env_in_settings(env: object) -> None:
    """An `env` that is no object is replaced."""
    assert childenv.settings_patch({"env": env}, {"A": "1"}, ())["env"] == {"A": "1"}
    assert childenv.conflicts({"env": env}, {"A": "1"}, ()) == []


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, []),
        ({"env": {"OTHER": "1"}, "model": "opus"}, []),
        ({"env": {"ANTHROPIC_BASE_URL": "https://native"}}, ["env.ANTHROPIC_BASE_URL"]),
        ({"env": {"ANTHROPIC_API_KEY": "k"}}, ["env.ANTHROPIC_API_KEY"]),
        ({"apiKeyHelper": "cat key"}, ["apiKeyHelper"]),
        ({"apiKeyHelper": ""}, []),
    ],
)
def test_conflicts(settings: dict[str, object], found: list[str]) -> None:
    """Settings that cannot be beaten conflict when they name the host, a key or a helper."""
    assert childenv.conflicts(settings, added(), childenv.removed(False)) == found
