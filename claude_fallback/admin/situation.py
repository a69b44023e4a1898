"""All that `status` says, gathered into one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from claude_fallback import paths
from claude_fallback.admin.warnings import warnings
from claude_fallback.errors import FallbackError
from claude_fallback.gateway import adapters
from claude_fallback.gateway.adapter import Adapter
from claude_fallback.gateway.adapters.litellm import ADAPTER
from claude_fallback.memory import connection, store, transitions, verdicts
from claude_fallback.memory.connection import Connection
from claude_fallback.memory.moments import parsed
from claude_fallback.memory.redact import one_line
from claude_fallback.memory.settings import LITELLM, Settings
from claude_fallback.memory.verdicts import Verdict
from claude_fallback.run import find


@dataclass(frozen=True)
class Gateway:
    """What is at the other end, without its key."""

    able: bool  # ready, or started on need
    ready: bool
    detail: str  # one line
    remedy: str = ""  # the command that mends it
    base_url: str | None = None
    private: bool | None = None  # the private LiteLLM; None: not known
    adapter: Adapter = ADAPTER


@dataclass(frozen=True)
class LastLimit:
    """The newest limit that a run met."""

    kind: str
    window: str | None
    resets_at: datetime | None
    message: str
    seen_at: datetime | None


@dataclass(frozen=True)
class Situation:
    """`uncertain` is true when the state file could not be read as it is."""

    now: datetime
    settings: Settings
    connection: Connection | None
    state: store.Document
    last_limit: LastLimit | None
    gateway: Gateway
    model: str
    verdict: Verdict | None  # of the drill, on the claude that runs would start
    warnings: tuple[str, ...]
    uncertain: bool

    @property
    def limited(self) -> bool:
        """Native would be refused now, as far as is known."""
        return bool(self.last_limit and self.last_limit.resets_at and self.last_limit.resets_at > self.now)

    @property
    def check(self) -> tuple[int, str]:
        """Monitoring convention: 0 native, 1 on the gateway, 2 cannot serve, 3 unknown; and its line."""
        if self.uncertain:
            return 3, "unknown: the state file cannot be read"
        if self.connection is not None:
            if self.gateway.able:
                return 1, f"on the gateway: {self.gateway.detail}"
            return 2, f"connected, but the gateway cannot serve: {self.gateway.detail}"
        if self.limited and not (self.settings.auto_fallback and self.settings.on_rate_limit):
            return 2, "native Claude is limited and auto-fallback is off"
        if self.limited and not self.gateway.able:
            return 2, f"native Claude is limited and the gateway cannot serve: {self.gateway.detail}"
        return 0, "native Claude"


def gather(environ: Mapping[str, str], now: datetime, tell: store.Tell) -> Situation:
    """Asks the gateway (2 s at most); starts nothing. `tell` gets what is wrong with the files."""
    told: list[str] = []

    def listen(message: str) -> None:
        told.append(message)
        tell(message)

    found = connection.look(environ, now, listen)
    state = store.read(paths.state_file(environ), listen) if not told else {}
    wanted = adapters.load(environ, tell=tell)
    gateway, model = ask(wanted, environ, found)
    return Situation(
        now=now,
        settings=wanted,
        connection=found,
        state=state,
        last_limit=_last_limit(state),
        gateway=gateway,
        model=model,
        verdict=_verdict(wanted, environ),
        warnings=warnings(wanted, environ),
        uncertain=bool(told),
    )


def ask(wanted: Settings, environ: Mapping[str, str], found: Connection | None) -> tuple[Gateway, str]:
    """The gateway's health, and the model that would answer a run that names none.

    Under `for litellm`, which is how everybody asks, it is the connection's gateway whatever that is.
    """
    from claude_fallback.gateway import models, target

    named = found if wanted.adapter == LITELLM or not found or found.adapter == wanted.adapter else None
    model = models.choose(None, wanted, named.model if named else None)
    try:
        there = target.resolve(wanted, environ, named)
    except FallbackError as error:
        return _not_there(wanted, environ, error), model
    health = there.check(None)
    model = there.model_for(None)
    return Gateway(
        health.ready, health.ready, health.detail, health.remedy, there.base_url, there.private, there.adapter
    ), model


def _not_there(wanted: Settings, environ: Mapping[str, str], error: FallbackError) -> Gateway:
    """A gateway that cannot be asked: a private LiteLLM that would start, or nothing."""
    from claude_fallback.gateway import install, service

    if wanted.adapter == LITELLM and wanted.endpoint is None and install.is_installed(environ):
        try:
            service.check_config(environ, wanted)
        except FallbackError as no_model:
            error = no_model
        else:
            return Gateway(True, False, "the private LiteLLM is asleep; it starts on need", private=True)
    return Gateway(False, False, one_line(str(error), 300), "", wanted.endpoint, wanted.endpoint is None)


def _verdict(wanted: Settings, environ: Mapping[str, str]) -> Verdict | None:
    try:
        return verdicts.of(find.claude(environ, wanted.claude_path), environ)
    except FallbackError:
        return None


def _last_limit(state: store.Document) -> LastLimit | None:
    found = state.get("last_limit")
    if not isinstance(found, dict):
        return None
    return LastLimit(
        kind=transitions.text(found, "kind") or "unknown",
        window=transitions.text(found, "window"),
        resets_at=parsed(found.get("resets_at")),
        message=transitions.text(found, "message") or "",
        seen_at=parsed(found.get("seen_at")),
    )
