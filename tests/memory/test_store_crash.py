"""A writer that dies: at every bytecode of its write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Each round forks a writer that kills itself at its n-th bytecode inside store.py, then looks what is left.
ROUNDS = """
import json, os, signal, sys
from claude_fallback.memory import store
import filelock, orjson
path = sys.argv[1]
old, new = {"a": "old" * 1000, "schema_version": 1}, {"a": "new" * 1000, "schema_version": 1}

def fill(content):
    def change(document):
        document.clear()
        document.update(content)
        return True
    return change

def die_at(count):
    left = [count]
    def trace(frame, event, argument):
        if not frame.f_code.co_filename.endswith("memory/store.py"):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace
    sys.settrace(trace)

seen, count, status = set(), 0, 1
while status != 0:
    assert store.record(path, fill(old), timeout=5)
    count += 1
    pid = os.fork()
    if pid == 0:
        die_at(count)
        store.record(path, fill(new), timeout=5)
        sys.settrace(None)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    with open(path) as file:
        found = json.load(file)
    assert found in (old, new), (count, found)
    seen.add(found == new)
assert seen == {True, False}
assert store.record(path, fill(old), timeout=5)
print(count, *sorted(os.listdir(os.path.dirname(path))))
"""


def test_a_crash_at_any_bytecode_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    """Never a torn file, never a lock that outlives its holder, and stray temporary files are swept."""
    path = tmp_path / "state.json"
    done = subprocess.run(
        [sys.executable, "-c", ROUNDS, str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    rounds, *left = done.stdout.split()
    assert int(rounds) > 100
    assert left == ["state.json", "state.json.lock"]
