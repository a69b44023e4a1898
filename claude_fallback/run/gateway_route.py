"""The gateway route of one run: which gateway, which model, with what environment and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from claude_fallback.errors import FallbackError
from claude_fallback.gateway.target import Target
from claude_fallback.memory.settings import Settings
from claude_fallback.run import childenv, settings_file
from claude_fallback.run.find import SETTINGS_FLAG
from claude_fallback.run.invocation import Invocation


@dataclass(frozen=True)
class GatewayRoute:
    """All a leg on the gateway needs. `settings_path` is None for releases that know no `--settings`."""

    target: Target
    model: str
    env: dict[str, str] = field(repr=False)
    settings_path: str | None

    def close(self) -> None:
        if self.settings_path:
            settings_file.remove(self.settings_path)


def requested_model(invocation: Invocation, environ: Mapping[str, str]) -> str | None:
    return invocation.value("--model") or environ.get("ANTHROPIC_MODEL") or None


def open_route(  # noqa: PLR0913, PLR0917 - all that a route depends on
    invocation: Invocation,
    target: Target,
    environ: Mapping[str, str],
    settings: Settings,
    release: tuple[int, ...] | None,
    in_use: str | None = None,
) -> GatewayRoute:
    """Raises FallbackError when something would send the run, or a secret, to the wrong place.

    `in_use` is the claude model that a session has come to use, whatever its argv says.
    """
    model = target.model_for(in_use or requested_model(invocation, environ))
    added = childenv.variables(target.base_url, target.key, model, target.model_for, environ)
    gone = childenv.removed(settings.forward_custom_headers)
    knows_flag = release is None or release >= SETTINGS_FLAG
    for path, content in settings_file.unbeatable(environ, knows_flag):
        found = childenv.conflicts(content, added, gone)
        if found:
            raise FallbackError(
                f"{path} sets {found[0]}, which no run can override; remove it there to switch"
            )
    written = None
    if knows_flag:
        users = settings_file.users_own(invocation.value("--settings"))
        written = settings_file.write(childenv.settings_patch(users, added, gone), environ)
    return GatewayRoute(target, model, childenv.gateway_env(environ, added, gone), written)
