"""A gateway that only a proxy can reach: asked through it, and used through it by claude."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.conftest import NEWEST, Machine, in_an_hour
from tests.upstreams.proxy import proxy

pytestmark = pytest.mark.claude


@pytest.mark.parametrize("version", ["2.1.112", NEWEST])
def test_through_a_proxy(through_stand_in: Callable[..., tuple[Machine, StandIn]], version: str) -> None:
    """The name of the gateway means nothing here; the run is answered by it all the same."""
    machine, gateway = through_stand_in([limit("five_hour", in_an_hour())], version=version)
    path = machine.config_dir / "litellm_config.json"
    path.write_text(json.dumps({"litellm_endpoint": "http://gateway.test:4000"}))
    with proxy(int(urlsplit(gateway.url).port or 0)) as through:
        machine.env |= {"HTTPS_PROXY": through.url, "NO_PROXY": "127.0.0.1"}
        done = machine.run("-p", "hello")
    assert done.stdout == b"from the gateway\n", done
    assert through.asked[0] == "GET http://gateway.test:4000/health/liveliness HTTP/1.1"
    assert all("gateway.test:4000" in line for line in through.asked)
    assert len(gateway.record.main()) == 1
