"""The log, and what is kept out of it."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from claude_fallback import paths
from claude_fallback.memory import log
from claude_fallback.memory.redact import one_line, redact


def test_an_event_is_one_private_json_line(environ: dict[str, str]) -> None:
    """Fields of any type; a line break in one does not make two lines."""
    log.event(environ, "switch", kind="plan", tries=2, rows=["a\nb", {"n": None}], odd=object())
    log.event(environ, "end", text="\udc80")
    path = Path(paths.log_file(environ))
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert (first["event"], first["kind"], first["tries"], first["rows"][0]) == ("switch", "plan", 2, "a b")
    assert second["event"] == "end"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_log_that_is_long_makes_room_and_keeps_one_old(environ: dict[str, str]) -> None:
    """At 1 MB."""
    path = Path(paths.log_file(environ))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * log.LARGEST)
    log.event(environ, "last of the old")
    log.event(environ, "first of the new")
    assert sorted(found.name for found in path.parent.iterdir()) == [path.name, f"{path.name}.1"]
    assert json.loads(path.read_text())["event"] == "first of the new"


def test_a_log_that_cannot_be_written_is_nobodys_concern(environ: dict[str, str]) -> None:
    """A folder in its place; a file in place of its folder."""
    Path(paths.log_file(environ)).mkdir(parents=True)
    log.event(environ, "x")
    log.event({"HOME": "/dev/null"}, "x")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("key sk-ant-api03-AbC_d-ef0123 is wrong", "key [redacted] is wrong"),
        ("Authorization: Bearer abc123.def", "Authorization: Bearer [redacted]"),
        ('{"api_key": "abcdef", "model": "m"}', '{"api_key": "[redacted]", "model": "m"}'),
        ("x-api-key: abcdef", "x-api-key: [redacted]"),
        ("ANTHROPIC_AUTH_TOKEN=abcdef next", "ANTHROPIC_AUTH_TOKEN=[redacted] next"),
        ("PGPASSWORD=abcdef my-secret: abcdef", "PGPASSWORD=[redacted] my-secret: [redacted]"),
        ("https://user:secret@host/path", "https://[redacted]@host/path"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.c2ln", "token [redacted]"),
        (
            "You've hit your limit · resets 3pm (Europe/Berlin)",
            "You've hit your limit · resets 3pm (Europe/Berlin)",
        ),
        ("a task-runner and a disk-full", "a task-runner and a disk-full"),
    ],
)
def test_what_looks_like_a_key_is_hidden_and_nothing_else(text: str, kept: str) -> None:
    """Claude's own words stay readable."""
    assert redact(text) == kept
    assert one_line(text) == kept


def test_a_long_text() -> None:
    """A report of a fault may hold one; a session waits for it (half a minute for 60 kB, once)."""
    assert redact("ab-" * 200_000) == "ab-" * 200_000


def test_what_is_kept_is_safe_to_print() -> None:
    """A gateway's error goes into the state and from there to `status`, on the user's terminal."""
    assert (
        one_line("API Error: 500 \x1b]0;title\x07\r\n\x1b[2J \u202eevil")
        == "API Error: 500 ]0;title [2J evil"
    )


def test_a_line_is_cut_at_its_limit_after_hiding() -> None:
    """A key across the cut is hidden whole."""
    assert one_line("a" * 195 + " sk-abcdefghijklmnop", 200) == "a" * 195 + " [re…"
