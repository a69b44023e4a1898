"""The verbs of an adapter. Each is imported only when it is typed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from claude_fallback.errors import UsageError

ACTIONS = {
    "status": ("claude_fallback.admin.status:status", "Where runs go now, why, and until when."),
    "connect": ("claude_fallback.admin.connect:connect", "Send runs to the gateway from now on."),
    "disconnect": ("claude_fallback.admin.disconnect:disconnect", "Go back to native Claude."),
    "config": ("claude_fallback.admin.config:config", "Show and change the settings."),
    "test": ("claude_fallback.admin.test:test", "Send one prompt through claude and the gateway."),
    "test-rate-limit": (
        "claude_fallback.admin.test_rate_limit:test_rate_limit",
        "What a text would be recognised as, or the whole drill.",
    ),
    "doctor": (
        "claude_fallback.admin.doctor:doctor",
        "What would make a fallback fail, before it is needed.",
    ),
    "start": ("claude_fallback.admin.start:start", "Start the private LiteLLM."),
    "stop": ("claude_fallback.admin.stop:stop", "Stop the private LiteLLM."),
    "restart": ("claude_fallback.admin.restart:restart", "Stop and start the private LiteLLM."),
    "run": ("claude_fallback.admin.run:run", "Send one prompt to a model of the gateway's."),
    "logs": ("claude_fallback.admin.logs:logs", "What claude-fallback and its gateway did."),
}


class LazyGroup(click.Group):
    """`--help` of the group reads the table above; only the chosen verb's module is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(ACTIONS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in ACTIONS:
            return None
        module, _, name = ACTIONS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101  # for mypy: a verb's module defines one
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Actions"):
            formatter.write_dl([(name, summary) for name, (_, summary) in ACTIONS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def litellm() -> None:
    """Go on through LiteLLM when Claude's usage limit is hit.

    Example: claude-fallback for litellm status
    """


def run(adapter: str, argv: list[str], environ: Mapping[str, str]) -> int:
    """The exit code of one action. What click finds wrong with the words becomes our UsageError."""
    try:
        code = litellm.main(
            argv or ["--help"],
            prog_name=f"claude-fallback for {adapter}",
            obj=environ,
            standalone_mode=False,
        )
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        raise UsageError(f"{error.format_message()} {_help(error)}".rstrip()) from None
    return code if isinstance(code, int) else 0


def _help(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"(see: {context.command_path} --help)" if context else ""
