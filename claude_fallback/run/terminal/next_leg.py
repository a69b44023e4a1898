"""The legs after the first: a session as it was left, gone on with somewhere else. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claude_fallback.run import rerun
from claude_fallback.run.terminal.leg import Command, Leg

if TYPE_CHECKING:
    from claude_fallback.run.gateway_route import GatewayRoute


@dataclass(frozen=True)
class Standing:
    """A session as it was left."""

    session: str
    cwd: str | None
    permission_mode: str | None
    tools_used: bool  # since the last prompt


def on_gateway(command: Command, left: Standing, route: GatewayRoute, notice: str) -> Leg:
    """The interrupted turn goes on by itself. `notice` stands before the prompt: in the alternate screen the
    conversation is the only place where the user sees who answers and who is billed."""
    prompt = f"({notice})\n\n{rerun.GO_ON if left.tools_used else rerun.ANSWER}"
    options = rerun.route_options(route.model, route.settings_path)
    argv = rerun.session_on_gateway(command.invocation, left.session, prompt, options, left.permission_mode)
    return Leg(argv, route.env, route=route, session=left.session, cwd=left.cwd, prompt=prompt, follows=True)


def at_home(command: Command, left: Standing, native_model: Sequence[str]) -> Leg:
    argv = rerun.session_at_home(command.invocation, left.session, left.permission_mode, native_model)
    return Leg(argv, command.native_env, session=left.session, cwd=left.cwd, follows=True)


def afresh(command: Command, cwd: str | None) -> Leg:
    """For a session that cannot be resumed: a new one, on native."""
    return Leg(rerun.afresh(command.invocation), command.native_env, cwd=cwd, follows=True)
