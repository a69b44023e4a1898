"""`litellm_config.json` as a value. Names, paths and defaults are those its users already have."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from claude_fallback import paths
from claude_fallback.errors import UsageError
from claude_fallback.memory import store, wishes
from claude_fallback.memory.values import (
    address,
    amount,
    chain,
    command,
    fallback_mode,
    file_path,
    hours,
    idle_hours,
    minutes,
    model_name,
    return_mode,
    switch,
    switch_count,
    table,
    variable_name,
)
from claude_fallback.output import say

LITELLM = "litellm"  # the adapter whose settings lie at the top of the file; the others' in `adapters`

DEFAULT_MAPPINGS: Mapping[str, str] = {
    "claude-3-5-sonnet": "qwen2.5-coder",
    "claude-3-5-sonnet-latest": "qwen2.5-coder",
    "claude-3-5-sonnet-20241022": "qwen2.5-coder",
    "claude-3-haiku": "qwen2.5",
    "claude-3-haiku-20241022": "qwen2.5",
    "claude-3-opus": "llama3.1-8b",
    "claude-3-opus-20240229": "llama3.1-8b",
    "claude-3-opus-latest": "llama3.1-8b",
}


@dataclass(frozen=True)
class Key:
    """One setting: what users type, where it lies in the file, and what may stand there."""

    name: str  # `config set NAME`
    path: str  # in the JSON file, dots between levels
    field: str  # in Settings
    parse: Callable[[object], object]  # raises ValueError saying what is accepted
    default: object
    settable: bool = True  # the others have a verb of their own, or come from the ledger


KEYS = (
    Key("auto-fallback", "auto_fallback_enabled", "auto_fallback", fallback_mode, True),
    Key("auto-fallback-on-rate-limit", "auto_fallback_on_rate_limit", "on_rate_limit", switch, True),
    Key("auto-fallback-on-error", "auto_fallback_on_error", "on_error", switch, False),
    Key("model", "preferred_model", "preferred_model", model_name, "qwen2.5-coder"),
    Key("endpoint", "litellm_endpoint", "endpoint", address, None),
    Key("auto-disconnect-hours", "auto_disconnect_after_hours", "auto_disconnect_hours", hours, 5.0),
    Key("max-switches", "max_switches", "max_switches", switch_count, 2),
    Key("gateway-timeout-minutes", "gateway_timeout_minutes", "gateway_timeout_minutes", minutes, 60.0),
    Key("return-when", "return_when", "return_when", return_mode, "idle"),
    Key("return-idle-minutes", "return_idle_minutes", "return_idle_minutes", minutes, 2.0),
    Key("model-mappings", "model_mappings", "model_mappings", table, DEFAULT_MAPPINGS, settable=False),
    Key("api-key-env", "litellm_api_key_env", "api_key_env", variable_name, "LITELLM_API_KEY"),
    Key("api-key-file", "litellm_api_key_file", "api_key_file", file_path, None),
    Key("api-key-command", "litellm_api_key_command", "api_key_command", command, None),
    Key("fallback-chain", "fallback_chain", "fallback_chain", chain, ()),
    Key("gateway-config", "gateway_config", "gateway_config", file_path, None),
    Key("verify-new-releases", "verify_new_releases", "verify_new_releases", switch, True),
    Key("use-anthropic-key", "use_anthropic_key", "use_anthropic_key", switch, False),
    Key("idle-stop-hours", "idle_stop_hours", "idle_stop_hours", idle_hours, 8.0),
    Key("claude-path", "claude_path", "claude_path", file_path, None),
    Key("forward-custom-headers", "forward_custom_headers", "forward_custom_headers", switch, False),
    Key("cost-tracking", "cost_tracking.enabled", "cost_tracking", switch, True),
    Key("native-claude-cost", "cost_tracking.native_claude_cost", "native_cost", amount, 0.0, settable=False),
    Key("litellm-cost", "cost_tracking.litellm_cost", "litellm_cost", amount, 0.0, settable=False),
    Key("performance-metrics", "performance_metrics.enabled", "metrics", switch, True),
    Key("track-latency", "performance_metrics.track_latency", "track_latency", switch, True),
    Key("track-quality", "performance_metrics.track_quality", "track_quality", switch, True),
)

_EACH_ADAPTERS = ("preferred_model", "endpoint", "model_mappings", "api_key_env", "api_key_file",
                  "api_key_command")  # fmt: skip  # fields; all other settings are shared


@dataclass(frozen=True)
class Settings:
    """What the user wants. `KEYS` says where each field comes from."""

    adapter: str = LITELLM  # whose model, endpoint, mappings and key these are
    auto_fallback: bool | str = True  # "ask": an interactive session asks, a print run stays
    on_rate_limit: bool = True
    on_error: bool = False
    preferred_model: str = "qwen2.5-coder"
    endpoint: str | None = None  # None: the private LiteLLM
    auto_disconnect_hours: float = 5.0
    max_switches: int = 2  # per run
    gateway_timeout_minutes: float = 60.0  # without a sign of an answer; 0: for ever
    return_when: str = "idle"  # a session on the gateway goes home after the reset: when idle, or at its exit
    return_idle_minutes: float = 2.0
    model_mappings: Mapping[str, str] = field(default_factory=lambda: DEFAULT_MAPPINGS)
    api_key_env: str = "LITELLM_API_KEY"  # the name of a variable, never a key
    api_key_file: str | None = None
    api_key_command: str | None = None  # split into words, run without a shell
    fallback_chain: tuple[str, ...] = ()  # ADAPTER, ADAPTER:MODEL or a model of LiteLLM's; (): LiteLLM
    gateway_config: str | None = None  # a LiteLLM config.yaml for the private gateway
    verify_new_releases: bool = True  # the drill, in the background, when a claude is first seen
    use_anthropic_key: bool = False  # the private gateway may bill ANTHROPIC_API_KEY
    idle_stop_hours: float = 8.0  # of the private gateway; 0: never
    claude_path: str | None = None
    forward_custom_headers: bool = False
    cost_tracking: bool = True
    native_cost: float = 0.0  # USD
    litellm_cost: float = 0.0  # USD
    metrics: bool = True
    track_latency: bool = True
    track_quality: bool = True


def load(environ: Mapping[str, str], tell: store.Tell = say, defaults: Settings | None = None) -> Settings:
    """The settings in force. What the file holds wrongly is told once, and its default used.

    `defaults` names the adapter (`gateway.adapters.load` knows them); None: LiteLLM.
    """
    settings = from_document(store.read(paths.config_file(environ), tell), tell, defaults)
    return replace(
        settings,
        auto_fallback=wishes.auto_fallback(settings.auto_fallback, environ, tell),
        api_key_file=expand(settings.api_key_file, environ) if settings.api_key_file else None,
        gateway_config=expand(settings.gateway_config, environ) if settings.gateway_config else None,
        claude_path=expand(settings.claude_path, environ) if settings.claude_path else None,
    )


def expand(path: str, environ: Mapping[str, str]) -> str:
    """`~/…` in the home of `environ`."""
    return os.path.join(paths.home(environ), path[2:]) if path.startswith("~/") else path


def from_document(
    document: store.Document, tell: store.Tell = say, defaults: Settings | None = None
) -> Settings:
    """Pure but for `tell`, which gets one line for all wrong values together."""
    defaults = defaults or Settings()
    chosen: dict[str, object] = {}
    wrong: list[str] = []
    for key in keys(defaults.adapter):
        value = lookup(document, key)
        if value is None:
            continue
        try:
            chosen[key.field] = key.parse(value)
        except ValueError as error:
            wrong.append(f"{key.path} must be {error}")
    if wrong:
        tell(
            f"litellm_config.json: {'; '.join(wrong)}; using the defaults "
            "(see: claude-fallback for litellm config show)"
        )
    return replace(defaults, **chosen)  # type: ignore[arg-type]  # each parser returns its field's type


def keys(adapter: str = LITELLM) -> tuple[Key, ...]:
    """The settings of one adapter: LiteLLM's own lie at the top of the file, others' under `adapters`."""
    if adapter == LITELLM:
        return KEYS
    own = {field: f"adapters.{adapter}.{field}" for field in _EACH_ADAPTERS}
    return tuple(
        replace(key, path=own.get(key.field, key.path)) for key in KEYS if key.name != "gateway-config"
    )


def find(name: str, adapter: str = LITELLM) -> Key:
    """A key by its short name or its JSON path; UsageError names them all."""
    for key in keys(adapter):
        if name in (key.name, key.path):
            return key
    raise UsageError(f"there is no setting called {name!r}; there are: {', '.join(key.name for key in KEYS)}")


def lookup(document: store.Document, key: Key) -> object:
    """What the file holds for `key`; None when nothing (a JSON null counts as nothing)."""
    value: object = document
    for part in key.path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def as_document(wanted: Settings) -> store.Document:
    """All settings, shaped as the file is."""
    document: store.Document = {}
    for key in keys(wanted.adapter):
        put(document, key, plain(getattr(wanted, key.field)))
    return document


def put(document: store.Document, key: Key, value: object) -> None:
    """Write one value where `key` lies; whatever else stands in the way of its path is replaced."""
    *parents, last = key.path.split(".")
    for part in parents:
        inner = document.get(part)
        if not isinstance(inner, dict):
            document[part] = inner = {}
        document = inner
    document[last] = value


def plain(value: object) -> object:
    """As JSON knows it: 5 rather than 5.0, lists and objects."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value
