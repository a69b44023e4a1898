"""Whose transcript is ours: by claude's own word, by id, by what was typed."""

from __future__ import annotations

import json
import os
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from claude_fallback.run.terminal.conversation import Conversation

BEGAN = datetime(2026, 11, 25, 2, 46, tzinfo=timezone.utc)
MINE, OTHER = "21e73911-690e-4e29-afe1-595db6e244ad", "0454f792-24d9-4327-88fc-265c736f46d4"


class Disk:
    """claude's config folder, and a session in `work`."""

    def __init__(self, environ: dict[str, str], work: Path) -> None:
        self.environ, self.work = environ, work
        self.config = Path(environ["HOME"], ".claude")

    def say(self, session: str, *words: str, cwd: Path | None = None, second: int = 1) -> None:
        """User rows, as if they had been typed in that session."""
        where = cwd or self.work
        folder = self.config / "projects" / re.sub("[^A-Za-z0-9]", "-", str(where))
        folder.mkdir(parents=True, exist_ok=True)
        at = (BEGAN + timedelta(seconds=second)).isoformat()
        with open(folder / f"{session}.jsonl", "a") as file:
            for word in words:
                row = {"type": "user", "timestamp": at, "cwd": str(where), "message": {"content": word}}
                file.write(json.dumps(row) + "\n")

    def card(self, pid: int, session: str, status: str = "idle") -> None:
        (self.config / "sessions").mkdir(parents=True, exist_ok=True)
        (self.config / "sessions" / f"{pid}.json").write_text(
            json.dumps({"pid": pid, "sessionId": session, "status": status})
        )

    def talk(self, session: str | None = None) -> Conversation:
        return Conversation(self.environ, str(self.work), BEGAN, session)


@pytest.fixture
def disk(environ: dict[str, str], tmp_path: Path) -> Disk:
    return Disk(environ, tmp_path)


def accepted(talk: Conversation, *typed: str) -> list[str] | None:
    talk.refresh(typed)
    return talk.turns.accepted if talk.turns else None


def test_the_card_follows_clear_and_resume(disk: Disk) -> None:
    """`sessions/<pid>.json` (2.1.112 and later) beats everything: after /clear it names another session."""
    talk = disk.talk(MINE)
    talk.follow(4711)
    disk.card(4711, MINE)
    disk.say(MINE, "one")
    assert accepted(talk) == ["one"]
    disk.card(4711, OTHER, "busy")
    assert accepted(talk) is None
    disk.say(OTHER, "two")
    assert accepted(talk) == ["two"]
    assert (talk.session, talk.status) == (OTHER, "busy")


def test_a_card_of_a_process_below_ours(disk: Disk) -> None:
    """A version manager's shim starts claude as its child: the card has the child's pid."""
    talk = disk.talk()
    talk.follow(os.getppid())
    disk.card(os.getpid(), MINE)
    disk.say(MINE, "one")
    assert accepted(talk) == ["one"]


def test_a_strangers_card_is_not_ours(disk: Disk) -> None:
    """Another claude runs beside us: its card and its prompts are its own."""
    talk = disk.talk(MINE)
    talk.follow(os.getpid())
    disk.card(1, OTHER)
    disk.say(OTHER, "theirs")
    assert accepted(talk) is None
    assert talk.session == MINE


def test_without_a_card_the_id_counts_then_what_was_typed(disk: Disk) -> None:
    """Older releases: after /clear the session is the one that took what was typed here."""
    talk = disk.talk(MINE)
    disk.say(MINE, "one")
    assert accepted(talk, "one") == ["one"]
    disk.say(OTHER, "<command-name>/clear</command-name>", "two", second=2)
    assert accepted(talk, "one", "two") == ["two"]
    assert talk.session == OTHER


def test_two_sessions_that_are_told_the_same(disk: Disk) -> None:
    """Both are told to continue in one folder; the id tells them apart, however new the other is."""
    talk = disk.talk(MINE)
    disk.say(MINE, "mine")
    disk.say(OTHER, "theirs", "continue")
    assert accepted(talk, "mine", "continue") == ["mine"]  # ours has not been written yet
    disk.say(MINE, "continue", second=2)
    disk.say(OTHER, "continue", second=5)
    assert accepted(talk, "mine", "continue") == ["mine", "continue"]
    assert talk.session == MINE


def test_a_neighbour_that_was_told_the_same_a_moment_before(disk: Disk) -> None:
    """A session that is older than ours is told our words, and ours has not written them yet: that is no move
    into the other. Seen on 2.1.61: both went on with one conversation."""
    talk = disk.talk(MINE)
    disk.say(OTHER, "remember A", second=-9)
    disk.say(MINE, "remember B")
    disk.say(OTHER, "continue", second=2)
    talk.refresh(["remember B", "continue"])
    disk.say(MINE, "continue", second=2)
    assert accepted(talk, "remember B", "continue") == ["remember B", "continue"]
    assert talk.session == MINE


def test_an_unnamed_session_is_the_only_one_that_grew(disk: Disk) -> None:
    """`--continue` of an older release: one transcript was written to since, and nothing else can be it."""
    disk.say(MINE, "before", second=-60)
    disk.say(OTHER, "before", second=-60)
    talk = disk.talk()
    disk.say(OTHER, "recalled from the history")
    assert accepted(talk) == ["recalled from the history"]
    disk.say(MINE, "somebody else's")
    fresh = disk.talk()
    assert accepted(fresh) is None


def test_what_was_there_before_is_not_read_again(disk: Disk) -> None:
    """A resumed transcript of many megabytes: only what is appended is news."""
    disk.say(MINE, "old", second=10)
    os.utime(next(disk.config.glob("projects/*/*.jsonl")), (0, BEGAN.timestamp() - 60))
    talk = disk.talk(MINE)
    disk.say(MINE, "new")
    assert accepted(talk, "new") == ["new"]


def test_half_a_line_waits_for_its_other_half(disk: Disk) -> None:
    """claude may be in the middle of writing."""
    talk = disk.talk(MINE)
    disk.say(MINE, "one")
    path = next(disk.config.glob("projects/*/*.jsonl"))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    assert accepted(talk) == ["one"]
    path.write_bytes(whole + whole)
    assert accepted(talk) == ["one", "one"]


def test_a_worktree_is_where_the_session_is_resumed(disk: Disk, tmp_path: Path) -> None:
    """With `--worktree` claude moves into another folder; a `cd` of a Bash call moves no session."""
    worktree = tmp_path / "trees" / "one"
    worktree.mkdir(parents=True)
    talk = disk.talk(MINE)
    talk.follow(4711)
    disk.card(4711, MINE)
    disk.say(MINE, "one", cwd=worktree)
    talk.refresh(())
    assert talk.cwd == str(worktree)
    stayed = disk.talk(OTHER)
    disk.say(OTHER, "one")
    stayed.refresh(["one"])
    assert stayed.cwd is None
