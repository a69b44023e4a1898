"""How a limited run is carried on: the same run again, or a resume of its session. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from claude_fallback.run.invocation import Invocation, Option

ANSWER = "The request above was stopped by a usage limit before it was answered. Please answer it now."
GO_ON = (
    "A usage limit interrupted you after you had already run tools for the request above. Carry it on to"
    " its end. Check first what is already done (files, output of commands): none of it may be done a second"
    " time."
)
# Options that choose a session, a model or settings: on the gateway these are ours.
_MODEL = frozenset(("--model", "--settings", "--fallback-model"))
_SESSION = frozenset(
    ("--resume", "--continue", "--session-id", "--fork-session", "--from-pr", "--resume-session-at")
)
_START = frozenset(("--worktree", "--prefill"))  # done when the session began


@dataclass(frozen=True)
class Progress:
    """What the stopped leg had done when it stopped."""

    session: str | None  # where its transcript is; None: it keeps none, or it is not known
    tools_used: bool | None  # None: cannot be told
    id_shown: bool  # the consumer has seen the session id already


@dataclass(frozen=True)
class Plan:
    """The next leg: its argv (without argv[0]), and the session that it resumes."""

    argv: list[str]
    resumes: str | None = None
    prompt: str | None = None  # ours, when the session is resumed

    @property
    def replays(self) -> bool:
        """The same run again: it gets the user's stdin once more."""
        return self.resumes is None


def plan(
    invocation: Invocation, progress: Progress, model: str, settings: str | None, fresh_id: str
) -> Plan | None:
    """Replay when nothing was done and nobody knows the session yet; else resume; None when neither is safe.

    A session that somebody knows (they named it, resumed it, or read its id in the stream) is resumed even
    when nothing was done: claude takes an id only once, and the prompt is in its transcript already.
    """
    known = invocation.has("--session-id", "--resume", "--continue") and not invocation.has("--fork-session")
    if progress.session and (progress.tools_used is not False or known or progress.id_shown):
        prompt = ANSWER if progress.tools_used is False else GO_ON
        return Plan(
            _resumed(invocation, progress.session, prompt, route_options(model, settings)),
            progress.session,
            prompt,
        )
    if progress.tools_used is False or not _has_tools(invocation):
        name = fresh_id if invocation.nameable else None
        return Plan(on_gateway(invocation, model, settings, name))
    return None


def on_gateway(invocation: Invocation, model: str, settings: str | None, session: str | None) -> list[str]:
    """The user's argv, sent to the gateway's model; `session` names a new session."""
    name = ["--session-id", session] if session else []
    return [*name, *route_options(model, settings), *_rewritten(invocation, _MODEL, ["--model", model])]


def session_on_gateway(
    invocation: Invocation, session: str, prompt: str, route: Sequence[str], mode: str | None
) -> list[str]:
    """An interactive session, gone on with on the gateway; the prompt is sent at once. `route`: see
    `route_options`. `mode`: the permission mode it was in, None: as the user's argv says."""
    return [
        "--resume", session, *route, *_in_mode(invocation, mode), prompt,
        *_rewritten(invocation, _MODEL | _SESSION | _START | _mode_options(mode), [], operands=False),
    ]  # fmt: skip


def session_at_home(
    invocation: Invocation, session: str, mode: str | None, native_model: Sequence[str]
) -> list[str]:
    """The session on native again, as the user started it; nothing is sent. `native_model`: options for a
    claude that would go on with the gateway's model."""
    gone = _SESSION | _START | _mode_options(mode)
    model = () if invocation.has("--model") else native_model
    rest = _rewritten(invocation, gone, [], operands=False)
    return ["--resume", session, *model, *_in_mode(invocation, mode), *rest]


def afresh(invocation: Invocation) -> list[str]:
    """What the user started, without its session and its prompt: for one that cannot be resumed."""
    return _rewritten(invocation, _SESSION | _START, [], operands=False)


def _mode_options(mode: str | None) -> frozenset[str]:
    return frozenset(("--permission-mode",)) if mode else frozenset()


def _in_mode(invocation: Invocation, mode: str | None) -> list[str]:
    """`bypassPermissions` needs the flag that the user gave, and is the mode that flag starts in."""
    if mode is None or (mode == "bypassPermissions" and invocation.has("--dangerously-skip-permissions")):
        return []
    return ["--permission-mode", mode]


def route_options(model: str, settings: str | None) -> list[str]:
    return ["--model", model, *(["--settings", settings] if settings else [])]


def _has_tools(invocation: Invocation) -> bool:
    return invocation.value("--tools") != "" or invocation.has("--mcp-config")


def _resumed(invocation: Invocation, session: str, prompt: str, ours: list[str]) -> list[str]:
    """Our prompt comes first: claude ignores every further operand, should one of the user's be left."""
    start = [] if invocation.has("--print") else ["--print"]
    words = [] if invocation.streams_input else [prompt]
    rest = _rewritten(invocation, _MODEL | _SESSION, [], operands=False)
    return [*start, "--resume", session, *ours, *words, *rest]


def _rewritten(
    invocation: Invocation, names: frozenset[str], filler: list[str], operands: bool = True
) -> list[str]:
    """argv with `filler` in the place of each named option, so that no option before it swallows what
    follows; operands go where they are not wanted."""
    words: list[str] = []
    at = 0
    dropped = frozenset() if operands else frozenset(invocation.operands)
    by_place: dict[int, list[Option]] = {}
    for option in invocation.options:
        by_place.setdefault(option.at, []).append(option)
    while at < len(invocation.argv):
        options = by_place.get(at, [])
        end = at + (options[-1].words if options else 1)
        gone = [option for option in options if option.name in names]
        if gone:
            words += [*_joined(options, gone), *filler]
        elif at not in dropped and (operands or invocation.argv[at] != "--"):
            words += invocation.argv[at:end]
        at = end
    return words


def _joined(options: list[Option], gone: list[Option]) -> list[str]:
    """What stays of one place in argv: of `-pc` the `-p`, of `--resume ID` nothing."""
    if len(options) == 1:
        return []
    kept: list[str] = []
    for option in options:
        if option not in gone:
            kept += [option.name, *option.values]
    return kept
