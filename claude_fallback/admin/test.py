"""`test`: one prompt through claude and the gateway, before it is needed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

import click

from claude_fallback.admin import trial
from claude_fallback.admin.screen import show
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import adapters
from claude_fallback.gateway.progress import Progress
from claude_fallback.gateway.target import Target, ready
from claude_fallback.memory import connection
from claude_fallback.memory.log import event as log
from claude_fallback.output import say
from claude_fallback.run import find
from claude_fallback.run.gateway_route import requested_model
from claude_fallback.run.invocation import Invocation

PROMPT = "Answer in one short sentence: which model are you?"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--with-tools", is_flag=True, help="Offer claude's tools to the model, as runs do.")
@click.argument("prompt", nargs=-1)
@click.pass_obj
def test(environ: Mapping[str, str], as_json: bool, with_tools: bool, prompt: tuple[str, ...]) -> int:
    """Send one prompt through your own claude and the gateway, as a run after a limit does.

    The gateway is asked first: alive, key, model. The answer is printed on stdout, what it took on
    stderr. It does not count as a run. Without --with-tools the model gets no tools, which is quicker.

    Example: claude-fallback for litellm test "Which model are you?"
    """
    words = " ".join(prompt).strip() or PROMPT
    told: dict[str, object] = dict.fromkeys(
        ("ok", "answer", "model", "gateway", "private", "claude", "release", "seconds", "tokens_in",
         "tokens_out", "error")
    )  # fmt: skip
    progress = Progress()
    try:
        answer = _ask(environ, words, with_tools, told, progress)
        told["ok"] = True
    except FallbackError as error:
        told.update(ok=False, error=str(error))
        if not as_json:
            raise
        say(str(error))
    finally:
        progress.end()
        log(environ, "test", **{name: told[name] for name in ("ok", "model", "gateway", "seconds", "error")})
    show(_json(told) if as_json else answer)
    return 0 if told["ok"] else 1


def _ask(
    environ: Mapping[str, str], prompt: str, tools: bool, told: dict[str, object], progress: Progress
) -> str:
    """The answer; `told` learns each fact as soon as it is known. FallbackError: what is wrong."""
    wanted = adapters.load(environ)
    path = find.claude(environ, wanted.claude_path)
    claude = trial.Claude(path, find.release(path, environ))
    release = ".".join(map(str, claude.release)) if claude.release else None
    told.update(claude=path, release=release)
    say(f"claude: {release or 'of an unknown release'}, {path}")
    found = connection.look(environ, datetime.now(timezone.utc))
    named = found if found and found.adapter in (None, wanted.adapter) else None
    target = ready(wanted, environ, named, progress)
    told.update(gateway=target.base_url, private=target.private)
    told["model"] = _checked(target, environ)
    answer = trial.ask(trial.Trial(claude, target, wanted, environ, tools), prompt, progress)
    told.update(
        answer=answer.text,
        seconds=round(answer.seconds, 1),
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
    )
    say(f"answered by {told['model']} in {answer.seconds:.1f} s, {answer.tokens_in} tokens in,"
        f" {answer.tokens_out} out")  # fmt: skip
    return answer.text


def _checked(target: Target, environ: Mapping[str, str]) -> str:
    """The model that will answer; each step of the probe is told. FallbackError when one fails."""
    requested = requested_model(Invocation(["-p"]), environ)
    model = target.model_for(requested)
    health = target.check(requested)
    for good, yes, no in (
        (health.alive, f"gateway: {target.base_url} is alive", "gateway: not alive"),
        (health.key_accepted, "key: accepted", "key: not accepted"),
        (health.model_served, f"model: {model} is served", f"model: {model} is not served"),
    ):
        if good and health.detail.endswith("unchecked"):  # a gateway that lists no models
            say(health.detail)
            break
        say(yes if good else no)
        if not good:
            raise FallbackError(f"{health.detail}; next: {health.remedy}")
    return model


def _json(told: dict[str, object]) -> str:
    import orjson

    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()
