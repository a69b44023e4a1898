"""Where a run on the gateway goes, with which key, to which model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from claude_fallback.errors import FallbackError
from claude_fallback.gateway import adapters, keys, models, proxy, record
from claude_fallback.gateway.adapter import Adapter
from claude_fallback.gateway.adapters.litellm import ADAPTER as LITELLM_ADAPTER
from claude_fallback.gateway.chain import Link
from claude_fallback.gateway.probe import Endpoint, Health, Remedies, probe
from claude_fallback.gateway.progress import QUIET, Progress
from claude_fallback.memory import claude_settings
from claude_fallback.memory.settings import LITELLM, Settings, expand

OWN_LITELLM = "http://localhost:4000"  # the port LiteLLM documents as its default
NO_KEY = "none"  # for servers that want none: claude sends its own login where it has no token to send


class Named(Protocol):
    """What a connection, or a link of the chain, says about the gateway; None: nothing."""

    @property
    def adapter(self) -> str | None: ...
    @property
    def model(self) -> str | None: ...


@dataclass(frozen=True)
class Target:
    """A gateway and what is needed to use it."""

    base_url: str  # "" for a cloud's own
    key: str = field(repr=False)
    key_env: str | None  # the variable the key came from; None: the private LiteLLM, a file or a command
    settings: Settings = field(repr=False)
    override: str | None = None
    stand_ins: Mapping[str, str] = field(default_factory=dict)  # of the private LiteLLM
    adapter: Adapter = field(default=LITELLM_ADAPTER, repr=False)
    private: bool = False  # the private LiteLLM
    key_remedy: str = "claude-fallback for litellm restart"  # what gives another key
    link: Link = field(default_factory=Link)  # its place in the chain
    proxy: str | None = field(default=None, repr=False)  # on the way there, as claude takes it

    @property
    def place(self) -> str:
        """`LiteLLM (http://127.0.0.1:41100)`."""
        return f"{self.adapter.title} ({self.base_url})" if self.base_url else self.adapter.title

    def model_for(self, requested: str | None) -> str:
        """The gateway's name for what the user asked claude for (None: nothing was asked).

        Where the private LiteLLM lacks a wished model it is the name of the one that answers: never silent.
        """
        if self.adapter.serves_claude and requested and not self.override:
            return models.mapped(requested, self.settings) or requested
        name = models.choose(requested, self.settings, self.override)
        return self.stand_ins.get(name, name)

    def names(self, main: str) -> list[str]:
        """All the models that a run may ask for: `main`, and what stands in for each family."""
        return list(dict.fromkeys([main, *map(self.model_for, models.FAMILIES)]))

    def check(self, requested: str | None, deadline: float = 2.0) -> Health:
        """Is it ready for this model? Takes `deadline` seconds at most, never raises."""
        if self.adapter.cloud:
            return Health(True, True, True, f"{self.place} has credentials here; key and model are unchecked")
        model = self.model_for(requested)
        return probe(self.endpoint, model, deadline)

    @property
    def endpoint(self) -> Endpoint:
        """For questions over the network."""
        ours = f"claude-fallback for {self.adapter.name}"
        start = "claude-fallback for litellm start" if self.private else f"{ours} config set endpoint URL"
        remedies = Remedies(start, self.key_remedy, f"{ours} config set model NAME")
        return Endpoint(self.base_url, self.key, self.adapter, remedies, self.proxy)


def resolve(settings: Settings, environ: Mapping[str, str], named: Named | None = None) -> Target:
    """The gateway as things are now; nothing is started and nothing is asked over the network.

    `named` beats the adapter of `settings`. Raises FallbackError when there is no key for the endpoint, or
    when the private LiteLLM is not running.
    """
    settings = _settings(settings, environ, named)
    override = named.model if named else None
    link = Link(settings.adapter, override)
    adapter = adapters.find(settings.adapter)
    if adapter.cloud:
        _need_credentials(adapter, environ)
        return Target("", "", None, settings, override, adapter=adapter, link=link)
    own = _own(settings, adapter, environ)
    if own:
        url, key = own
        name = key.source if key.source == settings.api_key_env else None
        return Target(url, key.secret, name, settings, override, adapter=adapter, key_remedy=key.remedy,
                      link=link, proxy=proxy.chosen(url, claude_settings.environment(environ)))  # fmt: skip
    private = record.running(environ)
    if private is None:
        raise FallbackError("the private LiteLLM is not running; start it: claude-fallback for litellm start")
    return Target(
        private.base_url,
        private.key,
        None,
        settings,
        override,
        private.stand_ins,
        adapter,
        private=True,
        link=link,
    )


def ready(
    settings: Settings,
    environ: Mapping[str, str],
    named: Named | None = None,
    progress: Progress = QUIET,
) -> Target:
    """As `resolve`, but a private LiteLLM that is installed and not running is started first (5 to 8 s)."""
    settings = _settings(settings, environ, named)
    if uses_private(settings, environ) and record.running(environ) is None:
        _wake(settings, environ, progress)
    return resolve(settings, environ, named)


def uses_private(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Whether these settings lead to the private LiteLLM. No key is read, no command is run for it."""
    return settings.adapter == LITELLM and not settings.endpoint and not keys.is_set(settings, environ)


def _settings(settings: Settings, environ: Mapping[str, str], named: Named | None) -> Settings:
    """Those of the adapter that is named; the shared ones are the same in all."""
    if named is None or named.adapter is None or named.adapter == settings.adapter:
        return settings
    if named.adapter not in adapters.names():  # of another version, or mistyped into the file
        raise FallbackError(f"there is no adapter called {named.adapter!r}; see: claude-fallback for")
    return adapters.load(environ, named.adapter, tell=lambda _: None)


def _wake(settings: Settings, environ: Mapping[str, str], progress: Progress) -> None:
    from claude_fallback.gateway import service, service_config

    try:
        service.start(environ, settings, progress, install=False)
    except service_config.NoModelError:
        raise FallbackError(
            "the private LiteLLM has no model to serve; how to get one: claude-fallback for litellm start"
        ) from None


def _own(settings: Settings, adapter: Adapter, environ: Mapping[str, str]) -> tuple[str, keys.Key] | None:
    """The address and key of a gateway that is not ours; None stands for the private LiteLLM.

    A base URL without a key would make claude send its own login there, hence no key, no switch. Without a
    configured endpoint localhost:4000 is used only when there is a key for it: who listens may be a stranger.
    """
    url = settings.endpoint or (OWN_LITELLM if adapter.name == LITELLM else None)
    if url is None:
        raise FallbackError(
            f"{adapter.title} has no address yet: claude-fallback for {adapter.name} config set endpoint URL"
        )
    key = keys.find(settings, environ)
    if key is None and adapter.keyless:
        key = keys.Key(NO_KEY, "no key", f"export {settings.api_key_env}=KEY")
    if key is None and not settings.endpoint:
        return None
    if key is None:
        instead = (
            ", or use the private LiteLLM: claude-fallback for litellm config unset endpoint"
            if adapter.name == LITELLM
            else f"; a file or a command: claude-fallback for {adapter.name} config set --help"
        )
        raise FallbackError(f"no key for {url}: set it with `export {settings.api_key_env}=KEY`{instead}")
    return url.rstrip("/").removesuffix("/v1"), key


def _need_credentials(adapter: Adapter, environ: Mapping[str, str]) -> None:
    """Clouds sign with credentials of their own: whether there are any, not whether they are good."""
    missing = [name for name in adapter.needs if not environ.get(name)]
    if missing:
        raise FallbackError(f"{adapter.title} needs {missing[0]}: export {missing[0]}=VALUE")
    if not any(_is_there(sign, environ) for sign in adapter.signs):
        raise FallbackError(f"{adapter.title} has no credentials here: export {adapter.key_env}=VALUE")


def _is_there(sign: str, environ: Mapping[str, str]) -> bool:
    return os.path.exists(expand(sign, environ)) if sign.startswith("~/") else bool(environ.get(sign))
