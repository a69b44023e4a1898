"""How claude says that a turn failed for another reason: server, login, size, the user's own caps."""

from __future__ import annotations

from claude_fallback.limits.limit import Kind
from claude_fallback.limits.wording import Wording

ERROR_WORDINGS: tuple[Wording, ...] = (
    Wording("API Error: Rate limit reached", Kind.THROTTLE, "2.0.32-2.1.88", "API Error: Rate limit reached"),
    # 1.0.100 to 2.0.10 print this for a 429 without quota headers: a throttle, or 1M context not included.
    Wording(
        "Claude AI usage limit reached|0", Kind.THROTTLE, "1.0.60-2.0.10", "Claude AI usage limit reached|0"
    ),
    Wording(
        "API Error: Request rejected (429)[ · {text}]",
        Kind.THROTTLE,
        "2.1.89-",
        "API Error: Request rejected (429) · This request would exceed your account's rate limit."
        " Please try again later.",
    ),
    Wording(
        "API Error: Server is temporarily limiting requests (not your usage limit)[ · {text}]",
        Kind.THROTTLE,
        "2.1.108-",
        "API Error: Server is temporarily limiting requests (not your usage limit) · Rate limited",
    ),
    Wording(
        "API Error: 429 {text}",
        Kind.THROTTLE,
        "0.2.100-2.1.104",
        'API Error: 429 {"type":"error","error":{"type":"rate_limit_error","message":"Rate limited"}}',
    ),
    Wording(
        "API Error: 529 {text}",
        Kind.OVERLOAD,
        "0.2.100-",
        "API Error: 529 Overloaded. This is a server-side issue, usually temporary — try again in a moment.",
    ),
    Wording(
        "API Error: {text}overloaded_error{text}",
        Kind.OVERLOAD,
        "0.2.100-2.1.104",
        'API Error: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    ),
    Wording(
        "API Error: Repeated 529 Overloaded errors[.][ {text}]",
        Kind.OVERLOAD,
        "1.0.60-",
        "API Error: Repeated 529 Overloaded errors. The API is at capacity — this is usually temporary."
        " Try again in a moment.",
    ),
    Wording(
        "Repeated server overload with Opus model",
        Kind.OVERLOAD,
        "1.0.17-2.0.10",
        "Repeated server overload with Opus model",
    ),
    Wording(
        "{Opus|Fable} is experiencing high load{, please use /model to switch to|. Switch to} Sonnet[.]",
        Kind.OVERLOAD,
        "1.0.17-",
        "Opus is experiencing high load, please use /model to switch to Sonnet",
    ),
    Wording(
        "API Error: 5{n} {text}",
        Kind.SERVER,
        "0.2.100-",
        "API Error: 500 Internal server error. This is a server-side issue, usually temporary — try again in"
        " a moment.",
    ),
    Wording(
        "API Error: {n} {json}· Please run /login",
        Kind.LOGIN,
        "1.0.60-2.0.42",
        'API Error: 403 {"type":"error","error":{"type":"permission_error"}} · Please run /login',
    ),
    Wording(
        "API Error: 403 {text}", Kind.LOGIN, "0.2.100-", "API Error: 403 Your account does not have access"
    ),
    Wording("API Error: 401 {text}", Kind.LOGIN, "0.2.100-", "API Error: 401 Invalid bearer token"),
    Wording(
        "Invalid API key · {Please run /login|Fix external API key}",
        Kind.LOGIN,
        "0.2.100-",
        "Invalid API key · Please run /login",
    ),
    Wording(
        "Login {expired|reached its time limit} · Please run /login",
        Kind.LOGIN,
        "2.1.197-",
        "Login reached its time limit · Please run /login",
    ),
    Wording("Not logged in · Please run /login", Kind.LOGIN, "2.1.30-", "Not logged in · Please run /login"),
    Wording(
        "OAuth token {revoked|has expired} · Please run /login",
        Kind.LOGIN,
        "1.0.17-",
        "OAuth token revoked · Please run /login",
    ),
    Wording(
        "Please run /login · API Error: {text}",
        Kind.LOGIN,
        "1.0.100-",
        'Please run /login · API Error: 401 {"type":"error","error":{"type":"authentication_error"}}',
    ),
    Wording(
        "Failed to authenticate{.|:} {text}",
        Kind.LOGIN,
        "2.1.90-",
        "Failed to authenticate. API Error: 401 x",
    ),
    Wording(
        "Prompt is too long[ · the request is {text}]",
        Kind.CONTEXT,
        "0.2.100-",
        "Prompt is too long · the request is ~213462 tokens (limit 200000) but this conversation is only"
        " ~2601 tokens — the rest is system prompt, tool definitions, and attachment content.",
    ),
    Wording(
        "API Error: The model has reached its context window limit.",
        Kind.CONTEXT,
        "2.1.90-",
        "API Error: The model has reached its context window limit.",
    ),
    Wording(
        "Context limit reached · /compact or /clear to continue",
        Kind.CONTEXT,
        "2.0.1-",
        "Context limit reached · /compact or /clear to continue",
        where="TUI",
    ),
    # A connection that broke says nothing about the account.
    Wording(
        "API Error: {Connection error.|Connection dropped|Unable to connect to API}[ ({text})][. {text}]",
        Kind.UNKNOWN,
        "1.0.60-",
        "API Error: Connection dropped (ECONNRESET). Check the gateway set in ANTHROPIC_BASE_URL, then try"
        " again.",
    ),
    Wording(
        "Error: Reached max turns ({n})", Kind.TURNS, "1.0.60-", "Error: Reached max turns (3)", where="text"
    ),
    Wording(
        "Reached {maximum number of turns|maximum budget} ({text})",
        Kind.TURNS,
        "2.1.12-",
        "Reached maximum number of turns (3)",
        where="JSON",
    ),
    Wording(
        "Error: Exceeded USD budget ({text})",
        Kind.TURNS,
        "2.1.12-",
        "Error: Exceeded USD budget (0.5)",
        where="text",
    ),
)
