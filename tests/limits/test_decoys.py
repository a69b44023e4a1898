"""What must never be taken for a limit (`decoys.jsonl` beside this file)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from claude_fallback.limits.catalogue import WORDINGS, classify
from claude_fallback.limits.evidence import from_result, from_text, from_transcript
from scripts.compatibility.decoys import NOW, Decoy, is_false_alarm, read_all, taken_for

ROOT = Path(__file__).parents[2]
DECOYS = read_all()
TEXTS = [decoy.text for decoy in DECOYS if decoy.text is not None]


@pytest.mark.parametrize("decoy", DECOYS, ids=lambda decoy: f"{decoy.about}: {decoy.raw[-40:]}")
def test_a_decoy_switches_nothing(decoy: Decoy) -> None:
    """Not a text of a failed run, not a stream, not a transcript that only speaks of a limit."""
    assert not is_false_alarm(decoy)


@pytest.mark.parametrize(
    "decoy", [one for one in DECOYS if one.exit == 0 or one.rows], ids=lambda one: one.about
)
def test_a_run_that_went_on_was_not_stopped(decoy: Decoy) -> None:
    """Nor is it taken for any other stop, unless it was one."""
    limit = taken_for(decoy)
    assert limit is None or "overload" in decoy.about


@pytest.mark.parametrize("text", TEXTS)
def test_a_decoys_text_is_no_wording(text: str) -> None:
    """Alone, and as the last line of a failed run."""
    found = classify(text)
    assert found is None or found.kind is None
    assert from_text(f"{text}\n", 1) is None
    assert from_text(f"Something else first.\n{text}\n", 1) is None


@pytest.mark.parametrize("text", [*TEXTS, *(wording.example for wording in WORDINGS)])
def test_no_words_make_a_success_a_limit(text: str) -> None:
    """A model may say anything, an exact message of claude's included: without the structure it is prose."""
    message = {"model": "claude-sonnet-4-5", "role": "assistant", "content": [{"type": "text", "text": text}]}
    row = {"type": "assistant", "isSidechain": False, "timestamp": "2026-11-23T06:00:01Z", "message": message}
    said = {"type": "user", "isSidechain": False, "timestamp": "2026-11-23T06:00:02Z"}
    asked = {**said, "message": {"role": "user", "content": text}, "isApiErrorMessage": True}
    assert from_text(text, 0) is None
    assert from_result({"type": "result", "is_error": False, "result": text}, None, None) is None
    assert from_transcript([row, asked], NOW) is None


OURS = [
    *ROOT.glob("claude_fallback/limits/*.py"),
    *ROOT.glob("claude_fallback/rehearsal/*.py"),
    *ROOT.glob("tests/limits/*.py"),
    *ROOT.glob("docs/*.md"),
    ROOT / "tests/limits/decoys.jsonl",
    ROOT / "tests/limits/recorded/2.1.331.jsonl",
]


@pytest.mark.parametrize("file", sorted(OURS), ids=lambda file: file.name)
def test_this_project_read_by_claude_is_no_limit(file: Path) -> None:
    """A session that works on this project sees these strings all day, as output, as a tool's result, as what
    the model repeats; none of it is a stop, whole or line by line."""
    source = file.read_text(encoding="utf-8")
    assert from_text(source, 1) is None
    for line in source.splitlines():
        assert from_text(line, 1) is None
    shown = {"type": "user", "message": {"content": [{"type": "tool_result", "content": source}]}}
    said = {"type": "assistant", "message": {"model": "opus", "content": [{"type": "text", "text": source}]}}
    result = {"type": "result", "subtype": "success", "is_error": False, "result": source}
    assert taken_for(Decoy("", events=[shown, said, result], exit=0)) is None
    assert taken_for(Decoy("", events=[shown, said, {**result, "is_error": True}], exit=1)) is not None


def test_the_catalogues_examples_as_a_list_are_no_limit() -> None:
    """docs/limit-messages.md in other shapes: bare lines, a table, JSON."""
    examples = [wording.example for wording in WORDINGS]
    table = "\n".join(f"| {example} |" for example in examples)
    for text in ("\n".join([*examples, "That is all."]), table, json.dumps(examples, ensure_ascii=False)):
        assert from_text(text, 1) is None


def test_there_are_enough_decoys() -> None:
    """The set does not shrink unnoticed, and covers every way in."""
    assert len({decoy.raw for decoy in DECOYS}) >= 150
    assert sum(decoy.events is not None for decoy in DECOYS) >= 25
    assert sum(decoy.rows is not None for decoy in DECOYS) >= 15
