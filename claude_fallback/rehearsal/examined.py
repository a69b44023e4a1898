"""Around a drill: whether it can be held here, and the verdict that is kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

from claude_fallback.errors import FallbackError
from claude_fallback.memory import claude_settings, store, verdicts
from claude_fallback.rehearsal.drill import Drill
from claude_fallback.run import childenv


def refuse_managed(environ: Mapping[str, str]) -> None:
    """Settings of the organisation beat every environment: no stand-in would be asked."""
    ours = dict.fromkeys(("ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN"), "")
    for path, content in claude_settings.unbeatable(environ, knows_settings_flag=True):
        found = childenv.conflicts(content, ours, childenv.removed(forward_custom_headers=False))
        if found:
            raise FallbackError(
                f"no drill here: {path} sets {found[0]}, which would take claude away from the stand-ins;"
                " test a text instead: claude-fallback for litellm test-rate-limit TEXT"
            )


def keep(done: Drill, environ: Mapping[str, str], tell: store.Tell) -> None:
    """For `status`, `doctor`, and so that the next run needs no drill."""
    release = ".".join(map(str, done.release)) if done.release else "of an unknown release"
    modes = {outcome.mode: outcome.fault for outcome in done.outcomes}
    verdicts.keep(done.claude, verdicts.Verdict(release, datetime.now(timezone.utc), modes), environ, tell)
