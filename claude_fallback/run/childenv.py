"""The environment and the settings of a run on the gateway, as data. Pure.

Settings files beat the environment (1.0.100 to 2.1.330, run), so every variable goes in twice: through the
environment, and through the one `--settings` file that beats the user's and the project's settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

# What would send native credentials to the gateway, or the run past it.
REMOVED = (
    "ANTHROPIC_API_KEY",
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
CUSTOM_HEADERS = "ANTHROPIC_CUSTOM_HEADERS"
RETRIES = "2"  # default is 10: a dead gateway then costs 188 s instead of 2 s (2.1.197, run)
ROUTE = "CLAUDE_FALLBACK_ROUTE"  # told to nested calls: native or gateway

_FAMILY_MODELS = {
    "ANTHROPIC_DEFAULT_OPUS_MODEL": "opus",
    "ANTHROPIC_DEFAULT_SONNET_MODEL": "sonnet",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL": "haiku",
    "ANTHROPIC_DEFAULT_FABLE_MODEL": "fable",
    "ANTHROPIC_SMALL_FAST_MODEL": "haiku",  # helper calls up to 1.0.128 know no other
}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def variables(
    base_url: str, key: str, model: str, model_for: Callable[[str | None], str], environ: Mapping[str, str]
) -> dict[str, str]:
    """What a gateway run sets. `model` answers the main thread and subagents, `model_for` maps a family."""
    found = {
        "ANTHROPIC_BASE_URL": base_url,
        "ANTHROPIC_AUTH_TOKEN": key,
        "ANTHROPIC_MODEL": model,
        "ANTHROPIC_DEFAULT_MODEL": model,
        "CLAUDE_CODE_SUBAGENT_MODEL": model,
        **{name: model_for(family) for name, family in _FAMILY_MODELS.items()},
        "CLAUDE_CODE_MAX_RETRIES": _retries(environ.get("CLAUDE_CODE_MAX_RETRIES", "")),
        # claude takes an unknown model for one with a window of a million tokens, and never compacts
        "CLAUDE_CODE_DISABLE_1M_CONTEXT": "1",
        "CLAUDE_CODE_MAX_CONTEXT_TOKENS": environ.get("CLAUDE_CODE_MAX_CONTEXT_TOKENS") or "200000",
        # gateways answer beta fields that they do not know with 400
        "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS": "1",
        # most models behind a gateway refuse the request when thinking is asked for
        "MAX_THINKING_TOKENS": "0",
    }
    if urlsplit(base_url).hostname in _LOOPBACK:
        known = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
        found["NO_PROXY"] = found["no_proxy"] = ",".join(filter(None, [known, *_LOOPBACK]))
    return found


def _retries(users: str) -> str:
    """The user's own number when it is smaller still."""
    return min(users, RETRIES, key=int) if users.isdecimal() else RETRIES


def removed(forward_custom_headers: bool) -> tuple[str, ...]:
    return REMOVED if forward_custom_headers else (*REMOVED, CUSTOM_HEADERS)


def gateway_env(
    environ: Mapping[str, str], added: Mapping[str, str], gone: tuple[str, ...]
) -> dict[str, str]:
    """The environment of a gateway run; the environment is the caller's and stays as it is."""
    kept = {name: value for name, value in environ.items() if name not in gone}
    return {**kept, **added, ROUTE: "gateway"}


def settings_patch(
    users: Mapping[str, object], added: Mapping[str, str], gone: tuple[str, ...]
) -> dict[str, object]:
    """The user's own `--settings` with ours over them. "" switches a key off; null would void the file."""
    env = users.get("env")
    return {
        **users,
        "env": {**(env if isinstance(env, dict) else {}), **dict.fromkeys(gone, ""), **added},
        "apiKeyHelper": "",
        "autoContinueAtUsageLimit": False,
    }


def conflicts(settings: Mapping[str, object], added: Mapping[str, str], gone: tuple[str, ...]) -> list[str]:
    """What in a settings file that we cannot beat would send the run, or a secret, to the wrong place."""
    env = settings.get("env")
    names = [name for name in (env if isinstance(env, dict) else {}) if name in added or name in gone]
    return [f"env.{name}" for name in names] + (["apiKeyHelper"] if settings.get("apiKeyHelper") else [])
