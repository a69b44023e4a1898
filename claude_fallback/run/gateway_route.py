"""The gateway route of one run: which gateway, which model, with what environment and settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

from claude_fallback import paths
from claude_fallback.errors import FallbackError
from claude_fallback.gateway.chain import DEAD, Link, next_link
from claude_fallback.gateway.progress import Progress
from claude_fallback.gateway.target import Named, Target, ready
from claude_fallback.memory import rests, store
from claude_fallback.memory.settings import LITELLM, Settings
from claude_fallback.output import say
from claude_fallback.run import childenv, find, settings_file, words
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


@dataclass(frozen=True)
class Asked:
    """A run that wants a gateway."""

    invocation: Invocation
    claude: str
    environ: Mapping[str, str]
    settings: Settings
    tokens: int = 0  # the session's size, about; 0: not known


def next_route(asked: Asked, chain: Sequence[Link], tried: Sequence[Link] = ()) -> GatewayRoute:
    """The first gateway of `chain` that is ready; each is asked once (2 s at most), those that rest last.

    Raises FallbackError with the reason of the last one that was asked, and the command that mends it.
    """
    tried, told = list(tried), set[str]()
    reason = FallbackError("every gateway of fallback-chain was tried in this run")
    while True:
        now = datetime.now(timezone.utc)
        choice = next_link(chain, store.read(paths.state_file(asked.environ)), now, tried)
        for link, rest in choice.skipped:
            if link.name not in told:
                until = words.moment(rest.until.astimezone(), now.astimezone())
                say(f"{link.name} is left alone until {until}: {rest.why}")
            told.add(link.name)
        if choice.link is None:
            raise reason
        try:
            return _opened(asked, choice.link)
        except FallbackError as error:
            tried.append(choice.link)
            reason = error
            if len(chain) > 1:
                rests.put_to_rest(asked.environ, choice.link.name, rests.Rest(now + DEAD, str(error)))
                say(f"{choice.link.name} is not ready: {error}")


def _opened(asked: Asked, link: Named) -> GatewayRoute:
    progress = Progress()
    try:
        target = ready(asked.settings, asked.environ, link, progress)
    finally:
        progress.end()
    requested = requested_model(asked.invocation, asked.environ)
    health = target.check(requested)
    if not health.ready:
        raise FallbackError(f"{health.detail}; mend it: {health.remedy}")
    if asked.tokens and target.adapter.name == LITELLM:
        from claude_fallback.run import room

        target = room.with_room(target, requested, asked.tokens)
    release = find.release(asked.claude, asked.environ)
    return open_route(asked.invocation, target, asked.environ, asked.settings, release)


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
    added = childenv.variables(target, model, environ)
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
        names = () if target.adapter.serves_claude else target.names(model)
        blank = childenv.blanked(gone, target, settings_file.named(environ))
        written = settings_file.write(childenv.settings_patch(users, added, blank, names), environ)
    return GatewayRoute(target, model, childenv.gateway_env(environ, added, gone), written)
