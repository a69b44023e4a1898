"""`stop`: end the private LiteLLM."""

from __future__ import annotations

from collections.abc import Mapping

import click

from claude_fallback.admin.screen import show
from claude_fallback.gateway import service
from claude_fallback.gateway.progress import Progress


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def stop(environ: Mapping[str, str], as_json: bool) -> int:
    """Stop the private LiteLLM. Runs that use it at this moment fail.

    Example: claude-fallback for litellm stop
    """
    progress = Progress()
    try:
        stopped = service.stop(environ, progress)
    finally:
        progress.end()
    if as_json:
        show('{"stopped": true}' if stopped else '{"stopped": false}')
    else:
        show("stopped" if stopped else "it was not running")
    return 0
