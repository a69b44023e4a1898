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
    "models": ("claude_fallback.admin.models:models_", "Which model answers for which of claude's."),
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
    "usage": ("claude_fallback.admin.usage:usage", "Requests, tokens, cost and time by day and model."),
    "logs": ("claude_fallback.admin.logs:logs", "What claude-fallback and its gateway did."),
}


LITELLM = "litellm"
_OF_LITELLM = ("start", "stop", "restart", "logs")  # there is a service of ours to act on


class LazyGroup(click.Group):
    """`--help` of the group reads the table above; only the chosen verb's module is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(self._actions)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in self._actions:
            return None
        module, _, name = ACTIONS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101  # for mypy: a verb's module defines one
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Actions"):
            formatter.write_dl([(name, ACTIONS[name][1]) for name in self._actions])

    @property
    def _actions(self) -> list[str]:
        return [name for name in ACTIONS if self.name == LITELLM or name not in _OF_LITELLM]


_HELP = {"help_option_names": ["-h", "--help"]}


@click.group(cls=LazyGroup, context_settings=_HELP)
def litellm() -> None:
    """Go on through LiteLLM when Claude's usage limit is hit.

    Example: claude-fallback for litellm status
    """


def group(adapter: str) -> click.Group:
    """The actions of one adapter."""
    if adapter == LITELLM:
        return litellm
    from claude_fallback.gateway import adapters

    found = adapters.find(adapter)
    text = f"{found.title}: {found.about}.\n\nExample: claude-fallback for {adapter} status"
    return LazyGroup(adapter, context_settings=_HELP, help=text)


def run(adapter: str, argv: list[str], environ: Mapping[str, str]) -> int:
    """The exit code of one action. What click finds wrong with the words becomes our UsageError."""
    try:
        code = group(adapter).main(
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
