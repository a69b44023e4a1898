"""`run`: one prompt to one of the gateway's models, past claude."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timezone

import click

from claude_fallback.admin.screen import dollars, show
from claude_fallback.errors import FallbackError, UsageError
from claude_fallback.gateway.ask import Answer, ask
from claude_fallback.gateway.progress import Progress
from claude_fallback.gateway.target import ready
from claude_fallback.memory import connection, settings
from claude_fallback.output import printable, say


@click.command()
@click.option(
    "--model", metavar="M", help="A model of the gateway's, or a claude model; else the preferred one."
)
@click.option("--prompt", metavar="P", help="The prompt; without it stdin is read.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.pass_obj
def run(environ: Mapping[str, str], model: str | None, prompt: str | None, as_json: bool) -> int:
    """Send one prompt to a model of the gateway's, without claude and without its tools.

    The answer is printed on stdout; the model, tokens, cost and time on stderr. An unknown cost is called so.

    Example: claude-fallback for litellm run --model qwen2.5-coder --prompt "What is a monad?"
    """
    words = prompt if prompt is not None else _piped()
    if not words.strip():
        raise UsageError("there is no prompt; give one with --prompt, or on stdin")
    words = words.encode("utf-8", "replace").decode()  # bytes that are no text would be no JSON
    wanted = settings.load(environ)
    progress = Progress()
    try:
        target = ready(wanted, environ, connection.look(environ, datetime.now(timezone.utc)), progress)
        health = target.check(model)
        if not health.ready:
            raise FallbackError(f"{health.detail}; mend it: {health.remedy}")
        progress.step("waiting for the answer")
        answer = ask(target, target.model_for(model), words)
    finally:
        progress.end()
    _tell(answer, as_json)
    return 0


def _piped() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _tell(answer: Answer, as_json: bool) -> None:
    if as_json:
        import orjson

        show(orjson.dumps({**asdict(answer), "seconds": round(answer.seconds, 3)}).decode())
        return
    show("\n".join(printable(line) for line in answer.text.splitlines()))
    cost = "cost unknown" if answer.cost is None else dollars(answer.cost)
    say(
        f"answered by {answer.model} in {answer.seconds:.1f} s, {answer.tokens_in} tokens in,"
        f" {answer.tokens_out} out, {cost}"
    )
