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
class Leg:
    argv: list[str]  # without argv[0]
    env: Mapping[str, str] = field(repr=False)
    route: GatewayRoute | None = None  # None: native
    session: str | None = None  # the id it resumes or was given, when that is known
    cwd: str | None = None  # None: ours
    prompt: str | None = None  # in its argv, sent at once
    resumes: bool = False  # it goes on with a session that was on the screen


@dataclass(frozen=True)
class Standing:
    """A session as it was left."""

    session: str
    cwd: str | None
    permission_mode: str | None
    tools_used: bool  # since the last prompt


def first(
    invocation: Invocation,
    environ: Mapping[str, str],
    route: GatewayRoute | None,
    fresh_id: str,
    native_model: Sequence[str],
) -> Leg:
    """As the user started it; a new session gets an id that we know. `native_model`: see `run/continued`."""
    name = fresh_id if invocation.nameable else None
    session = name or next(filter(_is_id, map(invocation.value, ("--session-id", "--resume"))), None)
    if route is None:
        named = ["--session-id", name] if name else []
        return Leg(
            [*named, *native_model, *invocation.argv],
            {**environ, ROUTE: "native"},
            session=session,
            prompt=invocation.prompt,
        )
    argv = rerun.on_gateway(invocation, route.model, route.settings_path, name)
    return Leg(argv, route.env, route, session, prompt=invocation.prompt)


def _is_id(value: str | None) -> bool:
    """`--resume` takes a name, too (2.1.197 and later)."""
    return bool(value and re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value))


def on_gateway(invocation: Invocation, left: Standing, route: GatewayRoute, notice: str) -> Leg:
    """The interrupted turn goes on by itself. `notice` stands before the prompt: in the alternate screen the
    conversation is the only place where the user sees who answers and who is billed."""
    prompt = f"({notice})\n\n{rerun.GO_ON if left.tools_used else rerun.ANSWER}"
    argv = rerun.session_on_gateway(
        invocation, left.session, prompt, route.model, route.settings_path, left.permission_mode
    )
    return Leg(argv, route.env, route, left.session, left.cwd, prompt, resumes=True)


def at_home(
    invocation: Invocation, environ: Mapping[str, str], left: Standing, native_model: Sequence[str]
) -> Leg:
    argv = rerun.session_at_home(invocation, left.session, left.permission_mode, native_model)
    return Leg(argv, {**environ, ROUTE: "native"}, None, left.session, left.cwd, resumes=True)


def afresh(invocation: Invocation, environ: Mapping[str, str], cwd: str | None) -> Leg:
    """For a session that cannot be resumed: a new one, on native."""
    return Leg(rerun.afresh(invocation), {**environ, ROUTE: "native"}, cwd=cwd)
