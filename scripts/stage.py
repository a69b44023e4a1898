"""The demo: six steps, each shown and then verified. Only the limit is staged; all else is real."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import time
from datetime import datetime

from claude_fallback.gateway.progress import Progress
from claude_fallback.rehearsal.answers import Short
from claude_fallback.rehearsal.record import Received
from claude_fallback.rehearsal.refusals import limit
from claude_fallback.rehearsal.server import StandIn
from scripts import boundary, cache
from scripts.jobs import ScriptError
from scripts.screen import BOLD, GREEN, Outcome, countdown, heading, line, played
from scripts.world import World, gateway, world

FILE = "GREETING.md"
PROMPT = f"Write {FILE} and tell me when it is there."
ARGS = ("-p", PROMPT, "--allowedTools", "Write")
SHOWN = f'-p "{PROMPT}" --allowedTools Write'
NATIVE = f"{FILE} is there. (answered by Anthropic's API, as the stand-in plays it)"


class FiveHours:
    """Anthropic's API to an account at its five-hour limit, whose window ends some seconds from now.

    The first refusal sets the moment, late enough for steps 3 to 5: the longer claude took to get there, the
    later. Slow machines get more time.
    """

    def __init__(self) -> None:
        self._began = time.time()
        self.reset = 0

    def __call__(self, _received: Received) -> Short:
        now = time.time()
        if not self.reset:
            self.reset = math.ceil(now + 5 + 4 * (now - self._began))
        return limit("five_hour", self.reset) if now < self.reset else NATIVE


def main(claude_name: str, claude: str) -> int:
    began = time.monotonic()
    folder, programs = cache.folder(os.environ), os.path.dirname(sys.executable)
    heading("claude-fallback: the main job, with real parts")
    line(f"{claude_name}; LiteLLM with a model made for tests; a stand-in for Anthropic's API.")
    line("All in a temporary home with made-up keys. Nothing leaves this machine.")
    with (
        StandIn(NATIVE) as api,
        world([claude], api.url, os.environ["PATH"], programs) as there,
        gateway(there, folder, Progress()) as running,
    ):
        line(f"LiteLLM listens on {running.base_url}.")
        _play(there, api)
    line(
        f"All steps verified in {time.monotonic() - began:.0f} s; everything started is stopped again.", GREEN
    )
    return 0


def _play(there: World, api: StandIn) -> None:
    heading("1  What we ask")
    line(f"claude-fallback {SHOWN}", BOLD)
    window = FiveHours()
    api.play(window)
    _refused(there)
    _switched(there)
    _file(there)
    _remembered(there)
    _returned(there, window)


def _refused(there: World) -> None:
    heading("2  claude alone is refused: the account is at its 5-hour limit")
    outcome = played(f"claude {SHOWN}", ("claude", *ARGS), there.env, there.work)
    # in words of its release: "5-hour limit", "usage limit reached", "Spending cap reached"
    _verify("claude was refused", outcome.code == 1 and bool(re.search("limit|reached", outcome.stdout)))


def _switched(there: World) -> None:
    heading("3  claude-fallback: the same refusal, the switch, the gateway's answer")
    outcome = _ours(there)
    _verify("the run went on through LiteLLM", outcome.code == 0 and "continuing with" in outcome.stderr)
    _verify("the gateway's model answered", "answered by the embedded model" in outcome.stdout)


def _file(there: World) -> None:
    heading("4  The file that claude's Write tool made on the gateway's word")
    outcome = played(f"cat {FILE}", ("cat", FILE), there.env, there.work)
    _verify("the file is there", PROMPT in outcome.stdout)


def _remembered(there: World) -> None:
    heading("5  What is remembered: the next runs go straight to the gateway")
    argv = ("claude-fallback", "for", "litellm", "status")
    outcome = played(" ".join(argv), argv, there.env, there.work)
    _verify("runs go to the gateway for now", outcome.code == 0 and _status(there)["route"] == "gateway")


def _returned(there: World, window: FiveHours) -> None:
    heading("6  The limit has reset: the same command is claude's own again")
    end = datetime.fromisoformat(str(_status(there)["auto_disconnect_at"]).replace("Z", "+00:00"))
    # many releases tell the reset to the minute only, and that minute may begin before it
    countdown(max(end.timestamp(), window.reset), "back to native claude")
    outcome = _ours(there)
    _verify("native claude answered", outcome.code == 0 and outcome.stdout.strip() == NATIVE)
    _verify("runs are native again", _status(there)["route"] == "native")


def _ours(there: World) -> Outcome:
    return played(f"claude-fallback {SHOWN}", ("claude-fallback", *ARGS), there.env, there.work)


def _status(there: World) -> dict[str, object]:
    argv = ("claude-fallback", "for", "litellm", "status", "--json")
    told = subprocess.run(argv, env=there.env, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    try:
        return dict(json.loads(told.stdout))
    except ValueError:
        raise ScriptError(f"`status --json` said no JSON: {told.stderr.decode(errors='replace')}") from None


def _verify(claim: str, holds: bool) -> None:
    if not holds:
        raise ScriptError(f"not so: {claim}")
    line(f"✓ {claim}", GREEN)


if __name__ == "__main__":
    boundary.run(lambda: main(*sys.argv[1:]))
