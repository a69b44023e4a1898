"""One leg of a session: a claude to start, on native or on the gateway.

On the way to claude's start: no dataclasses here, and nothing imported that only later legs need.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from claude_fallback.run.gateway_route import GatewayRoute
    from claude_fallback.run.invocation import Invocation

_ROUTE = "CLAUDE_FALLBACK_ROUTE"  # as in childenv.py


class Command:
    """What the user started: the path of the real claude, its argv, its environment."""

    __slots__ = ("claude", "environ", "invocation")

    def __init__(self, claude: str, invocation: Invocation, environ: Mapping[str, str]) -> None:
        self.claude, self.invocation, self.environ = claude, invocation, environ

    @property
    def native_env(self) -> dict[str, str]:
        return {**self.environ, _ROUTE: "native"}


class Leg:
    """A claude to start.

    `argv` is without argv[0]. `route` None: native. `session`: the id it resumes or was given, when that is
    known. `cwd` None: ours. `prompt`: in its argv, sent at once. `follows`: another claude was on the screen
    before, and what was typed there is typed here.
    """

    __slots__ = ("argv", "cwd", "env", "follows", "prompt", "route", "session")

    def __init__(  # noqa: PLR0913 - what a leg is made of
        self,
        argv: list[str],
        env: Mapping[str, str],
        *,
        route: GatewayRoute | None = None,
        session: str | None = None,
        cwd: str | None = None,
        prompt: str | None = None,
        follows: bool = False,
    ) -> None:
        self.argv, self.env, self.route, self.session = argv, env, route, session
        self.cwd, self.prompt, self.follows = cwd, prompt, follows


def first(command: Command, route: GatewayRoute | None, fresh_id: str, native_model: Sequence[str]) -> Leg:
    """As the user started it; a new session gets an id that we know. `native_model`: see `run/continued`."""
    invocation = command.invocation
    name = fresh_id if invocation.nameable else None
    session = name or next(filter(_is_id, map(invocation.value, ("--session-id", "--resume"))), None)
    if route is None:
        named = ["--session-id", name] if name else []
        argv = [*named, *native_model, *invocation.argv]
        return Leg(argv, command.native_env, session=session, prompt=invocation.prompt)
    from claude_fallback.run import rerun

    argv = rerun.on_gateway(invocation, route.model, route.settings_path, name)
    return Leg(argv, route.env, route=route, session=session, prompt=invocation.prompt)


def _is_id(value: str | None) -> bool:
    """`--resume` takes a name, too (2.1.197 and later)."""
    parts = [len(part) for part in value.split("-")] if value else []
    return parts == [8, 4, 4, 4, 12]
