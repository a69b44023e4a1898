"""Where a run on the gateway goes, with which key, to which model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from claude_fallback.errors import FallbackError
from claude_fallback.gateway import models, record
from claude_fallback.gateway.probe import Health, probe
from claude_fallback.gateway.progress import QUIET, Progress
from claude_fallback.memory.connection import Connection
from claude_fallback.memory.settings import Settings

OWN_LITELLM = "http://localhost:4000"  # the port LiteLLM documents as its default


@dataclass(frozen=True)
class Target:
    """A gateway and what is needed to use it."""

    base_url: str
    key: str = field(repr=False)
    key_env: str | None  # the variable the key came from; None: the private LiteLLM
    settings: Settings = field(repr=False)
    override: str | None = None
    stand_ins: Mapping[str, str] = field(default_factory=dict)  # of the private LiteLLM

    @property
    def private(self) -> bool:
        return self.key_env is None

    def model_for(self, requested: str | None) -> str:
        """The gateway's name for what the user asked claude for (None: nothing was asked).

        Where the private LiteLLM lacks a wished model it is the name of the one that answers: never silent.
        """
        name = models.choose(requested, self.settings, self.override)
        return self.stand_ins.get(name, name)

    def check(self, requested: str | None, deadline: float = 2.0) -> Health:
        """Is it ready for this model? Takes `deadline` seconds at most, never raises."""
        return probe(self.base_url, self.key, self.model_for(requested), deadline, key_env=self.key_env)


def resolve(settings: Settings, environ: Mapping[str, str], connection: Connection | None = None) -> Target:
    """The gateway as things are now; nothing is started and nothing is asked over the network.

    Raises FallbackError when no key is set for the endpoint, or when the private LiteLLM is not running.
    """
    override = connection.model if connection else None
    own = _own(settings, environ)
    if own:
        return Target(own, environ[settings.api_key_env], settings.api_key_env, settings, override)
    private = record.running(environ)
    if private is None:
        raise FallbackError("the private LiteLLM is not running; start it: claude-fallback for litellm start")
    return Target(private.base_url, private.key, None, settings, override, private.stand_ins)


def uses_private(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Whether runs would go to the private LiteLLM, as things are now."""
    return not settings.endpoint and not environ.get(settings.api_key_env)


def ready(
    settings: Settings,
    environ: Mapping[str, str],
    connection: Connection | None = None,
    progress: Progress = QUIET,
) -> Target:
    """As `resolve`, but a private LiteLLM that is installed and not running is started first (5 to 8 s)."""
    if _own(settings, environ) is None and record.running(environ) is None:
        _wake(settings, environ, progress)
    return resolve(settings, environ, connection)


def _wake(settings: Settings, environ: Mapping[str, str], progress: Progress) -> None:
    from claude_fallback.gateway import service, service_config

    try:
        service.start(environ, settings, progress, install=False)
    except service_config.NoModelError:
        raise FallbackError(
            "the private LiteLLM has no model to serve; how to get one: claude-fallback for litellm start"
        ) from None


def _own(settings: Settings, environ: Mapping[str, str]) -> str | None:
    """The user's own gateway; None stands for the private LiteLLM.

    A base URL without a key would make claude send its own login there, hence no key, no switch. Without a
    configured endpoint localhost:4000 is used only when there is a key for it: who listens may be a stranger.
    """
    has_key = bool(environ.get(settings.api_key_env))
    if not settings.endpoint:
        return OWN_LITELLM if has_key else None
    if not has_key:
        raise FallbackError(
            f"no key for {settings.endpoint}: set it with `export {settings.api_key_env}=KEY`,"
            " or use the private LiteLLM: claude-fallback for litellm config unset endpoint"
        )
    return settings.endpoint.rstrip("/").removesuffix("/v1")
