"""Programs that the set-up runs: several at once, with progress, and their last words when they fail."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from claude_fallback.gateway.progress import Progress


class ScriptError(Exception):
    """An expected failure. The message says what happened and what to do."""


@dataclass(frozen=True)
class Job:
    name: str
    command: tuple[str, ...]
    log: str  # what it says goes here
    remedy: str = ""


def together(what: str, jobs: Sequence[Job], progress: Progress, at_once: int = 3) -> None:
    """Run the jobs, `at_once` at a time; the first failure, or Ctrl-C, ends the others."""
    waiting, done = list(jobs), 0
    running: dict[Job, subprocess.Popen[bytes]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                job = waiting.pop(0)
                running[job] = _started(job)
            progress.step(what, done, len(jobs) if len(jobs) > 1 else 0)
            time.sleep(0.1)
            for job in [job for job, process in running.items() if process.poll() is not None]:
                _check(job, running.pop(job).returncode)
                done += 1
    finally:
        progress.end()
        for process in running.values():
            end(process)


def attended(command: Sequence[str], env: Mapping[str, str], folder: str) -> int:
    """Run one program with our own stdout and stderr; its exit code."""
    process = subprocess.Popen(command, env=env, cwd=folder, stdin=subprocess.DEVNULL)
    try:
        return process.wait()
    finally:
        end(process)


def end(process: subprocess.Popen[bytes], patience: float = 5.0) -> None:
    """After Ctrl-C in a terminal it knows already; else tell it, and then make it."""
    for number in (0, signal.SIGINT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience if number else patience / 2)


def _started(job: Job) -> subprocess.Popen[bytes]:
    with open(job.log, "wb") as log:
        return subprocess.Popen(job.command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)


def _check(job: Job, code: int) -> None:
    if code:
        program = os.path.basename(job.command[0])
        remedy = f"; {job.remedy}" if job.remedy else ""
        raise ScriptError(f"{job.name}: {program} ended with {code}{remedy}\n{_last_words(job.log)}")


def _last_words(path: str, lines: int = 12) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return "".join(f"    {line.rstrip()}\n" for line in file.readlines()[-lines:]).rstrip()
