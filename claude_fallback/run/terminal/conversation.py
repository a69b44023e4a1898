"""Which session this claude is in, and what its transcript has said since claude was started.

Releases from 2.1.112 on say it themselves: `<config dir>/sessions/<pid>.json` follows `/clear` and `/resume`.
With older ones the transcript is ours that has the id we gave, or a prompt that was typed here.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from claude_fallback import paths
from claude_fallback.limits.ending import parsed
from claude_fallback.run.terminal.turns import Turns

_SLICE = 4 << 20  # bytes of news read at once
_GENERATIONS = 6  # a claude behind shims of version managers is a child of a child


class Conversation:
    """Made before claude is started; `follow` when its pid is known."""

    def __init__(  # noqa: PLR0913 - where it may be, and what is known of it
        self,
        environ: Mapping[str, str],
        cwd: str,
        began: datetime,
        session: str | None,
        prompt: str | None = None,
        *,
        is_new: bool = True,
    ) -> None:
        """`session`: the id that claude was given or resumes, if known; `prompt`: the one in its argv. Not
        `is_new`: a session is resumed, whichever."""
        self._config = paths.config_dir(environ)
        self._start = self._folder = self._folder_of(cwd)
        self._began = began
        self._pid = 0
        self._prompt, self._is_new = prompt, is_new
        self._visited: dict[str, Turns] = {}
        self._card: str | None = None  # the path of sessions/<pid>.json
        before = began.timestamp()
        self._sizes = {path: _size(path) for path in self._transcripts() if _changed(path) < before}
        self._tails: dict[str, _Tail] = {}
        self.session = self._given = session
        self.status: str | None = None  # idle, busy, waiting; None: this release does not say
        self.turns: Turns | None = None  # of the session we are in; None until it has a transcript

    def follow(self, pid: int) -> None:
        self._pid = pid

    @property
    def cwd(self) -> str | None:
        """Where the session can be resumed; None: where it was started. A worktree is another place; a `cd`
        of Bash is none."""
        there = self.turns.cwd if self.turns else None
        if there is None or self._folder == self._start or self._folder_of(there) != self._folder:
            return None
        return there if os.path.isdir(there) else None

    @property
    def rests(self) -> bool:
        """Every prompt has been answered, the one in claude's argv included."""
        if self.turns is None:
            return self._prompt is None and self._is_new
        return not self.turns.waits and bool(self.turns.accepted or not self._prompt)

    @property
    def accepted(self) -> list[str]:
        """The user's prompts in all sessions of this claude: `/clear` and `/resume` lead to others."""
        return [prompt for turns in self._visited.values() for prompt in turns.accepted]

    def _folder_of(self, cwd: str) -> str:
        return os.path.join(self._config, "projects", re.sub("[^A-Za-z0-9]", "-", os.path.realpath(cwd)))

    def refresh(self, typed: Sequence[str]) -> None:
        """Look again. `typed` are the prompts given here, which tell old releases' transcripts apart."""
        card = self._said_by_itself()
        if card is not None:
            self.status = str(card.get("status") or "") or None
            self._enter(str(card.get("sessionId") or "") or self.session)
            return
        tails = [self._tail(path) for path in self._transcripts() if _size(path) > self._sizes.get(path, 0)]
        given = [self._prompt, *typed] if self._prompt else typed
        ids = (self._given, self.session)
        ours = _ours([tail for tail in tails if tail.turns.last_at], ids, given)
        if ours is not None:
            self.session, self.turns = ours.session, ours.turns
            self._visited[ours.session] = ours.turns

    def _enter(self, session: str | None) -> None:
        if session != self.session:
            self.session, self.turns = session, None
        if session is None:
            return
        known = os.path.join(self._folder, f"{session}.jsonl")
        paths_of = [known] if os.path.exists(known) else self._anywhere(session)
        for path in paths_of:
            self.turns = self._visited[session] = self._tail(path).turns

    def _anywhere(self, session: str) -> list[str]:
        """A worktree, or `cd` by a resume: the transcript lies in another project's folder."""
        found = glob.glob(
            os.path.join(glob.escape(self._config), "projects", "*", f"{glob.escape(session)}.jsonl")
        )
        for path in found:
            self._folder = os.path.dirname(path)
        return found

    def _tail(self, path: str) -> _Tail:
        tail = self._tails.get(path)
        if tail is None:
            tail = self._tails[path] = _Tail(path, self._sizes.get(path, 0), Turns(self._began))
        tail.read()
        return tail

    def _transcripts(self) -> list[str]:
        try:
            names = os.listdir(self._folder)
        except OSError:
            return []
        return [os.path.join(self._folder, name) for name in names if _is_transcript(name)]

    def _said_by_itself(self) -> dict[str, Any] | None:
        if self._card is None:
            self._card = next(iter(self._cards()), None)
        return _json(self._card) if self._card else None

    def _cards(self) -> Iterator[str]:
        folder = os.path.join(self._config, "sessions")
        own = os.path.join(folder, f"{self._pid}.json")
        if os.path.exists(own):
            yield own
            return
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            pid = name.removesuffix(".json")
            if pid.isdecimal() and _descends(int(pid), self._pid):
                yield os.path.join(folder, name)


class _Tail:
    """One transcript, read as it grows."""

    def __init__(self, path: str, offset: int, turns: Turns) -> None:
        self.session = os.path.basename(path).removesuffix(".jsonl")
        self.turns = turns
        self._path, self._offset = path, offset

    def read(self) -> None:
        """Only whole lines count; the rest comes with the next look."""
        if _size(self._path) <= self._offset:
            return
        try:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                news = file.read(_SLICE)
        except OSError:
            return
        end = news.rfind(b"\n") + 1
        if not end and len(news) == _SLICE:
            end = len(news)  # a line beyond all measure: what it holds is no limit
        for line in news[:end].splitlines():
            row = parsed(line)
            if row is not None:
                self.turns.add(row)
        self._offset += end


def _ours(tails: list[_Tail], ids: Sequence[str | None], typed: Sequence[str]) -> _Tail | None:
    """Of those that are ours by id or by a prompt the one that took the newest prompt; else the only one.

    Two sessions in one folder may both be told to "continue", and the other's transcript may have it first:
    then the id counts, the one that claude was given above the one that we found.
    """
    spoken = [_plain(text) for text in typed]

    def rank(tail: _Tail) -> tuple[object, ...]:
        newest = bool(spoken and tail.turns.accepted) and _plain(tail.turns.accepted[-1]) == spoken[-1]
        return newest, *(tail.session == one for one in ids), tail.turns.last_at or tail.turns.began

    known = [tail for tail in tails if tail.session in ids or _spoken_here(tail, spoken)]
    if not known:
        return tails[0] if len(tails) == 1 and not any(ids) else None
    return max(known, key=rank)


def _spoken_here(tail: _Tail, spoken: Sequence[str]) -> bool:
    """All that was said in it: somebody else's session may have been told one of our words, too."""
    accepted = tail.turns.accepted
    return bool(accepted) and all(_plain(one) in spoken for one in accepted)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _is_transcript(name: str) -> bool:
    """Subagents of 2.0.x have files of their own there."""
    return name.endswith(".jsonl") and not name.startswith("agent-")


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _changed(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _json(path: str) -> dict[str, Any] | None:
    try:
        with open(path, "rb") as file:
            return parsed(file.read(65536))
    except OSError:
        return None


def _descends(pid: int, ancestor: int) -> bool:
    for _ in range(_GENERATIONS):
        if pid in (0, 1):
            return False
        if pid == ancestor:
            return True
        pid = _parent(pid)
    return False


def _parent(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0
