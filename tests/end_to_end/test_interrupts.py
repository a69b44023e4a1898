"""An interrupt of the program that drives claude, at the very moment of a limit."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from claude_fallback.rehearsal.answers import held
from claude_fallback.rehearsal.record import Received
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.conftest import NEWEST, Machine, in_an_hour

pytestmark = pytest.mark.claude

Build = Callable[..., tuple[Machine, StandIn]]
Event = dict[str, Any]
FLAGS = ["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]
VERSIONS = ["2.0.42", NEWEST]
INTERRUPT = {"type": "control_request", "request_id": "stop", "request": {"subtype": "interrupt"}}


class Driver:
    """A program that drives our command over its stdin and stdout, as the Agent SDKs do."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.seen: list[Event] = []

    def send(self, event: Event) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(event).encode() + b"\n")
        self._process.stdin.flush()

    def ask(self, text: str) -> None:
        self.send({"type": "user", "message": {"role": "user", "content": [{"type": "text", "text": text}]}})

    def until(self, kind: str) -> Event:
        """The next event of that type; the end of the stream fails the test."""
        assert self._process.stdout
        for line in self._process.stdout:
            self.seen.append(json.loads(line))
            if self.seen[-1]["type"] == kind:
                return self.seen[-1]
        raise AssertionError(f"no {kind} after {self.seen}")

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.seen if event["type"] == kind]

    def ends(self) -> int:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self.seen += [json.loads(line) for line in self._process.stdout]
        return self._process.wait(60)


@contextmanager
def driven(machine: Machine) -> Iterator[Driver]:
    command = [sys.executable, "-m", "claude_fallback", *FLAGS]
    with subprocess.Popen(
        command, env=machine.env, cwd=machine.work, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        watchdog = threading.Timer(90, process.kill)  # a hang is a failure, not a test without end
        watchdog.start()
        try:
            yield Driver(process)
        finally:
            watchdog.cancel()
            process.kill()


def at_the_first_question(gateway: StandIn, do: Callable[[], None]) -> None:
    """`do`, while somebody who asks the gateway anything for the first time waits for its answer."""
    note, done = gateway.record.add, threading.Event()

    def noted(make: Callable[[int], Received]) -> Received:
        if not done.is_set():
            done.set()
            do()
        return note(make)

    gateway.record.add = noted  # type: ignore[method-assign]


@pytest.mark.parametrize("version", VERSIONS)
def test_while_the_run_changes_over(through_stand_in: Build, version: str) -> None:
    """The limit is proven, the gateway is asked whether it is there: the interrupt is answered once, the turn
    has one result, the next one its answer, and the run ends well."""
    machine, gateway = through_stand_in(
        [limit("five_hour", in_an_hour())], "from the gateway", version=version
    )
    with driven(machine) as driver:
        at_the_first_question(gateway, lambda: driver.send(INTERRUPT))
        driver.ask("the first question")
        driver.until("result")
        driver.ask("the second question")
        second = driver.until("result")
        assert driver.ends() == 0
    assert (second["is_error"], second["result"]) == (False, "from the gateway")
    assert len(driver.of("result")) == 2
    assert [event["response"]["request_id"] for event in driver.of("control_response")] == ["stop"]
    sent = str(gateway.record.main()[-1].body["messages"])
    assert [sent.count(text) for text in ("the first question", "the second question")] == [1, 1]


@pytest.mark.parametrize("version", VERSIONS)
def test_before_the_refusal_arrives(through_stand_in: Build, version: str) -> None:
    """claude has answered the interrupt when the API refuses what nobody waits for any more: an interrupted
    turn is no limit, and the gateway is not asked."""
    refused = threading.Event()
    native = [held(limit("five_hour", in_an_hour()), refused.is_set), "the second answer"]
    machine, gateway = through_stand_in(native, version=version)
    assert machine.native is not None
    with driven(machine) as driver:
        driver.ask("the first question")
        machine.native.record.wait(lambda found: any(one.role == "main" for one in found))
        driver.send(INTERRUPT)
        driver.until("control_response")
        refused.set()
        driver.until("result")
        driver.ask("the second question")
        second = driver.until("result")
        assert driver.ends() == 0
    assert second["result"] == "the second answer"
    assert len(driver.of("result")) == 2
    assert not gateway.record.main()
