"""Programs that the set-up runs: real processes, their failures told, none left behind."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from claude_fallback.gateway.progress import Progress
from scripts.jobs import Job, ScriptError, attended, end, together


def job(tmp_path: Path, name: str, code: str, remedy: str = "") -> Job:
    return Job(name, (sys.executable, "-c", code), str(tmp_path / f"{name}.log"), remedy)


def test_all_jobs_are_done(tmp_path: Path) -> None:
    """More jobs than may run at once are all run, and counted."""
    shown = io.StringIO()
    jobs = [job(tmp_path, f"number{n}", f"open({str(tmp_path / f'done{n}')!r}, 'w')") for n in range(5)]
    together("working", jobs, Progress(shown), at_once=2)
    assert len(list(tmp_path.glob("done*"))) == 5
    assert "working 0/5" in shown.getvalue()


def test_a_failure_tells_the_last_words_and_the_remedy(tmp_path: Path) -> None:
    """Who reads it needs neither the log nor the code to know what to do."""
    failing = job(
        tmp_path, "npm", "import sys; print('no network', file=sys.stderr); sys.exit(7)", "look there"
    )
    with pytest.raises(ScriptError) as caught:
        together("working", [failing], Progress(io.StringIO()))
    assert str(caught.value).startswith("npm: python")
    assert "ended with 7; look there\n    no network" in str(caught.value)


def test_a_failure_ends_the_others(tmp_path: Path) -> None:
    """Nothing goes on writing into a folder that is about to be removed."""
    note = tmp_path / "interrupted"
    slow = f"""
import time
try:
    time.sleep(100)
except KeyboardInterrupt:
    open({str(note)!r}, "w")
"""
    jobs = [
        job(tmp_path, "slow", slow),
        job(tmp_path, "failing", "import time; time.sleep(1); raise SystemExit(1)"),
    ]
    with pytest.raises(ScriptError, match="failing"):
        together("working", jobs, Progress(io.StringIO()))
    assert note.exists()


def test_one_that_does_not_listen_is_killed() -> None:
    """An interrupt that is ignored is followed by one that cannot be."""
    deaf = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); print(flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        end(process, patience=0.2)
        assert process.returncode == -signal.SIGKILL


def test_an_attended_program_has_the_folder_and_no_stdin(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its output is ours, its exit code is handed on."""
    code = "import os, sys; print(os.getcwd(), repr(sys.stdin.read())); sys.exit(3)"
    assert attended([sys.executable, "-c", code], {}, str(tmp_path)) == 3
    assert capfd.readouterr().out == f"{tmp_path} ''\n"
