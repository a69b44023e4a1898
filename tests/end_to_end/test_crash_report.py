"""A fault of ours in a real run: claude's run goes on, a report is kept, and no secret is in any of it."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from claude_fallback import paths
from claude_fallback.memory import connection
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from tests.end_to_end.conftest import GATEWAY_KEY, LOGIN, NEWEST, Machine, Typist, in_an_hour

pytestmark = pytest.mark.claude

PASSWORD = "correct-horse-battery-staple"  # a key that does not look like one
BROKEN = """
import {module} as module

def broken(*given, **named):
    password = {password!r}
    raise RuntimeError(f"cannot open with {{password}}, {key}, {login}")

module.{name} = broken
"""


def breaks(machine: Machine, folder: Path, where: str) -> None:
    """`where`, a function of ours, raises in every process of `machine`, with secrets in its words."""
    module, _, name = where.rpartition(".")
    code = BROKEN.format(module=module, name=name, password=PASSWORD, key=GATEWAY_KEY, login=LOGIN)
    (folder / "sitecustomize.py").write_text(code)
    machine.env |= {"PYTHONPATH": str(folder), "MY_SECRET": PASSWORD}


def held_to_the_rules(machine: Machine, said: str) -> None:
    """One report, private, named by the line; no secret in it, in the line, or in the log."""
    folder = Path(paths.data_dir(machine.env))
    (report,) = folder.glob("crash-*.log")
    text = report.read_text()
    assert str(report) in said
    assert "in broken" in text and "RuntimeError: cannot open with" in text
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    everything = said + "".join(path.read_text() for path in folder.glob("*") if path.is_file())
    for secret in (PASSWORD, GATEWAY_KEY, LOGIN):
        assert secret not in everything


@pytest.mark.parametrize(
    ("version", "where", "words"),
    [
        (
            NEWEST,
            "claude_fallback.gateway.target.ready",
            "claude's own words stand: RuntimeError: cannot open",
        ),
        ("1.0.60", "claude_fallback.run.switching.next_leg", "claude's own words stand: RuntimeError:"),
        ("2.1.112", "claude_fallback.memory.connection.look", "claude runs without it: RuntimeError:"),
    ],
)
def test_print_run(
    through_stand_in: Callable[..., tuple[Machine, StandIn]],
    tmp_path: Path,
    version: str,
    where: str,
    words: str,
) -> None:
    """stdout and exit code are claude's; stderr has one line more than claude's own."""
    at_start = "connection" in where
    script = "native answer" if at_start else [limit("five_hour", in_an_hour())]
    machine, gateway = through_stand_in(script, version=version)
    bare = machine.bare("-p", "hello")
    if at_start:
        now = datetime.now(timezone.utc)
        connection.connect(machine.env, now, connection.Cause(connection.MANUAL), 1.0)
    breaks(machine, tmp_path, where)
    done = machine.run("-p", "hello")
    assert (done.returncode, done.stdout) == (bare.returncode, bare.stdout)
    (said,) = [line for line in done.stderr.decode().splitlines() if line.startswith("claude-fallback: ")]
    assert words in said
    held_to_the_rules(machine, said)
    assert gateway.record.main() == []


def test_session(
    through_stand_in: Callable[..., tuple[Machine, StandIn]], typist: Callable[..., Typist], tmp_path: Path
) -> None:
    """A session stays with claude, and its user learns why when it is over."""
    machine, _ = through_stand_in(["a", limit("five_hour", in_an_hour()), "still here"])
    breaks(machine, tmp_path, "claude_fallback.gateway.target.ready")
    user = typist(machine)
    user.at_prompt()
    user.say("hello")
    user.say("again")
    user.sees("limit")
    log = Path(paths.log_file(machine.env))
    user.until(lambda: log.exists() and "fault" in log.read_text(), "the fault in the log")
    user.say("and now")
    user.sees("still here")
    user.process.send("/exit\r")
    assert user.ends() == 0
    words = user.raw.decode("utf-8", "replace").replace("\r\n", "")
    assert "stayed with claude: a bug of claude-fallback: RuntimeError: cannot open with" in words
    held_to_the_rules(machine, words)
