"""claude's settings, and variables that lead a run elsewhere or switch us off."""

from __future__ import annotations

from collections.abc import Iterator

from claude_fallback.admin.checks.finding import Case, Finding, fail, ok, warn
from claude_fallback.admin.warnings import warnings
from claude_fallback.gateway.target import Target
from claude_fallback.memory import claude_settings
from claude_fallback.run import childenv

CONFIG = "claude-fallback for litellm config"
_ELSEWHERE = ("ANTHROPIC_BASE_URL", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX",
              "CLAUDE_CODE_USE_FOUNDRY")  # fmt: skip


def unbeatable(case: Case) -> Iterator[Finding]:
    """Managed settings beat ours: what they set, no run can change."""
    ours = childenv.variables(Target("", "", None, case.settings), "", {})
    gone = childenv.removed(case.settings.forward_custom_headers)
    found = False
    for path, content in claude_settings.unbeatable(case.environ, knows_settings_flag=True):
        for name in childenv.conflicts(content, ours, gone):
            found = True
            yield fail("settings", f"{path} sets {name}, which no run can override", f"remove it from {path}")
    if not found:
        yield ok("settings", "no managed setting stands in the way")


def native(case: Case) -> Iterator[Finding]:
    """Where native runs go, and on whose bill."""
    file = claude_settings.users_env(case.environ)
    places = {"the environment": case.environ, "claude's settings.json (env)": file}
    found = [(name, place) for place, names in places.items() for name in _ELSEWHERE if names.get(name)]
    for name, place in found:
        said = f"{name} is set in {place}: native runs do not go to your Claude account, whose limits we know"
        yield warn("native", said, "unset it, if that is not meant")
    told = warnings(case.settings, case.environ)
    for line in told:
        said, _, remedy = line.rpartition("; ")
        yield warn("native", said or line, remedy if said else "")
    if not found and not told:
        yield ok("native", "native runs go to your Claude account; fallback is on")


def inside(case: Case) -> Iterator[Finding]:
    """A shell that claude opened has the route of that run."""
    route = case.environ.get("CLAUDE_FALLBACK_ROUTE")
    if route:
        said = f"this shell belongs to a run of claude: a claude in it stays on its route ({route})"
        yield warn("shell", said, "unset CLAUDE_FALLBACK_ROUTE CLAUDE_FALLBACK_DEPTH")
    else:
        yield ok("shell", "not inside a run of claude")
    if not case.settings.max_switches:
        yield fail("switches", "max-switches is 0: no run switches", f"{CONFIG} unset max-switches")
