"""Only the gateway's key goes to the gateway, and it goes nowhere else, whatever settings say."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.conftest import GATEWAY_KEY, LOGIN, RELEASES, Machine, in_an_hour, spread

pytestmark = pytest.mark.claude

Build = Callable[..., tuple[Machine, StandIn]]

API_KEY = "sk-ant-api03-native-made-up"
HELPER_KEY = "sk-ant-api03-from-the-helper"
HEADER = "native-header-secret"
SETTINGS_KEY = "sk-ant-api03-from-settings"
STORED = "sk-ant-oat01-stored-login"
NATIVE_SECRETS = {LOGIN, API_KEY, HELPER_KEY, HEADER, SETTINGS_KEY, STORED}


def stored_login(machine: Machine) -> None:
    machine.env.pop("CLAUDE_CODE_OAUTH_TOKEN")
    scopes = ["user:inference", "user:profile"]
    login = {"accessToken": STORED, "refreshToken": STORED, "expiresAt": 4102444800000, "scopes": scopes}
    document = {"claudeAiOauth": {**login, "subscriptionType": "max"}}
    (machine.config_dir / ".credentials.json").write_text(json.dumps(document))


def api_key(machine: Machine) -> None:
    machine.env["ANTHROPIC_API_KEY"] = API_KEY


def custom_headers(machine: Machine) -> None:
    machine.env["ANTHROPIC_CUSTOM_HEADERS"] = f"x-native: {HEADER}"


def user_settings(machine: Machine) -> None:
    _settings(machine, "user")


def project_settings(machine: Machine) -> None:
    _settings(machine, "project")


def helper(machine: Machine) -> None:
    _settings(machine, "user", {"apiKeyHelper": f"echo {HELPER_KEY}"})


def _settings(machine: Machine, whose: str, content: dict[str, Any] | None = None) -> None:
    assert machine.native
    folder = machine.config_dir if whose == "user" else machine.work / ".claude"
    folder.mkdir(exist_ok=True)
    path = folder / "settings.json"
    found = json.loads(path.read_text()) if path.exists() else {}
    env = {"ANTHROPIC_BASE_URL": machine.native.url, "ANTHROPIC_API_KEY": SETTINGS_KEY,
           "ANTHROPIC_CUSTOM_HEADERS": f"x-settings: {HEADER}", "ANTHROPIC_MODEL": "opus"}  # fmt: skip
    path.write_text(json.dumps({**found, **(content or {"env": env})}))


HOSTILE = (stored_login, api_key, custom_headers, user_settings, project_settings, helper)
PAIRS = [*itertools.combinations(HOSTILE, 1), *itertools.combinations(HOSTILE, 2)]
NO_RETRIES = {"CLAUDE_CODE_MAX_RETRIES": "0"}  # with an API key claude takes a 429 for a throttle
OWN_SETTINGS = {"none": None, "file": "file", "inline": "inline"}


def _own(machine: Machine, how: str | None) -> list[str]:
    assert machine.native
    content = {
        "env": {"ANTHROPIC_BASE_URL": machine.native.url, "ANTHROPIC_API_KEY": SETTINGS_KEY, "MINE": "1"}
    }
    if how is None:
        return []
    path = machine.work / "own.json"
    path.write_text(json.dumps(content))
    return ["--settings", str(path) if how == "file" else json.dumps(content)]


def check(machine: Machine, gateway: StandIn, done: Any) -> None:
    assert machine.native
    assert b"from the gateway" in done.stdout, done
    posts = gateway.record.messages_posts()
    assert posts
    assert not gateway.record.secrets_seen(NATIVE_SECRETS)
    assert all(post.headers.get("authorization") == f"Bearer {GATEWAY_KEY}" for post in posts)
    assert not any("x-api-key" in post.headers for post in posts)
    assert not machine.native.record.secrets_seen({GATEWAY_KEY})


@pytest.mark.parametrize("hostile", PAIRS, ids=lambda group: "+".join(one.__name__ for one in group))
def test_hostile_settings(through_stand_in: Build, hostile: tuple[Any, ...]) -> None:
    """Settings files, helpers, keys and logins, alone and in pairs: the gateway sees its own key only."""
    machine, gateway = through_stand_in([limit("five_hour", in_an_hour())], **NO_RETRIES)
    for make in hostile:
        make(machine)
    check(machine, gateway, machine.run("-p", "say hello"))


@pytest.mark.parametrize(("version", "own"), spread(RELEASES[1:], OWN_SETTINGS))
def test_all_at_once(through_stand_in: Build, version: str, own: str) -> None:
    """Everything hostile together, with the user's own --settings in every form."""
    script = [limit("five_hour", in_an_hour())]
    machine, gateway = through_stand_in(script, version=version, **NO_RETRIES)
    for make in HOSTILE:
        make(machine)
    check(machine, gateway, machine.run("-p", "say hello", *_own(machine, OWN_SETTINGS[own])))


@pytest.mark.parametrize("make", [user_settings, project_settings, helper])
def test_a_release_without_the_settings_flag(through_stand_in: Build, make: Any) -> None:
    """1.0.60 knows no --settings: settings that we cannot beat keep the run native, and we say which."""
    script = [limit("five_hour", in_an_hour())]
    machine, gateway = through_stand_in(script, version="1.0.60", **NO_RETRIES)
    make(machine)
    done = machine.run("-p", "say hello")
    assert done.returncode == 1 and b"limit" in done.stdout
    assert b"settings.json" in done.stderr and b"staying with claude" in done.stderr
    assert not gateway.record.messages_posts()


def test_the_users_own_settings_still_hold(through_stand_in: Build) -> None:
    """What else the user's --settings say is there on the gateway too."""
    machine, gateway = through_stand_in([limit("five_hour", in_an_hour())])
    machine.run(
        "-p", "say hello", "--settings", json.dumps({"env": {"MINE": "1"}, "outputStyle": "Explanatory"})
    )
    assert "Explanatory" in json.dumps(gateway.record.main()[0].body)


def test_nothing_stays_on_disk(through_stand_in: Build) -> None:
    """The settings file of the run, which holds the key, is gone with it; no file of ours holds the key."""
    machine, _ = through_stand_in([limit("five_hour", in_an_hour())])
    machine.run("-p", "say hello")
    files = [path for path in Path(machine.env["HOME"]).rglob("*") if path.is_file()]
    assert not [path for path in files if GATEWAY_KEY.encode() in path.read_bytes()]
