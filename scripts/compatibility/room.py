"""The clean room of one claude: an empty home, made-up keys, a stand-in for Anthropic's API."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from claude_fallback.rehearsal.scenarios import SCENARIOS

PROMPT = "say hello"
TOOLS = ("--allowedTools", "Bash,Write,Task,Agent")
_CREDENTIALS = {
    "subscription": {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-made-up"},
    "api_key": {"ANTHROPIC_API_KEY": "sk-ant-api03-made-up-by-the-matrix"},
}
_ONBOARDED = {
    "hasCompletedOnboarding": True,
    "theme": "dark",
    "numStartups": 3,
    "bypassPermissionsModeAccepted": True,
    "customApiKeyResponses": {"approved": [_CREDENTIALS["api_key"]["ANTHROPIC_API_KEY"][-20:]]},
}


def environment(home: str, url: str, scenario: str) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": home,
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "TZ": "UTC",
        "IS_SANDBOX": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_TELEMETRY": "1",
        "CLAUDE_CODE_MAX_RETRIES": "0",
        "ANTHROPIC_BASE_URL": url,
        **_CREDENTIALS[SCENARIOS[scenario].login],
    }


def furnish(home: str, work: str | None = None, *, trusted: bool = True) -> None:
    """A claude that has been here before: no first-run questions, not even whether `work` is trusted."""
    project = {"hasTrustDialogAccepted": trusted, "hasCompletedProjectOnboarding": True, "allowedTools": []}
    known: Mapping[str, Any] = {**_ONBOARDED, "projects": {os.path.realpath(work or home): project}}
    Path(home, ".claude.json").write_text(json.dumps(known), encoding="utf-8")


def arguments(scenario: str) -> list[str]:
    return [PROMPT, *TOOLS, *SCENARIOS[scenario].args]


def transcript(home: str) -> list[dict[str, Any]]:
    """The answers in all of the run's files: some releases write one for each of their own warm-up calls."""
    rows = []
    for file in sorted(Path(home).glob(".claude/projects/*/*.jsonl")):
        for line in file.read_bytes().splitlines():
            try:
                row = json.loads(line)
            except ValueError:  # being written
                continue
            if isinstance(row, dict) and row.get("type") == "assistant":
                rows.append(row)
    return sorted(rows, key=lambda row: str(row.get("timestamp")))
