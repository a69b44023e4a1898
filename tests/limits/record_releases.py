"""Records what real releases of claude print and write down for every scenario of the rehearsal.

    python tests/limits/record_releases.py FOLDER RELEASE…

FOLDER/RELEASE holds an `npm install` of the release. Writes tests/limits/recorded/RELEASE.json: only what
detection reads, without session ids, paths and counters. Needs no network and no account.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from claude_fallback.rehearsal.scenarios import SCENARIOS, script
from claude_fallback.rehearsal.server import StandIn

RECORDED = Path(__file__).parent / "recorded"
RESET = 3 * 3600 + 7 * 60  # seconds ahead: inside every window, minutes visible in the words
_MORE = ("apiErrorStatus", "quotaLimits", "version")
_ROW = (
    "type",
    "timestamp",
    "isSidechain",
    "isApiErrorMessage",
    "error",
    "apiError",
    "apiErrorParams",
    *_MORE,
)
_NEWER = ("api_error_status", "terminal_reason", "parent_tool_use_id", "is_api_error_message")
_EVENT = (
    "type",
    "subtype",
    "is_error",
    "result",
    "errors",
    "error",
    "api_error",
    "api_error_params",
    *_NEWER,
)
_STREAM = ("--output-format", "stream-json", "--verbose")
_CREDENTIALS = {
    "subscription": {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-made-up"},
    "api_key": {"ANTHROPIC_API_KEY": "sk-ant-api03-made-up"},
}


def main(folder: str, *releases: str) -> None:
    for release in releases:
        cases = {name: case for name in SCENARIOS if (case := _record(_command(folder, release), name))}
        text = json.dumps(cases, indent=1, ensure_ascii=False, sort_keys=True)
        (RECORDED / f"{release}.json").write_text(text + "\n", encoding="utf-8")


def _command(folder: str, release: str) -> list[str]:
    package = Path(folder) / release / "node_modules/@anthropic-ai"
    bundle, native = package / "claude-code/cli.js", package / "claude-code-linux-x64/claude"
    return ["node", str(bundle)] if bundle.exists() else [str(native)]


def _record(command: list[str], name: str) -> dict[str, Any] | None:
    """One scenario in text and in stream-json; None when this release goes on retrying for too long."""
    now = int(time.time())
    with tempfile.TemporaryDirectory() as home, StandIn(script(name, now + RESET)) as api:
        port = str(api.port)
        try:
            streamed = _run(command, name, api.url, home, _STREAM)
            rows = sorted(_transcript(home), key=lambda row: str(row["timestamp"]))
            api.play(script(name, now + RESET))
            text = _run(command, name, api.url, home, ())
        except subprocess.TimeoutExpired:
            return None
    events = [json.loads(line) for line in streamed.stdout.splitlines() if line.startswith("{")]
    case = {
        "now": now,
        "resets_at": now + RESET,
        "text": {"stdout": text.stdout, "exit_code": text.returncode},
        "rows": [_only(row, _ROW) for row in rows[-4:]],
        **_of_stream(events),
    }
    answer: dict[str, Any] = json.loads(json.dumps(case).replace(port, "4000"))
    return answer


def _run(
    command: list[str], name: str, url: str, home: str, more: tuple[str, ...]
) -> subprocess.CompletedProcess[str]:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "TZ": "UTC",
        "IS_SANDBOX": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_TELEMETRY": "1",
        "CLAUDE_CODE_MAX_RETRIES": "0",
        "ANTHROPIC_BASE_URL": url,
        **_CREDENTIALS[SCENARIOS[name].login],
    }
    argv = [*command, "-p", "say hello", "--allowedTools", "Bash,Write", *SCENARIOS[name].args, *more]
    return subprocess.run(
        argv, env=environ, cwd=home, input="", capture_output=True, text=True, timeout=25, check=False
    )


def _transcript(home: str) -> Iterator[dict[str, Any]]:
    """The answers in all of the run's files: some releases write one for each of their own warm-up calls."""
    for file in sorted(Path(home).glob(".claude/projects/*/*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["type"] == "assistant":
                yield row


def _of_stream(events: list[dict[str, Any]]) -> dict[str, Any]:
    results = [event for event in events if event["type"] == "result"]
    said = [event for event in events if event["type"] == "assistant" and not event.get("parent_tool_use_id")]
    own = [event for event in said if event["message"]["model"] == "<synthetic>"]
    infos = [event["rate_limit_info"] for event in events if event["type"] == "rate_limit_event"]
    refused = [info for info in infos if info["status"] == "rejected" and not info.get("isUsingOverage")]
    return {
        "result": _only(results[-1], _EVENT) if results else None,
        "synthetic": _only(own[-1], _EVENT) if own else None,
        "rate_limit": refused[-1] if refused else None,
    }


def _only(event: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The named fields, and of a message its model and its words."""
    kept = {name: event[name] for name in names if name in event}
    if isinstance(message := event.get("message"), dict):
        kept["message"] = {"model": message.get("model"), "content": message.get("content")}
    return kept


if __name__ == "__main__":
    main(*sys.argv[1:])
