"""Starting claude: replaced by it, or in front of it. Every import here is on the way to every claude."""

from __future__ import annotations

import os
import signal

from claude_fallback.run import find
from claude_fallback.run.invocation import EXEC, INTERACTIVE, Invocation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from claude_fallback.run.gateway_route import GatewayRoute
    from claude_fallback.run.pipes import Child
    from claude_fallback.run.signals import Signals
    from claude_fallback.run.stdin import Stdin

ROUTE = "CLAUDE_FALLBACK_ROUTE"  # as in childenv.py, whose imports are not for here
DEPTH = "CLAUDE_FALLBACK_DEPTH"
_DEEPEST = 8  # more calls of us inside one another are a claude that leads back to us


def run(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """The exit code of claude's run; does not return where claude takes our place.

    Raises ClaudeNotFoundError (127), and FallbackError where a secret would go to the wrong place.
    """
    _leave_keys_alone()
    claude = _find(environ)
    environ = _deeper(_as_started(environ), claude)
    invocation = Invocation(argv)
    kind = invocation.kind(_is_terminal(1))
    route = environ.get(ROUTE)
    if kind == EXEC or environ.get("CLAUDE_FALLBACK", "").lower() == "off" or route == "native":
        _exec(claude, argv, environ)
    if route == "gateway":
        from claude_fallback.run import nested

        _exec(claude, *nested.inside_gateway(invocation, claude, environ))
    gateway = _connected_route(invocation, claude, environ)
    start = _interactive if kind == INTERACTIVE else _print
    code = start(claude, invocation, environ, gateway)
    if code < 128:  # not ended by a signal
        from claude_fallback.run import newcomer

        newcomer.look(claude, environ)
    return code


def _leave_keys_alone() -> None:
    """Ctrl-C ends us as it ends claude, without a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _as_started(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Without the LC_CTYPE that Python sets for itself where the locale is C (PEP 538), as in cron."""
    if environ.get("LC_CTYPE") not in ("C.UTF-8", "C.utf8", "UTF-8") or environ.get("LC_ALL"):
        return environ
    try:
        with open("/proc/self/environ", "rb") as file:
            given = file.read().split(b"\0")
    except OSError:
        return environ
    kept = {name: value for name, value in environ.items() if name != "LC_CTYPE"}
    for line in given:
        if line.startswith(b"LC_CTYPE="):
            kept["LC_CTYPE"] = os.fsdecode(line.partition(b"=")[2])
    return kept


def _find(environ: Mapping[str, str]) -> str:
    from claude_fallback.memory import glance

    configured = None
    if not environ.get("CLAUDE_FALLBACK_CLAUDE") and glance.may_name_claude(environ):
        from claude_fallback.memory import settings

        configured = settings.load(environ).claude_path
    return find.claude(environ, configured)


def _deeper(environ: Mapping[str, str], claude: str) -> dict[str, str]:
    depth = int(environ.get(DEPTH, "0")) if environ.get(DEPTH, "0").isdigit() else 0
    if depth >= _DEEPEST:
        raise find.ClaudeNotFoundError(
            f"{claude} leads back to claude-fallback; set CLAUDE_FALLBACK_CLAUDE to the real claude"
        )
    return {**environ, DEPTH: str(depth + 1)}


def _connected_route(invocation: Invocation, claude: str, environ: Mapping[str, str]) -> GatewayRoute | None:
    """The gateway while a connection holds and the gateway answers; None: native."""
    from claude_fallback.memory import glance

    if not glance.may_be_connected(environ):
        return None
    try:
        from claude_fallback.run import nested

        return nested.connected_route(invocation, claude, environ)
    except Exception as error:  # our fault never costs a run
        _native_after(error, environ)
        return None


def _interactive(
    claude: str, invocation: Invocation, environ: Mapping[str, str], gateway: GatewayRoute | None
) -> int:
    release = find.release(claude, environ)
    if release is not None and release < find.OLDEST:
        _exec(claude, invocation.argv, environ)
    from claude_fallback.run.terminal import interactive
    from claude_fallback.run.terminal.leg import Command

    return interactive.run(Command(claude, invocation, environ), gateway, _new_id())


def _print(
    claude: str, invocation: Invocation, environ: Mapping[str, str], gateway: GatewayRoute | None
) -> int:
    from claude_fallback.run.signals import Signals
    from claude_fallback.run.stdin import Stdin, occupy_standard_fds

    release = find.release(claude, environ)
    if release is not None and release < find.OLDEST:
        _exec(claude, invocation.argv, environ)
    stdin = Stdin(invocation.streams_input)
    occupy_standard_fds()
    signals = Signals()
    session = _new_id() if invocation.nameable else None
    if gateway is None:
        code = _native(claude, invocation, environ, stdin, signals, session)
    else:
        from claude_fallback.run import legs, print_run

        run = legs.PrintRun(invocation, claude, environ, stdin, signals, session)
        code = print_run.gateway_first(run, gateway)
    return code


def _native(  # noqa: PLR0913, PLR0917 - what PrintRun is made of, before that can be imported
    claude: str,
    invocation: Invocation,
    environ: Mapping[str, str],
    stdin: Stdin,
    signals: Signals,
    session: str | None,
) -> int:
    """Start claude first of all: while it starts, so do we."""
    from claude_fallback.run.pipes import Child

    named = ["--session-id", session] if session else []
    if invocation.continues:
        from claude_fallback.run import continued

        named += continued.options(invocation, environ, find.release(claude, environ))
    try:
        command, env = [claude, *named, *invocation.argv], {**environ, ROUTE: "native"}
        child = signals.started(lambda: Child(command, env, stdin, True, signals.usual_mask))
    except OSError as error:
        raise find.ClaudeNotFoundError(f"cannot start {claude}: {error.strerror}") from error
    try:
        from claude_fallback.run import legs, print_run
    except Exception as error:  # our installation is broken: claude's run is not
        _native_after(error, environ)
        return _unobserved(child, stdin, signals)
    return print_run.native_first(legs.PrintRun(invocation, claude, environ, stdin, signals, session), child)


def _unobserved(child: Child, stdin: Stdin, signals: Signals) -> int:
    from claude_fallback.run.pipes import Relay
    from claude_fallback.run.stdin import Feed

    feed = Feed(stdin, child.stdin) if child.stdin >= 0 else None
    Relay(child, feed, lambda data: data, signals).run(lambda: False)
    return child.ended or 0


def _native_after(error: Exception, environ: Mapping[str, str]) -> None:
    from claude_fallback.output import say

    try:
        from claude_fallback.memory import fault

        said = fault.kept(environ, "start", error)
    except Exception:  # not even that can be imported
        said = type(error).__name__
    say(f"a bug of claude-fallback, claude runs without it: {said}")


def _new_id() -> str:
    """A random UUID (version 4); the uuid module costs 7 ms."""
    raw = bytearray(os.urandom(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _is_terminal(fd: int) -> bool:
    try:
        return os.isatty(fd)
    except OSError:
        return False


def _exec(claude: str, argv: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Become claude, with the signal dispositions that Python changed put back."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execve(claude, [claude, *argv], dict(environ))
    except OSError as error:
        raise find.ClaudeNotFoundError(f"cannot start {claude}: {error.strerror}") from error
