"""From claude's own failure report to a Limit: structured fields prove it, words refine it.

Nothing here reads a screen or prose. A report is a failed `result` event, the last row of a transcript, or
the whole output of a failed text run; each becomes a Sighting, and `judge` decides what it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo
from typing import Any

from claude_fallback.limits.catalogue import classify
from claude_fallback.limits.limit import Limit
from claude_fallback.limits.verdict import Report, kind_of, resets_at, window_of


@dataclass(frozen=True)
class Sighting:
    """A failure that claude itself reported, not yet judged."""

    text: str  # claude's words, whole
    fields: Mapping[str, object]  # error, api_error, api_error_params, api_error_status, subtype, is_error, …
    rate_limit: Mapping[str, object] | None  # the refused request's rate_limit_info, never one on overage
    source: str  # "result", "transcript" or "text"


_RESULT_FIELDS = (
    "api_error",
    "api_error_params",
    "api_error_status",
    "terminal_reason",
    "subtype",
    "is_error",
)
_EVENT_FIELDS = ("error", "api_error", "api_error_params", "api_error_status")
_ROW_FIELDS = {
    "error": "error",
    "apiError": "api_error",
    "apiErrorParams": "api_error_params",
    "apiErrorStatus": "api_error_status",
}


def from_result(
    result: Mapping[str, Any],
    synthetic: Mapping[str, Any] | None,
    rate_limit: Mapping[str, Any] | None,
    *,
    answered: bool = False,
) -> Sighting | None:
    """A `result` event, with the last main-thread `<synthetic>` assistant event and the last refusing
    `rate_limit_info` of the same turn; None when the result is no failure. `answered`: the model itself spoke
    last, which it never does before an API error (1.0.60 to 2.1.331, run).
    """
    capped = str(result.get("subtype", "")).startswith("error_")
    if not capped and result.get("is_error") is not True:
        return None
    event = synthetic if synthetic is not None and _main_thread(synthetic) else {}
    fields = {name: event[name] for name in _EVENT_FIELDS if event.get(name) is not None}
    fields.update({name: result[name] for name in _RESULT_FIELDS if result.get(name) is not None})
    if answered:
        fields["answered"] = True
    text = _first_text(result.get("result"), _text(event), result.get("errors"))
    return Sighting(text, fields, _refusal(rate_limit) or _refusal_in(fields), "result")


def from_transcript(rows: Sequence[Mapping[str, Any]], since: datetime) -> Sighting | None:
    """The transcript's last word after `since` (aware), when that is an API error of the main thread.

    An answer after the error cancels it. Other rows do not: claude writes snapshots, hook notes and the
    command of its own limit menu behind an error.
    """
    for row in reversed(rows):
        if row.get("type") != "assistant" or not _main_thread(row) or not _newer(row, since):
            continue
        if row.get("isApiErrorMessage") is True:
            return _from_row(row)
        if _message(row).get("model") != "<synthetic>":
            return None
    return None


def from_text(stdout: str, exit_code: int) -> Sighting | None:
    """A failed text run whose whole output, or whose last line, is a wording of the catalogue."""
    whole = stdout.strip()
    if exit_code == 0 or not whole:
        return None
    for text in (whole, whole.splitlines()[-1].strip()):
        wording = classify(text)
        if wording is not None and wording.kind is not None:
            return Sighting(text, {"exit_code": exit_code}, None, "text")
    return None


def judge(sighting: Sighting, now: datetime, zone: tzinfo) -> Limit | None:
    """What stopped the turn. `now` is aware; `zone` is the claude process's, for words that name none."""
    report = Report(sighting.text, sighting.fields, sighting.rate_limit, classify(sighting.text))
    kind, proof = kind_of(report)
    if kind is None:
        return None
    window = window_of(report, kind)
    message = " ".join(sighting.text.split())
    return Limit(kind, message, window, resets_at(report, kind, window, now, zone), proof or sighting.source)


def _first_text(words: object, said: str, errors: object) -> str:
    """A result's words; a result without them (an own cap) has a list of errors."""
    if isinstance(words, str):
        return words
    return said or "; ".join(map(str, errors if isinstance(errors, list) else ()))


def _from_row(row: Mapping[str, Any]) -> Sighting:
    fields: dict[str, object] = {
        ours: row[theirs] for theirs, ours in _ROW_FIELDS.items() if row.get(theirs) is not None
    }
    fields["is_error"] = True
    return Sighting(_text(row), fields, _refusal_in(fields) or _refusal(row.get("quotaLimits")), "transcript")


def _refusal_in(fields: Mapping[str, object]) -> Mapping[str, object] | None:
    params = fields.get("api_error_params")
    return _refusal(params.get("rate_limit_info")) if isinstance(params, Mapping) else None


def _refusal(info: object) -> Mapping[str, object] | None:
    """`info` when it says that a request was refused; usage that went on as overage was not refused."""
    if not isinstance(info, Mapping):
        return None
    return info if info.get("status") == "rejected" and info.get("isUsingOverage") is not True else None


def _main_thread(row: Mapping[str, Any]) -> bool:
    return row.get("isSidechain") is not True and row.get("parent_tool_use_id") is None


def _newer(row: Mapping[str, Any], since: datetime) -> bool:
    stamp = row.get("timestamp")
    if not isinstance(stamp, str):
        return False
    try:
        written = datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    except ValueError:
        return False
    return (written if written.tzinfo else written.replace(tzinfo=timezone.utc)) >= since


def _message(row: Mapping[str, Any]) -> Mapping[str, Any]:
    message = row.get("message")
    return message if isinstance(message, Mapping) else {}


def _text(row: Mapping[str, Any]) -> str:
    content = _message(row).get("content")
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(
        block["text"] for block in blocks if isinstance(block, Mapping) and isinstance(block.get("text"), str)
    )
