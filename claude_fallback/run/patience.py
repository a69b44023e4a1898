"""How long a print run waits on a gateway that gives nothing.

A request in which nothing arrives claude itself ends, after 10 min a try. A stream of comments, pings or
single bytes it reads for ever (1.0.60, 2.0.42, 2.1.112, run; 2.1.330 ends it after 10 min a try), and one of
empty words every release does. The bytes are claude's alone; we see its output, transcript and processes.
Behind the private LiteLLM `gateway/inside/silence.py` sees them, with the same number. Either may be first:
2.1.330 writes a row for each request, so the one it repeats begins the time anew; 2.0.42's does not (run).
"""

from __future__ import annotations

import contextlib
import glob
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from claude_fallback import paths
from claude_fallback.limits.limit import Kind, Limit
from claude_fallback.memory import claude_settings, fault
from claude_fallback.run import proof, transcript

if TYPE_CHECKING:
    from claude_fallback.run.legs import PrintRun, Trip, Watch

_LOOK = 60.0  # seconds between two looks, at most
_AGENTS = ("Task", "Agent")  # tools that are the model at work, too


@dataclass(frozen=True)
class Signs:
    """What a leg shows of itself. `rows` are its transcript's; None: it keeps none."""

    rows: Sequence[transcript.Row] | None
    written: float = 0.0  # when its subagents' transcripts were, seconds since the epoch

    @property
    def mark(self) -> tuple[int, float]:
        """Another one: something was written."""
        return len(self.rows or ()), self.written


class Patience:
    """Of one leg on a gateway. `over`: claude was waiting for the model all the time, and nothing came."""

    def __init__(
        self, minutes: float, signs: Callable[[], Signs], works: Callable[[], bool],
        now: Callable[[], float] = time.monotonic,
    ):  # fmt: skip
        """`signs`: a look at the leg. `works`: whether something but the model may keep a claude busy that
        has had its answer. `now`: seconds that only grow."""
        self.over = False
        self.minutes = minutes
        self.tick = min(_LOOK, minutes * 60 / 4)  # seconds from one look to the next
        self._signs, self._works, self._now = signs, works, now
        self._looked, self._waited = now(), 0.0
        self._heard = False
        self._mark = (0, 0.0)

    def hearing(self, see: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        """`see`, for output of the leg."""

        def heard(data: bytes) -> bytes:
            self._heard = True
            return see(data)

        return heard

    def ends(self, held_up: bool = False) -> bool:
        """Asked at least every `tick` seconds; longer pauses (a stopped run) count as two of them. `held_up`:
        the user's side does not take the output."""
        self._heard = self._heard or held_up
        step = self._now() - self._looked
        if self.over or step < self.tick:
            return self.over
        self._looked += step
        signs = self._signs()
        if self._heard or signs.mark != self._mark:
            self._waited = 0.0
        else:
            self._waited += min(step, 2 * self.tick)
        self._heard, self._mark = False, signs.mark
        self.over = self._waited >= self.minutes * 60 and self._waits(signs.rows)
        return self.over

    def _waits(self, rows: Sequence[transcript.Row] | None) -> bool:
        """Whether claude waits for the model. 2.0.42 writes even the prompt down when it is answered."""
        if not rows:
            return rows is not None
        if _running(rows):
            return False
        return _last_speaker(rows) == "user" or not self._works()

    @property
    def limit(self) -> Limit:
        return Limit(Kind.SERVER, f"no answer for {self.minutes:g} min", proof="silence")


def of_leg(run: PrintRun, watch: Watch, pid: int, trip: Trip, minutes: float) -> Patience:
    """For the claude `pid`, the last leg of `trip`."""

    blind = not (run.invocation.keeps_session and claude_settings.saves_sessions(run.environ))

    def look() -> Signs:
        nonlocal blind
        if blind:
            return Signs(None)
        try:
            return _look(run, _session(run, watch), trip)
        except Exception as error:  # our fault never costs a run
            blind = True
            fault.kept(run.environ, "patience", error)
            return Signs(None)

    return Patience(minutes, look, lambda: has_children(pid))


def _session(run: PrintRun, watch: Watch) -> str | None:
    """None: it goes by an id that only claude knows."""
    resumed = None if run.invocation.has("--fork-session") else run.invocation.value("--resume")
    return proof.session(run, watch.ending()) or resumed


def _look(run: PrintRun, session: str | None, trip: Trip) -> Signs:
    since = (trip.since or run.began).replace(microsecond=0)
    if session is None:  # one of those that are at work; while another is, this one is thought to be
        return Signs(transcript.all_rows(run.environ, since), _agents_wrote(run, "*"))
    rows = transcript.rows(run.environ, session, since)
    if rows is None and (trip.resumes or run.invocation.continues):  # under a new id, up to 1.0.115
        other = transcript.went_on_as(run.environ, session, since)
        rows = transcript.rows(run.environ, other, since) if other else None
    return Signs(rows or [], _agents_wrote(run, glob.escape(session)))


def has_children(pid: int) -> bool:
    """Whether `pid` has a process of its own: a hook, a command in the background, an MCP server."""
    found = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        with contextlib.suppress(OSError), open(path, "rb") as file:
            found.append(file.read())
    if found:
        return any(map(bytes.strip, found))
    try:  # macOS
        return subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, check=False).returncode != 1
    except OSError:
        return True


def _agents_wrote(run: PrintRun, session: str) -> float:
    """`session`: an id, or `*`."""
    folder = os.path.join(glob.escape(paths.config_dir(run.environ)), "projects", "*", session)
    times = [0.0]
    for path in glob.glob(os.path.join(folder, "**", "*.jsonl"), recursive=True):
        with contextlib.suppress(OSError):
            times.append(os.stat(path).st_mtime)
    return max(times)


def _running(rows: Sequence[transcript.Row]) -> bool:
    """A tool was called and has given no result yet."""
    blocks = [block for row in rows for block in _blocks(row)]
    ended = {str(block.get("tool_use_id")) for block in blocks if block.get("type") == "tool_result"}
    calls = [block for block in blocks if block.get("type") == "tool_use"]
    return any(str(call.get("id")) not in ended and call.get("name") not in _AGENTS for call in calls)


def _last_speaker(rows: Sequence[transcript.Row]) -> str | None:
    speakers = [row["type"] for row in rows if row.get("type") in ("user", "assistant")]
    return speakers[-1] if speakers else "user"


def _blocks(row: transcript.Row) -> list[dict[str, Any]]:
    content = (row.get("message") or {}).get("content")
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
