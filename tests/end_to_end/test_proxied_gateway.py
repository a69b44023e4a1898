"""A gateway that only a proxy can reach: asked through it, and used through it by claude."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from urllib.parse import urlsplit

import pytest

from claude_fallback.memory import connection
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from claude_fallback.run import nested
from claude_fallback.run.invocation import Invocation
from tests.end_to_end.conftest import NEWEST, Machine, in_an_hour
from tests.upstreams.proxy import proxy

pytestmark = pytest.mark.claude


@pytest.mark.parametrize(
    ("version", "place"),
    [("2.1.112", "shell"), (NEWEST, "shell"), ("2.0.42", "user"), ("2.1.112", "flag"), (NEWEST, "project")],
)
def test_through_a_proxy(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], version: str, place: str
) -> None:
    """The name of the gateway means nothing here; the run is answered by it all the same, wherever the proxy
    is named."""
    machine, gateway = through_stand_in([limit("five_hour", in_an_hour())], version=version)
    path = machine.config_dir / "litellm_config.json"
    path.write_text(json.dumps({"litellm_endpoint": "http://gateway.test:4000"}))
    machine.env["NO_PROXY"] = "127.0.0.1"
    with proxy(int(urlsplit(gateway.url).port or 0)) as through:
        options = named_in(place, machine, {"HTTPS_PROXY": through.url})
        done = machine.run(*options, "-p", "hello")
    assert done.stdout == b"from the gateway\n", done
    asked = [line for line in through.asked if "api.anthropic.com" not in line]  # 2.0.42 asks
    assert asked[0] == "GET http://gateway.test:4000/health/liveliness HTTP/1.1"
    assert all("gateway.test:4000" in line for line in asked)
    assert len(gateway.record.main()) == 1


def named_in(place: str, machine: Machine, env: dict[str, str]) -> list[str]:
    """Set `env` there; the options that claude needs for it."""
    settings = json.dumps({"env": env})
    folders = {"user": machine.config_dir, "project": machine.work / ".claude"}
    if place == "shell":
        machine.env |= env
    elif place in folders:
        folders[place].mkdir(exist_ok=True)
        (folders[place] / "settings.json").write_text(settings)
    return ["--settings", settings] if place == "flag" else []


def test_past_a_proxy(through_stand_in: Callable[..., tuple[Machine, StandIn]]) -> None:
    """2.1.112 knows no network in NO_PROXY: what was asked past the proxy for it is named to claude."""
    machine, gateway = through_stand_in([limit("five_hour", in_an_hour())], version="2.1.112")
    url = gateway.url.replace("127.0.0.1", "0.0.0.0")
    (machine.config_dir / "litellm_config.json").write_text(json.dumps({"litellm_endpoint": url}))
    with proxy(9) as through:
        machine.env |= {"HTTPS_PROXY": through.url, "NO_PROXY": "127.0.0.1,0.0.0.0/8"}
        done = machine.run("-p", "hello")
    assert (done.stdout, through.asked) == (b"from the gateway\n", [])


@pytest.mark.parametrize(("argv", "through"), [(["-p"], True), ([], False)])
def test_a_folder_that_was_just_cloned(
    through_stand_in: Callable[..., tuple[Machine, StandIn]],
    monkeypatch: pytest.MonkeyPatch,
    argv: list[str],
    through: bool,
) -> None:
    """In a terminal claude asks whether to trust it: until then its proxy does not get the gateway's key."""
    machine, gateway = through_stand_in([])
    named_in("project", machine, {"HTTPS_PROXY": "http://127.0.0.1:9"})
    url = gateway.url.replace("127.0.0.1", "0.0.0.0")
    (machine.config_dir / "litellm_config.json").write_text(json.dumps({"litellm_endpoint": url}))
    connection.connect(machine.env, datetime.now(timezone.utc), connection.Cause(connection.MANUAL), 1.0)
    monkeypatch.chdir(machine.work)
    route = nested.connected_route(Invocation(argv), "claude", machine.env)
    assert (route is None) is through
    assert gateway.record.main() == []
    if route:
        route.close()
        assert route.env["NO_PROXY"] == "0.0.0.0"
