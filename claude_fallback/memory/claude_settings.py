"""claude's own settings files: read, never written."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping

import orjson

from claude_fallback import paths

_MANAGED = ("/etc/claude-code", "/Library/Application Support/ClaudeCode")


def environment(
    environ: Mapping[str, str], flag: dict[str, object] | None = None, *, folder: bool = False
) -> dict[str, str]:
    """`environ` as a claude sees it: the `env` of its settings files over it (1.0.60 to 2.1.330, run).

    `flag` is what its `--settings` holds. `folder`: the project's files count, too. In a terminal they do
    once the user trusts it: a folder that was just cloned must not choose the way that a key takes.
    """
    places = [_users(environ), *(_projects() if folder else [])]
    contents = [content for _, content in _contents_of(places)]
    contents += [flag or {}, *(content for _, content in unbeatable(environ, knows_settings_flag=True))]
    merged = dict(environ)
    for content in contents:
        merged |= {name: value for name, value in _env(content).items() if isinstance(value, str)}
    return merged


def users_env(environ: Mapping[str, str]) -> dict[str, object]:
    """What the user's own settings.json sets."""
    return next((_env(content) for _, content in _contents_of([_users(environ)])), {})


def saves_sessions(environ: Mapping[str, str]) -> bool:
    """False where claude is told to write no transcripts: `CLAUDE_CODE_SKIP_PROMPT_HISTORY` (2.1.112 to
    2.1.332, not 2.1.30, run), `cleanupPeriodDays: 0` in any of its files (1.0.60 to 2.1.30, run)."""
    places = [_users(environ), *_projects()]
    contents = [*_contents_of(places), *unbeatable(environ, knows_settings_flag=True)]
    if any(content.get("cleanupPeriodDays") == 0 for _, content in contents):
        return False
    skips = environment(environ, folder=True).get("CLAUDE_CODE_SKIP_PROMPT_HISTORY", "")
    return skips.lower() not in ("1", "true", "yes", "on")


def unbeatable(
    environ: Mapping[str, str], knows_settings_flag: bool
) -> Iterator[tuple[str, dict[str, object]]]:
    """(path, content) of settings that beat ours: managed ones; all files where there is no `--settings`."""
    places = [os.path.join(paths.config_dir(environ), "remote-settings.json")]  # an organisation's, cached
    for folder in _MANAGED:
        drop_ins = glob.glob(os.path.join(glob.escape(folder), "managed-settings.d", "*.json"))
        places += [os.path.join(folder, "managed-settings.json"), *sorted(drop_ins)]
    yield from _contents_of(places if knows_settings_flag else [*places, _users(environ), *_projects()])


def named(environ: Mapping[str, str]) -> set[str]:
    """The variables that the user's and the project's own settings files set."""
    found = _contents_of([_users(environ), *_projects()])
    return {name for _, content in found for name in _env(content)}


def _env(content: Mapping[str, object]) -> dict[str, object]:
    env = content.get("env")
    return env if isinstance(env, dict) else {}


def _users(environ: Mapping[str, str]) -> str:
    return os.path.join(paths.config_dir(environ), "settings.json")


def _projects() -> list[str]:
    project = os.path.join(os.getcwd(), ".claude")
    return [os.path.join(project, "settings.json"), os.path.join(project, "settings.local.json")]


def _contents_of(places: list[str]) -> Iterator[tuple[str, dict[str, object]]]:
    for place in places:
        try:
            with open(place, "rb") as file:
                content = parsed(file.read())
        except OSError:
            continue
        if content:
            yield place, content


def parsed(raw: bytes) -> dict[str, object] | None:
    try:
        found = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
