"""The gateway route of one run: which gateway, which model, with what environment and settings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import cached_property

from claude_fallback import paths
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import proxy
from claude_fallback.gateway.capacity import NoRoomError
from claude_fallback.gateway.chain import DEAD, Link, next_link, rest_after
from claude_fallback.gateway.progress import QUIET, Progress
from claude_fallback.gateway.target import Named, Target, ready
from claude_fallback.limits.limit import Limit
from claude_fallback.memory import claude_settings, rests, store
from claude_fallback.memory.log import event as log
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
    progress: Progress = QUIET
    tell: store.Tell = say  # gets a line for each gateway that is passed over, and why
    in_use: str | None = None  # the claude model that a session has come to use, whatever its argv says
    trusts_folder: bool = True  # claude has asked the user, or does not ask: a print run

    @property
    def model(self) -> str | None:
        return self.in_use or requested_model(self.invocation, self.environ)

    @cached_property
    def users(self) -> dict[str, object]:
        """What the user's `--settings` holds. FallbackError: it cannot be read; a pipe can be read once."""
        return settings_file.users_own(self.invocation.value("--settings"))

    def seen(self, folder: bool = True) -> dict[str, str]:
        """The environment as claude sees it; `folder`: what the project's settings set in it, too."""
        return claude_settings.environment(self.environ, self.users, folder=folder)


def next_route(asked: Asked, chain: Sequence[Link], tried: Collection[Link] = ()) -> GatewayRoute:
    """The first gateway of `chain` that is ready; each is asked once (2 s at most), those that rest last.

    Raises FallbackError with the reason of the last one that was asked, and the command that mends it.
    """
    tried, told, tell = list(tried), set[str](), asked.tell
    reason = FallbackError("every gateway of fallback-chain was tried in this run")
    while True:
        now = datetime.now(timezone.utc)
        choice = next_link(chain, store.read(paths.state_file(asked.environ), tell), now, tried)
        for link, rest in choice.skipped:
            if link.name not in told:
                until = words.moment(rest.until.astimezone(), now.astimezone())
                tell(f"{link.name} is left alone until {until}: {rest.why}")
            told.add(link.name)
        if choice.link is None:
            raise reason
        try:
            return _opened(asked, choice.link)
        except FallbackError as error:
            tried.append(choice.link)
            reason = error
            if len(chain) > 1:
                if not isinstance(error, NoRoomError):  # another session may fit
                    rest = rests.Rest(now + DEAD, str(error))
                    rests.put_to_rest(asked.environ, choice.link.name, rest, tell)
                tell(f"{choice.link.name} is not ready: {error}")


def rest_of(link: Link, limit: Limit, environ: Mapping[str, str], tell: store.Tell = say) -> None:
    """A gateway of a chain that stopped a run is left alone for a while."""
    now = datetime.now(timezone.utc)
    rests.put_to_rest(environ, link.name, rests.Rest(rest_after(limit, now), limit.message), tell)
    log(environ, "gateway_failed", gateway=link.name, kind=limit.kind.value, words=limit.message)


def _opened(asked: Asked, link: Named) -> GatewayRoute:
    try:
        target = ready(asked.settings, asked.environ, link, asked.progress)
    finally:
        asked.progress.end()
    target = replace(target, proxy=proxy.chosen(target.base_url, asked.seen(asked.trusts_folder)))
    health = target.check(asked.model)
    if not health.ready:
        raise FallbackError(f"{health.detail}; mend it: {health.remedy}")
    if asked.tokens and target.adapter.name == LITELLM:
        from claude_fallback.run.room import with_room

        target = with_room(target, asked.model, asked.tokens, asked.tell)
    return open_route(asked, target)


def open_route(asked: Asked, target: Target) -> GatewayRoute:
    """Raises FallbackError when something would send the run, or a secret, to the wrong place."""
    environ, release = asked.environ, find.release(asked.claude, asked.environ)
    model = target.model_for(asked.model)
    added = childenv.variables(target, model, asked.seen())
    gone = childenv.removed(asked.settings.forward_custom_headers)
    knows_flag = release is None or release >= SETTINGS_FLAG
    for path, content in claude_settings.unbeatable(environ, knows_flag):
        found = childenv.conflicts(content, added, gone)
        if found:
            raise FallbackError(
                f"{path} sets {found[0]}, which no run can override; remove it there to switch"
            )
    written = None
    if knows_flag:
        names = () if target.adapter.serves_claude else target.names(model)
        blank = childenv.blanked(gone, target, claude_settings.named(environ))
        written = settings_file.write(childenv.settings_patch(asked.users, added, blank, names), environ)
    return GatewayRoute(target, model, childenv.gateway_env(environ, added, gone), written)
