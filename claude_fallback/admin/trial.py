"""One prompt through the user's own claude and the gateway, as a run on the gateway makes it."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from claude_fallback.errors import FallbackError
from claude_fallback.gateway.adapters import chosen
from claude_fallback.gateway.progress import Progress
from claude_fallback.gateway.target import Target
from claude_fallback.limits import evidence
from claude_fallback.limits.limit import Kind
from claude_fallback.limits.watch import JsonWatch
from claude_fallback.memory.redact import one_line
from claude_fallback.memory.settings import Settings
from claude_fallback.run import rerun
from claude_fallback.run.gateway_route import Asked, open_route
from claude_fallback.run.invocation import Invocation
from claude_fallback.run.spool import Spool

LONGEST = 300.0  # seconds: a local model may have to be loaded first
_TOOLS_FLAG = (2, 0, 42)  # `--tools` is there (not yet in 2.0.10, run)
_UNKEPT_FLAG = (2, 0, 76)  # `--no-session-persistence` is there (not yet in 2.0.42, run)
_LOOK = 0.2  # seconds
_IN = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_NATIVE = "does it run by itself? claude -p hello"


@dataclass(frozen=True)
class Claude:
    """The program, and its release when it tells."""

    path: str
    release: tuple[int, ...] | None


@dataclass(frozen=True)
class Answer:
    """`tokens_in` counts cached ones too."""

    text: str
    seconds: float
    tokens_in: int
    tokens_out: int


@dataclass(frozen=True)
class Trial:
    """Who is asked, and how. With `tools` the model is offered claude's own, as in a run."""

    claude: Claude
    target: Target
    settings: Settings
    environ: Mapping[str, str]
    tools: bool = False


def ask(trial: Trial, prompt: str, progress: Progress, longest: float = LONGEST) -> Answer:
    """Send one prompt; it counts as no run. FallbackError says what is wrong and the next command."""
    claude = trial.claude
    invocation = Invocation(arguments(claude.release, trial.tools))
    route = open_route(Asked(invocation, claude.path, trial.environ, trial.settings), trial.target)
    argv = [claude.path, *rerun.on_gateway(invocation, route.model, route.settings_path, None)]
    began = time.monotonic()
    try:
        done = _run(argv, route.env, prompt, progress, longest)
    except OSError as error:
        raise FallbackError(f"cannot start {claude.path}: {error.strerror}; {_NATIVE}") from error
    finally:
        progress.end()
        route.close()
    return _answer(done, trial.target, time.monotonic() - began)


def arguments(release: tuple[int, ...] | None, tools: bool) -> list[str]:
    """claude's argv; the prompt comes through stdin. A flag that the release may not know is left out."""
    known = release or (0,)
    quiet = ["--no-session-persistence"] if known >= _UNKEPT_FLAG else []
    bare = ["--tools", ""] if known >= _TOOLS_FLAG and not tools else []
    return ["-p", "--output-format", "json", *quiet, *bare]


def _run(
    argv: list[str], env: Mapping[str, str], prompt: str, progress: Progress, longest: float
) -> subprocess.CompletedProcess[bytes]:
    ends_at = time.monotonic() + longest
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, env=dict(env), stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            given: bytes | None = prompt.encode("utf-8", "surrogateescape")
            while time.monotonic() < ends_at:
                progress.step("waiting for the answer")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    out, err = process.communicate(given, timeout=_LOOK)
                    return subprocess.CompletedProcess(argv, process.returncode, out, err)
                given = None
            raise FallbackError(f"no answer within {longest:.0f} s; a faster model: {_other(chosen(env))}")
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """After a timeout or Ctrl-C."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()


def _answer(done: subprocess.CompletedProcess[bytes], target: Target, seconds: float) -> Answer:
    watch = JsonWatch(Spool())
    watch.feed(done.stdout)
    result = watch.ending().result
    if result is None:
        said = (done.stderr.strip() or done.stdout.strip()).decode("utf-8", "replace").splitlines()
        last = one_line(said[-1]) if said else "nothing"
        raise FallbackError(f"claude ended with {done.returncode} and said: {last}; {_NATIVE}")
    sighting = evidence.from_result(result, None, None)
    if sighting is not None:
        raise FallbackError(_why(sighting, target))
    text = str(result.get("result") or "")
    if not text.strip():
        raise FallbackError(
            f"the model answered without a word; another model: {_other(target.adapter.name)}"
        )
    usage = result.get("usage")
    return Answer(text, seconds, _tokens(usage, _IN), _tokens(usage, ("output_tokens",)))


def _why(sighting: evidence.Sighting, target: Target) -> str:
    """The gateway's error in claude's words, and what to do about it."""
    found = evidence.judge(sighting, datetime.now(timezone.utc), timezone.utc)
    kind = found.kind if found else Kind.UNKNOWN
    if kind is Kind.LOGIN:
        remedy = f"a key that the gateway takes: {target.key_remedy}"
    elif kind is Kind.CONTEXT:
        remedy = f"a model with a larger context: {_other(target.adapter.name)}"
    elif target.private:
        remedy = "what LiteLLM says: claude-fallback for litellm logs --of gateway"
    else:
        remedy = f"see your gateway's log, or take another model: {_other(target.adapter.name)}"
    return f"the gateway failed: {one_line(sighting.text, 400)}; {remedy}"


def _other(adapter: str) -> str:
    return f"claude-fallback for {adapter} config set model NAME"


def _tokens(usage: object, names: Sequence[str]) -> int:
    counts = [usage.get(name) for name in names] if isinstance(usage, Mapping) else []
    return sum(count for count in counts if isinstance(count, int))
