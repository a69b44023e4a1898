"""`restart`: stop, then start; takes up a changed configuration or model mapping."""

from __future__ import annotations

from collections.abc import Mapping

import click

from claude_fallback.admin.start import begin
from claude_fallback.gateway import service, service_config
from claude_fallback.gateway.progress import Progress
from claude_fallback.memory import settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object; the key stays in its file.")
@click.pass_obj
def restart(environ: Mapping[str, str], as_json: bool) -> int:
    """Stop and start the private LiteLLM, with the settings as they are now and a new key.

    Example: claude-fallback for litellm restart
    """
    wanted = settings.load(environ)
    if not service_config.own_config(wanted, environ):
        service_config.generate(
            wanted, service_config.find_backends(environ, wanted)
        )  # or fail before stopping it
    progress = Progress()
    try:
        service.stop(environ, progress)
    finally:
        progress.end()
    return begin(environ, wanted, service.PORT, as_json)
