"""What may stand in a setting. Each function takes what JSON or a command line holds.

ValueError says what is accepted, as in "must be …".
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Mapping

A_YEAR = 8760  # hours
A_DAY = 1440  # minutes
_LAST_PORT = 65535
A_TRILLION = 1e12  # dollars; beyond it no JSON of ours holds a whole number

_WORDS = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


def switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _WORDS:
        return _WORDS[value.strip().lower()]
    raise ValueError("on or off")


def fallback_mode(value: object) -> bool | str:
    """True, False, or "ask"."""
    if isinstance(value, str) and value.strip().lower() == "ask":
        return "ask"
    try:
        return switch(value)
    except ValueError:
        raise ValueError("on, off or ask") from None


def return_mode(value: object) -> str:
    """When a session on the gateway goes back to native after the reset."""
    if isinstance(value, str) and value.strip().lower() in ("idle", "exit"):
        return value.strip().lower()
    raise ValueError("idle or exit")


def model_name(value: object) -> str:
    if isinstance(value, str) and value.strip() and value.strip().isprintable() and " " not in value.strip():
        return value.strip()
    raise ValueError("a model's name")


def address(value: object) -> str:
    """Its last slash dropped. One with a password in it is refused: this file holds no secrets."""
    text = value.strip() if isinstance(value, str) else ""
    found = re.fullmatch(
        r"https?://(?:[\w.-]+|\[([0-9a-f:.]+)\])(?::(\d{1,5}))?(?:/[\w./~%-]*)?", text, re.IGNORECASE
    )
    if found and int(found[2] or 1) <= _LAST_PORT and (found[1] is None or _is_ipv6(found[1])):
        return text.rstrip("/")
    raise ValueError("an http(s) URL such as http://127.0.0.1:4000, without user, password or query")


def _is_ipv6(text: str) -> bool:
    import socket

    try:
        socket.inet_pton(socket.AF_INET6, text)
    except OSError:
        return False
    return True


def hours(value: object) -> float:
    number = _number(value)
    if number is None or not 0 < number <= A_YEAR:
        raise ValueError(f"a number of hours, more than 0 and at most {A_YEAR}")
    return number


def minutes(value: object) -> float:
    number = _number(value)
    if number is None or not 0 <= number <= A_DAY:
        raise ValueError(f"a number of minutes, from 0 to {A_DAY}")
    return number


def idle_hours(value: object) -> float:
    """0: never."""
    number = _number(value)
    if number is None or not 0 <= number <= A_YEAR:
        raise ValueError(f"a number of hours, at most {A_YEAR}; 0: never")
    return number


def amount(value: object) -> float:
    """USD."""
    number = _number(value)
    if number is None or not 0 <= number < A_TRILLION:
        raise ValueError("an amount of dollars")
    return number


def switch_count(value: object) -> int:
    number = _number(value)
    if number is None or number != int(number) or not 0 <= number <= 10:
        raise ValueError("a whole number from 0 to 10")
    return int(number)


def table(value: object) -> Mapping[str, str]:
    accepted = "an object of model names"
    if not isinstance(value, dict):
        raise ValueError(accepted)
    try:
        return {model_name(asked): model_name(served) for asked, served in value.items()}
    except ValueError:
        raise ValueError(accepted) from None


def variable_name(value: object) -> str:
    """The value is never repeated in the message: it may be the key itself, set here by mistake."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", value):
        return value
    raise ValueError("the name of an environment variable, such as LITELLM_API_KEY; never the key itself")


def command(value: object) -> str:
    """A program and its arguments, quoted as in a shell; no shell runs it."""
    accepted = "a command such as `pass show litellm`; for pipes: sh -c '…'"
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError(accepted)
    try:
        shlex.split(value)
    except ValueError:
        raise ValueError(accepted) from None
    return value.strip()


def chain(value: object) -> tuple[str, ...]:
    """Names in the order of their turns, each once: `a,b,c` or a list."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list | tuple):
        raise ValueError("names of adapters and models, separated by commas")
    return tuple(dict.fromkeys(model_name(name) for name in names))


def file_path(value: object) -> str:
    """Absolute, or in the home: claude-fallback runs in every folder."""
    if isinstance(value, str) and value.startswith(("/", "~/")) and value.isprintable():
        return value
    raise ValueError("the absolute path of a file")


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
