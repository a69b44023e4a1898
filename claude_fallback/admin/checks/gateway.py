"""The gateway: there, key, models, room for a conversation, the same clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import orjson

from claude_fallback.admin import situation
from claude_fallback.admin.checks.configuration import CONFIG
from claude_fallback.admin.checks.files import state
from claude_fallback.admin.checks.finding import Case, Finding, fail, ok, warn
from claude_fallback.errors import FallbackError
from claude_fallback.gateway.http import Reply, get
from claude_fallback.gateway.inside.backend import tokens
from claude_fallback.gateway.probe import probe
from claude_fallback.gateway.target import Target, resolve
from claude_fallback.memory.connection import current

_FAMILIES = ("opus", "sonnet", "haiku", "fable")
_PROMPT = 30_000  # tokens: what claude says before the user has said a word (2.1.330, run: about 25,000)
_SKEW = timedelta(minutes=2)
_PATIENCE = 2.0  # seconds


def serving(case: Case) -> Iterator[Finding]:
    """Ready, or able to become ready on need."""
    found = current(state(case), case.now)
    there, model = situation.ask(case.settings, case.environ, found)
    if there.ready:
        yield ok("gateway", there.detail)
    elif there.able:
        yield ok("gateway", f"{there.detail} ({model})")
    else:
        said, _, remedy = (
            there.detail.partition("; ") if not there.remedy else (there.detail, "", there.remedy)
        )
        yield fail("gateway", said, remedy.partition(": ")[2] or remedy)


def models(case: Case) -> Iterator[Finding]:
    """Whatever model a run asks for, the gateway has the one that it leads to."""
    target = _target(case)
    if target is None:
        return
    wanted: dict[str, list[str]] = {}
    for family in _FAMILIES:
        wanted.setdefault(target.model_for(family), []).append(family)
    wanted.pop(target.model_for(None), None)  # `serving` has asked for it
    with ThreadPoolExecutor(len(wanted) or 1) as pool:
        served = pool.map(lambda name: probe(target.endpoint, name, _PATIENCE), wanted)
        missing = [name for name, health in zip(wanted, served, strict=True)
                   if health.key_accepted and not health.model_served]  # fmt: skip
    for name in missing:
        families = ", ".join(wanted[name])
        remedy = f"{CONFIG} set add-model-mapping {wanted[name][0]}:NAME"
        yield warn("models", f"{families}: {name}, which {target.base_url} does not serve", remedy)
    if not missing:
        yield ok("models", f"opus, sonnet, haiku and fable lead to models that {target.base_url} serves")


def room(case: Case) -> Iterator[Finding]:
    """A conversation fits the model, where the gateway tells its size (LiteLLM does: `/model/info`)."""
    target = _target(case)
    reply = _asked(target, "/model/info") if target else None
    if target is None or reply is None or reply.status != 200:
        return
    model = target.model_for(None)
    size = _size(reply.body, model)
    change = f"{CONFIG} set model NAME"
    if size is None:
        return
    if size < _PROMPT:
        yield fail(
            "context", f"{model} takes {size:,} tokens; claude's own instructions need {_PROMPT:,}", change
        )
    elif size < (tokens(case.environ.get("CLAUDE_CODE_MAX_CONTEXT_TOKENS")) or 200_000):
        yield warn("context", f"{model} takes {size:,} tokens; longer conversations will not fit",
                   f"export CLAUDE_CODE_MAX_CONTEXT_TOKENS={size}")  # fmt: skip
    else:
        yield ok("context", f"{model} takes {size:,} tokens")


def clock(case: Case) -> Iterator[Finding]:
    """Reset times are compared with this machine's clock; the gateway's `Date` header is a second one."""
    target = _target(case)
    reply = _asked(target, "/health/liveliness") if target else None
    there = _date(reply.headers.get("date", "")) if reply else None
    if there is None:
        return
    apart = abs(there - datetime.now(there.tzinfo))
    if apart > _SKEW:
        yield warn("clock", f"this machine and the gateway are {apart.total_seconds():,.0f} s apart",
                   "set the clock: timedatectl set-ntp true")  # fmt: skip
    else:
        yield ok("clock", "agrees with the gateway's")


def _target(case: Case) -> Target | None:
    """A gateway that can be asked; None for a cloud's, and where `serving` says why there is none."""
    try:
        found = resolve(case.settings, case.environ)
    except FallbackError:
        return None
    return None if found.adapter.cloud else found


def _asked(target: Target, path: str) -> Reply | None:
    try:
        headers = {"Authorization": f"Bearer {target.key}"}
        return get(target.base_url.rstrip("/") + path, headers, time.monotonic() + _PATIENCE)
    except (OSError, ValueError):
        return None  # `serving` says why


def _size(body: bytes, model: str) -> int | None:
    """`max_input_tokens` of the model, None when it is not told."""
    try:
        rows = orjson.loads(body)["data"]
        infos = [row.get("model_info") or {} for row in rows if row.get("model_name") == model]
        sizes = [info.get("max_input_tokens") for info in infos]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return None
    return min((size for size in sizes if isinstance(size, int) and size > 0), default=None)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else None
