"""The generated parts of the documentation. `scripts/make-docs` writes them, a test holds them fresh."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

from claude_fallback.admin.group import ACTIONS
from claude_fallback.gateway import adapters
from claude_fallback.limits.catalogue import WORDINGS
from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.limits.wording import Wording
from claude_fallback.memory.settings import KEYS, Key, Settings, plain
from claude_fallback.run import decide
from scripts import meanings, tables
from scripts.cache import ROOT
from scripts.compatibility.page import compatibility_page
from scripts.compatibility.recording import read_all


def main() -> int:
    for path, text in generated().items():
        write(path, text)
        print(path)
    return 0


def write(path: str, text: str) -> None:
    with open(os.path.join(ROOT, path), "w", encoding="utf-8") as file:
        file.write(text)


def generated() -> dict[str, str]:
    """Every file with a generated part, as it should be now; paths are the checkout's."""
    return {
        "README.md": with_parts(_read("README.md"), {"settings": settings_table, "limits": limits_table}),
        "docs/adapters.md": with_parts(_read("docs/adapters.md"), {"adapters": adapters_table}),
        "docs/commands.md": commands_page(),
        "docs/compatibility.md": compatibility_page(read_all()),
        "docs/limit-messages.md": messages_page(),
    }


def with_parts(text: str, parts: dict[str, Callable[[], str]]) -> str:
    """`text` with what stands between `<!-- NAME: made by … -->` and `<!-- end -->` made anew."""
    for name, make in parts.items():
        before, begin, rest = text.partition(f"<!-- {name}: made by scripts/make-docs -->\n")
        _, end, after = rest.partition("<!-- end -->")
        if not end:
            raise ValueError(f"there is no place for the table of {name}")
        text = before + begin + make() + end + after
    return text


def settings_table() -> str:
    rows = ((f"`{key.name}`", _default(key), meanings.SETTINGS[key.name]) for key in KEYS)
    return tables.markdown(("setting", "default", "meaning"), rows)


def adapters_table() -> str:
    found = [adapters.find(name) for name in adapters.names()]
    rows = (
        (
            f"`{one.name}`",
            one.about,
            f"`{one.base_url}`" if one.base_url else "",
            ", ".join(f"`{name}`" for name in (*one.needs, *(() if one.keyless else (one.key_env,)))) or "",
            f"`{one.model}`",
            one.billed,
        )
        for one in found
    )
    return tables.markdown(("adapter", "what it is", "address", "variables", "model", "who pays"), rows)


def limits_table() -> str:
    """Asked of the same function that a run asks."""
    rows = ((f"`{kind.value}`", meanings.KINDS[kind], *_decision(kind)) for kind in Kind)
    return tables.markdown(("kind", "what happened", "the run", "later runs"), rows)


def messages_page() -> str:
    lines = [
        "# The words that stop a turn",
        "",
        tables.MADE,
        "",
        "What claude prints, release by release, and what it is taken for. Where claude says it in a field as"
        " well (JSON, transcript), the field decides and the words only refine it. An example stands for each"
        " wording; times, names and numbers vary.",
        "",
        "Test a text of your own: `claude-fallback for litellm test-rate-limit TEXT`.",
    ]
    for kind in (*Kind, None):
        found = [wording for wording in WORDINGS if wording.kind is kind]
        if found:
            lines += ["", *_section(kind, found)]
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """What `--help` really says, of every action and its actions."""
    parts = ["# The commands", "", tables.MADE, ""]
    for action in ([], *([name] for name in ACTIONS)):
        parts += _help_section(action)
    return "\n".join(parts).rstrip("\n") + "\n"


def _help_section(action: list[str]) -> list[str]:
    words = ["for", "litellm", *action]
    said = _help(words)
    section = [f"## claude-fallback {' '.join(words)}", "", "```text", said, "```", ""]
    inner = re.search(r"\nCommands:\n((?:  .*\n?)+)", said + "\n")
    for name in re.findall(r"^  (\w[\w-]*)", inner[1], re.MULTILINE) if inner and action else ():
        section += _help_section([*action, name])
    return section


def _help(words: list[str]) -> str:
    env = {**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "claude_fallback", *words, "--help"]
    done = subprocess.run(
        command, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    return done.stdout.decode().rstrip("\n")


def _section(kind: Kind | None, found: list[Wording]) -> list[str]:
    title = f"## {kind.value}: {meanings.KINDS[kind]}" if kind else "## no limit: the turn goes on"
    rows = (
        (
            tables.code(wording.example),
            wording.window or "",
            meanings.RESETS[wording.reset],
            _releases(wording.releases),
            meanings.PLACES[wording.where],
        )
        for wording in found
    )
    return [
        title,
        "",
        tables.markdown(("claude says", "window", "names its reset", "releases", "seen in"), rows).rstrip(
            "\n"
        ),
    ]


def _releases(releases: str) -> str:
    """`2.1.4-2.1.128` -> `2.1.4 to 2.1.128`; an open end is the newest one known."""
    first, dash, last = releases.partition("-")
    return f"{first} to {last}" if last else f"{first} and later" if dash else first


def _decision(kind: Kind) -> tuple[str, str]:
    stop, every = Limit(kind, ""), Settings(on_error=True)
    needed = {
        "auto-fallback-on-rate-limit": replace(every, on_rate_limit=False),
        "auto-fallback-on-error": replace(every, on_error=False),
    }
    if not decide.switches(stop, every):
        return "stays with claude", "native"
    name = next(name for name, without in needed.items() if not decide.switches(stop, without))
    default = "goes on through the gateway" if decide.switches(stop, Settings()) else "stays, unless"
    run = f"{default} (`{name}`)" if decide.switches(stop, Settings()) else f"{default} `{name}` is on"
    return run, "start on the gateway until the reset" if decide.connects(stop) else "native"


def _default(key: Key) -> str:
    if key.name == "model-mappings":
        return "see `config show`"
    value = plain(key.default) or None if key.default == () else plain(key.default)
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else f"`{value}`"


def _read(path: str) -> str:
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


if __name__ == "__main__":
    raise SystemExit(main())
