"""One leg of a session: a claude to start, on native or on the gateway. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from claude_fallback.run import rerun
from claude_fallback.run.childenv import ROUTE

if TYPE_CHECKING:
    from claude_fallback.run.gateway_route import GatewayRoute
    from claude_fallback.run.invocation import Invocation


@dataclass(frozen=True)
class Command:
    """What the user started."""

    claude: str  # the path of the real one
    invocation: Invocation
    environ: Mapping[str, str] = field(repr=False)

    @property
    def native_env(self) -> dict[str, str]:
        return {**self.environ, ROUTE: "native"}


@dataclass(frozen=True)
class Leg:
    argv: list[str]  # without argv[0]
    env: Mapping[str, str] = field(repr=False)
    route: GatewayRoute | None = None  # None: native
    session: str | None = None  # the id it resumes or was given, when that is known
    cwd: str | None = None  # None: ours
    prompt: str | None = None  # in its argv, sent at once
    follows: bool = False  # another claude was on the screen before; what was typed there is typed here


@dataclass(frozen=True)
class Standing:
    """A session as it was left."""

    session: str
    cwd: str | None
    permission_mode: str | None
    tools_used: bool  # since the last prompt


def first(command: Command, route: GatewayRoute | None, fresh_id: str, native_model: Sequence[str]) -> Leg:
    """As the user started it; a new session gets an id that we know. `native_model`: see `run/continued`."""
    invocation = command.invocation
    name = fresh_id if invocation.nameable else None
    session = name or next(filter(_is_id, map(invocation.value, ("--session-id", "--resume"))), None)
    if route is None:
        named = ["--session-id", name] if name else []
        argv = [*named, *native_model, *invocation.argv]
        return Leg(argv, command.native_env, session=session, prompt=invocation.prompt)
    argv = rerun.on_gateway(invocation, route.model, route.settings_path, name)
    return Leg(argv, route.env, route, session, prompt=invocation.prompt)


def on_gateway(command: Command, left: Standing, route: GatewayRoute, notice: str) -> Leg:
    """The interrupted turn goes on by itself. `notice` stands before the prompt: in the alternate screen the
    conversation is the only place where the user sees who answers and who is billed."""
    prompt = f"({notice})\n\n{rerun.GO_ON if left.tools_used else rerun.ANSWER}"
    options = rerun.route_options(route.model, route.settings_path)
    argv = rerun.session_on_gateway(command.invocation, left.session, prompt, options, left.permission_mode)
    return Leg(argv, route.env, route, left.session, left.cwd, prompt, follows=True)


def at_home(command: Command, left: Standing, native_model: Sequence[str]) -> Leg:
    argv = rerun.session_at_home(command.invocation, left.session, left.permission_mode, native_model)
    return Leg(argv, command.native_env, None, left.session, left.cwd, follows=True)


def afresh(command: Command, cwd: str | None) -> Leg:
    """For a session that cannot be resumed: a new one, on native."""
    return Leg(rerun.afresh(command.invocation), command.native_env, cwd=cwd, follows=True)


def _is_id(value: str | None) -> bool:
    """`--resume` takes a name, too (2.1.197 and later)."""
    return bool(value and re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value))
