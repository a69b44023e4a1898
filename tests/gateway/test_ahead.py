"""The gateway, started before it is needed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from claude_fallback import paths
from claude_fallback.gateway import ahead, record, service
from claude_fallback.memory.settings import Settings
from claude_fallback.rehearsal.embedded import embedded_config
from tests.conftest import link_litellm


@pytest.fixture
def begun(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The starts that `main` made."""
    starts: list[Settings] = []

    def start(_environ: object, settings: Settings, **_more: object) -> record.Running:
        starts.append(settings)
        return record.Running("http://127.0.0.1:1", "k", 1, "b", "c")

    monkeypatch.setattr(service, "start", start)
    os.makedirs(paths.config_dir(environ))
    return starts


@pytest.mark.parametrize(
    ("settings", "key", "starts"),
    [
        ("{}", None, 1),
        ('{"litellm_endpoint": "http://elsewhere"}', None, 0),
        ("{}", "sk-own", 0),
        ('{"auto_fallback_enabled": false}', None, 0),
        ('{"auto_fallback_on_rate_limit": false}', None, 0),
    ],
)
def test_only_where_a_run_would_use_it(
    environ: dict[str, str], begun: list[Settings], settings: str, key: str | None, starts: int
) -> None:
    """Another gateway, or no switch at a limit: nothing is started."""
    Path(paths.config_file(environ)).write_text(settings)
    ahead.main({**environ, **({"LITELLM_API_KEY": key} if key else {})})
    assert len(begun) == starts


def test_not_installed(environ: dict[str, str]) -> None:
    """Nothing is begun, and nothing installed."""
    assert not ahead.start_soon(environ)


def test_a_start_that_fails_is_logged(environ: dict[str, str]) -> None:
    """Nobody waits for it, so it neither raises nor prints."""
    ahead.main({**environ, "OLLAMA_HOST": "127.0.0.1:9"})
    assert '"event":"not_started_ahead"' in Path(paths.log_file(environ)).read_text()
    assert not list(Path(paths.data_dir(environ)).glob("crash-*"))  # no fault of ours


def test_for_real(environ: dict[str, str], litellm_installed: str, tmp_path: Path) -> None:
    """The caller goes on at once; a moment later LiteLLM answers."""
    link_litellm(environ, litellm_installed)
    os.makedirs(paths.config_dir(environ))
    config = embedded_config(str(tmp_path / "embedded"))
    Path(paths.config_file(environ)).write_text(f'{{"gateway_config": "{config}"}}')
    assert ahead.start_soon(environ)
    assert service.running(environ) is None
    ends_at = time.monotonic() + 120
    while service.running(environ) is None and time.monotonic() < ends_at:
        time.sleep(0.1)
    assert service.stop(environ)
