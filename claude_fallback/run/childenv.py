"""The environment and the settings of a run on the gateway, as data. Pure.

Settings files beat the environment (1.0.100 to 2.1.330, run), so every variable goes in twice: through the
environment, and through the one `--settings` file that beats the user's and the project's settings.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from claude_fallback.gateway import proxy
from claude_fallback.gateway.adapter import Auth

if TYPE_CHECKING:
    from claude_fallback.gateway.target import Target

# What would send native credentials to the gateway, or the run past it.
REMOVED = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_UNIX_SOCKET",
    "ANTHROPIC_IDENTITY_TOKEN",
    "ANTHROPIC_IDENTITY_TOKEN_FILE",
    "ANTHROPIC_PROFILE",
    "CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR",
    "CLAUDE_CODE_OAUTH_REFRESH_TOKEN",
    "CLAUDE_CODE_SESSION_ACCESS_TOKEN",
    "CLAUDE_CODE_USE_ANTHROPIC_AWS",
    "CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_GATEWAY",
    "CLAUDE_CODE_USE_MANTLE",
    "CLAUDE_CODE_USE_VERTEX",
    # waits out a limit in silence, for hours (2.1.186+)
    "CLAUDE_CODE_RETRY_WATCHDOG",
)
_TOKENS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
CUSTOM_HEADERS = "ANTHROPIC_CUSTOM_HEADERS"
RETRIES = "2"  # default is 10: a dead gateway then costs 188 s instead of 2 s (2.1.197, run)
ROUTE = "CLAUDE_FALLBACK_ROUTE"  # told to nested calls: native or gateway
ADAPTER = "CLAUDE_FALLBACK_ADAPTER"  # …and which kind of gateway it is

_FAMILY_MODELS = {
    "ANTHROPIC_DEFAULT_OPUS_MODEL": "opus",
    "ANTHROPIC_DEFAULT_SONNET_MODEL": "sonnet",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL": "haiku",
    "ANTHROPIC_DEFAULT_FABLE_MODEL": "fable",
    "ANTHROPIC_SMALL_FAST_MODEL": "haiku",  # helper calls up to 1.0.128 know no other
}


def variables(target: Target, model: str, environ: Mapping[str, str]) -> dict[str, str]:
    """What a gateway run sets. `model` answers the main thread and subagents.

    `environ` is what claude sees, its settings files included.
    """
    found = {
        "CLAUDE_CODE_MAX_RETRIES": _retries(environ.get("CLAUDE_CODE_MAX_RETRIES", "")),
        **_access(target),
        **({} if target.adapter.serves_claude else _stand_in(model, target.model_for, environ)),
        **target.adapter.env,
        ADAPTER: target.adapter.name,
    }
    if target.base_url and not target.proxy and proxy.named(environ):
        excepted = proxy.excepting(target.base_url, proxy.exceptions(environ))
        found |= dict.fromkeys(proxy.EXCEPTIONS, excepted)
    return found


def _access(target: Target) -> dict[str, str]:
    """The address, and the key as the gateway expects it; a cloud's are claude's own business."""
    if target.adapter.cloud:
        return {}
    name = "ANTHROPIC_API_KEY" if target.adapter.auth is Auth.X_API_KEY else "ANTHROPIC_AUTH_TOKEN"
    return {"ANTHROPIC_BASE_URL": target.base_url, name: target.key}


def _stand_in(
    model: str, model_for: Callable[[str | None], str], environ: Mapping[str, str]
) -> dict[str, str]:
    """Names and limits where another model answers in Claude's place; `model_for` maps a family."""
    return {
        "ANTHROPIC_MODEL": model,
        "ANTHROPIC_DEFAULT_MODEL": model,
        "CLAUDE_CODE_SUBAGENT_MODEL": model,
        **{name: model_for(family) for name, family in _FAMILY_MODELS.items()},
        # claude takes an unknown model for one with a window of a million tokens, and never compacts
        "CLAUDE_CODE_DISABLE_1M_CONTEXT": "1",
        "CLAUDE_CODE_MAX_CONTEXT_TOKENS": environ.get("CLAUDE_CODE_MAX_CONTEXT_TOKENS") or "200000",
        # gateways answer beta fields that they do not know with 400
        "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS": "1",
        # most models behind a gateway refuse the request when thinking is asked for
        "MAX_THINKING_TOKENS": "0",
        # what 1.0.100 and later do by themselves; 1.0.60 asks anew after a minute, which a model on this
        # machine may need to read the prompt (run)
        "API_TIMEOUT_MS": environ.get("API_TIMEOUT_MS") or "600000",
    }


def _retries(users: str) -> str:
    """The user's own number when it is smaller still."""
    return min(users, RETRIES, key=int) if users.isdecimal() and len(users) < 10 else RETRIES


def removed(forward_custom_headers: bool) -> tuple[str, ...]:
    return REMOVED if forward_custom_headers else (*REMOVED, CUSTOM_HEADERS)


def blanked(gone: tuple[str, ...], target: Target, named: Collection[str]) -> tuple[str, ...]:
    """What of `gone` is emptied in our settings: all of it, as a file that we do not know of may set it.

    An empty token is sent as `Authorization: Bearer ` up to 2.1.112 (run), which spoils a cloud's signature
    and stands beside an API key. So there it is emptied only where a settings file sets it (`named`).
    """
    if target.adapter.auth is Auth.BEARER:
        return gone
    return tuple(name for name in gone if name not in _TOKENS or name in named)


def gateway_env(
    environ: Mapping[str, str], added: Mapping[str, str], gone: tuple[str, ...]
) -> dict[str, str]:
    """The environment of a gateway run; the environment is the caller's and stays as it is."""
    kept = {name: value for name, value in environ.items() if name not in gone}
    return {**kept, **added, ROUTE: "gateway"}


def settings_patch(
    users: Mapping[str, object], added: Mapping[str, str], blank: tuple[str, ...], names: Sequence[str] = ()
) -> dict[str, object]:
    """The user's own `--settings` with ours over them. "" switches a key off; null would void the file.

    `names` are all the models that the gateway shall be asked for. 2.1.330 heeds them in `/model`, and in
    commands and agents that name a model of their own (run); 2.1.112 does not.
    """
    env = users.get("env")
    kept = (
        {name: value for name, value in env.items() if name not in _TOKENS} if isinstance(env, dict) else {}
    )
    return {
        **users,
        **({"availableModels": list(names), "permissions": _asking(users)} if names else {}),
        "env": {**kept, **dict.fromkeys(blank, ""), **added},
        "apiKeyHelper": "",
        "autoContinueAtUsageLimit": False,
    }


def _asking(users: Mapping[str, object]) -> dict[str, object]:
    """In auto mode (2.1.330's default in a terminal) a model of Anthropic's judges each tool call. Here the
    gateway's would: ten requests for one call, and no usable answer (2.1.330, 2.1.331, run)."""
    rules = users.get("permissions")
    return {**(rules if isinstance(rules, dict) else {}), "disableAutoMode": "disable"}


def conflicts(settings: Mapping[str, object], added: Mapping[str, str], gone: tuple[str, ...]) -> list[str]:
    """What in a settings file that we cannot beat would send the run, or a secret, to the wrong place."""
    env = settings.get("env")
    env = env if isinstance(env, dict) else {}
    names = [name for name in env if name in added or name in gone]
    url = added.get("ANTHROPIC_BASE_URL", "")
    for name in proxy.EXCEPTIONS:
        if name in names and proxy.is_excepted(url, str(env[name])):
            names.remove(name)  # it says the same
    return [f"env.{name}" for name in names] + (["apiKeyHelper"] if settings.get("apiKeyHelper") else [])
