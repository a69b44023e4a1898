"""`start`: the private LiteLLM; installed first when it is not there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

import click

from claude_fallback.admin.screen import show
from claude_fallback.gateway import process, record, service, service_config
from claude_fallback.gateway.progress import Progress
from claude_fallback.memory import settings
from claude_fallback.memory.settings import Settings
from claude_fallback.output import say


@click.command()
@click.option("--config", metavar="PATH", help="A LiteLLM config.yaml of your own, for this start.")
@click.option("--port", type=click.IntRange(1, 65535), default=service.PORT, show_default=True)
@click.option("--dry-run", is_flag=True, help="Print the configuration; start nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object; the key stays in its file.")
@click.pass_obj
def start(environ: Mapping[str, str], config: str | None, port: int, dry_run: bool, as_json: bool) -> int:
    """Start the private LiteLLM on 127.0.0.1, with a new key of its own. Prints its address.

    The first start installs LiteLLM, in an environment of its own. Without --config (or the setting
    gateway-config) it serves what is here: Ollama's models, and a model of each provider whose key is in
    the environment.

    Example: claude-fallback for litellm start
    """
    wanted = settings.load(environ)
    if config:
        wanted = replace(wanted, gateway_config=os.path.abspath(config))
    if dry_run:
        show(_configuration(wanted, environ))
        return 0
    return begin(environ, wanted, port, as_json)


def begin(environ: Mapping[str, str], wanted: Settings, port: int, as_json: bool) -> int:
    """Start it, show where it is, and say when runs would go elsewhere all the same."""
    progress = Progress()
    try:
        running = service.start(environ, wanted, progress, port=port)
    finally:
        progress.end()
    if wanted.endpoint or environ.get(wanted.api_key_env):
        reason = "the setting endpoint" if wanted.endpoint else wanted.api_key_env
        say(f"runs will not use it, because {reason} names another gateway")
    show(_as_json(environ, running) if as_json else running.base_url)
    return 0


def _configuration(wanted: Settings, environ: Mapping[str, str]) -> str:
    own = service_config.own_config(wanted, environ)
    if own:
        with open(own, encoding="utf-8", errors="replace") as file:
            return file.read().rstrip("\n")
    made = service_config.generate(wanted, service_config.find_backends(environ, wanted))
    return service_config.encode(made).decode().rstrip("\n")


def _as_json(environ: Mapping[str, str], running: service.Running) -> str:
    """`key_file` holds the key, under `key`; it is never printed."""
    import orjson

    shown = {
        "base_url": running.base_url,
        "pid": running.pid,
        "config": running.config,
        "log": process.log_file(environ),
        "key_file": record.record_file(environ),
    }
    return orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode()
