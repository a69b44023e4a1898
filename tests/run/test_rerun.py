"""How a limited run is carried on: argv rewritten, read again by the same parser."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_fallback.run import rerun
from claude_fallback.run.invocation import (
    ARITY,
    ELSEWHERE,
    NONE,
    OPTIONAL,
    REQUIRED,
    SHORT,
    Invocation,
)

TOOLS_USED = rerun.Progress("s1", True, False)
OURS = ["--model", "m", "--settings", "/our.json"]
SESSION = frozenset(
    ("--resume", "--continue", "--session-id", "--fork-session", "--from-pr", "--resume-session-at")
)
FLAGS = ["--verbose", "--strict-mcp-config", "--include-partial-messages", "--fork-session", "--continue",
         "--ide", "--dangerously-skip-permissions"]  # fmt: skip


def replayed(*argv: str) -> list[str]:
    return rerun.on_gateway(Invocation(argv), "m", "/our.json", None)


def resumed(*argv: str, tools: bool = True) -> rerun.Plan:
    found = rerun.plan(Invocation(argv), rerun.Progress("s1", tools, True), "m", "/our.json", "fresh")
    assert found
    return found


@pytest.mark.parametrize(
    ("argv", "rest"),
    [
        (["-p", "hi"], ["-p", "hi"]),
        (["hi", "-p"], ["hi", "-p"]),
        (["-pc", "hi"], ["-pc", "hi"]),
        (["-p", "hi", "--model", "opus"], ["-p", "hi", "--model", "m"]),
        (["-p", "--model=opus", "hi"], ["-p", "--model", "m", "hi"]),
        (["--allowedTools", "Bash", "--model", "opus", "hi", "-p"],
         ["--allowedTools", "Bash", "--model", "m", "hi", "-p"]),
        (["-p", "--settings", '{"a":1}', "hi"], ["-p", "--model", "m", "hi"]),
        (["-p", "--add-dir", "x", "--settings=f", "hi"], ["-p", "--add-dir", "x", "--model", "m", "hi"]),
        (["-p", "--fallback-model", "haiku", "hi"], ["-p", "--model", "m", "hi"]),
        (["-p", "--resume=ID", "hi"], ["-p", "--resume=ID", "hi"]),
        (["-p", "--", "--model", "x"], ["-p", "--", "--model", "x"]),
        (["-p", "--system-prompt", "--model", "hi"], ["-p", "--system-prompt", "--model", "hi"]),
    ],
)  # fmt: skip
def test_replay(argv: list[str], rest: list[str]) -> None:
    """A replay is the user's argv behind our model and settings; theirs give way, in place, so that no option
    before them swallows what follows."""
    assert replayed(*argv) == [*OURS, *rest]


@pytest.mark.parametrize(
    ("argv", "rest"),
    [
        (["-p", "hi"], ["-p"]),
        (["hi"], []),
        (["-p", "--", "-hi"], ["-p"]),
        (["-pc", "hi"], ["--print"]),
        (["-prID", "hi"], ["--print"]),
        (["-p", "-r", "ID", "hi"], ["-p"]),
        (["-p", "--resume=ID", "--fork-session", "hi"], ["-p"]),
        (["-p", "--session-id", "s1", "hi", "--verbose"], ["-p", "--verbose"]),
        (["-p", "--allowedTools", "Bash", "--model", "opus", "hi"], ["-p", "--allowedTools", "Bash"]),
        (["-p", "hi", "--output-format=json", "more"], ["-p", "--output-format=json"]),
        (["-p", "--resume", "ID", "--resume-session-at", "m1", "hi"], ["-p"]),
    ],
)
def test_resume(argv: list[str], rest: list[str]) -> None:
    """A resume names the stopped session and asks our question first; the user's session flags, model,
    settings and prompt are gone, every other option stays, and it is a print run."""
    plan = resumed(*argv)
    start = [] if Invocation(argv).has("--print") else ["--print"]
    assert plan.argv == [*start, "--resume", "s1", *OURS, rerun.GO_ON, *rest]
    assert not plan.replays
    assert plan.prompt == rerun.GO_ON


def test_resume_of_a_stream() -> None:
    """A run that reads its prompts from a stream gets ours from there, not from argv."""
    plan = resumed("-p", "--input-format", "stream-json", "--output-format", "stream-json")
    assert rerun.GO_ON not in plan.argv
    assert plan.prompt == rerun.GO_ON


def test_release_without_settings_flag() -> None:
    """Where claude knows no --settings, none is given, and the user's own goes all the same."""
    assert rerun.on_gateway(Invocation(["-p", "hi"]), "m", None, None) == ["--model", "m", "-p", "hi"]


def test_new_session_is_named_first() -> None:
    """The id of a new session stands in front, where nothing can swallow it."""
    found = rerun.on_gateway(Invocation(["-p", "hi"]), "m", None, "id")
    assert found == ["--session-id", "id", "--model", "m", "-p", "hi"]


@pytest.mark.parametrize(
    ("argv", "session", "tools", "shown", "expected"),
    [
        ([], "s1", False, False, "replay"),
        ([], "s1", True, False, "go on"),
        ([], "s1", None, False, "go on"),
        ([], "s1", False, True, "answer"),
        ([], None, False, False, "replay"),
        ([], None, False, True, "replay"),
        ([], None, True, False, None),
        ([], None, None, False, None),
        (["--tools", ""], None, None, False, "replay"),
        (["--tools", "", "--mcp-config", "f"], None, None, False, None),
        (["--tools", "Bash"], None, None, False, None),
        (["--session-id", "s1"], "s1", False, False, "answer"),
        (["--resume", "s1"], "s1", False, False, "answer"),
        (["-c"], "s1", False, False, "answer"),
        (["-c"], None, False, False, "replay"),
        (["-r", "s0", "--fork-session"], "s1", False, False, "replay"),
        (["-r", "s0", "--fork-session"], "s1", True, False, "go on"),
    ],
)
def test_replay_or_resume(
    argv: list[str], session: str | None, tools: bool | None, shown: bool, expected: str | None
) -> None:
    """Nothing done and a session nobody knows: replay. Else resume. Tools perhaps used and no session to
    resume: neither."""
    plan = rerun.plan(
        Invocation(["-p", "hi", *argv]), rerun.Progress(session, tools, shown), "m", None, "fresh"
    )
    if expected is None:
        assert plan is None
        return
    assert plan
    assert plan.replays == (expected == "replay")
    assert plan.prompt == {"replay": None, "go on": rerun.GO_ON, "answer": rerun.ANSWER}[expected]


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        ([], True),
        (["-c"], False),
        (["--no-session-persistence"], False),
        (["-r", "s", "--fork-session"], False),
    ],
)
def test_fresh_id(argv: list[str], named: bool) -> None:
    """A replay gets a new session id, for claude takes an id only once; none where claude takes none."""
    plan = rerun.plan(Invocation(["-p", "hi", *argv]), rerun.Progress(None, False, False), "m", None, "fresh")
    assert plan
    assert (plan.argv[:2] == ["--session-id", "fresh"]) == named


# The property: any argv of claude's options, in any order, written in any way.

VALUES = st.sampled_from(["x", "opus", "a b", "{}", "hello", "7", "é", "--", "-p", "--model", ""])
WORDS = st.sampled_from(["x", "Bash", "a b", "src/"])
LETTERS = {name: letter for letter, name in SHORT.items()}


@st.composite
def option(draw: st.DrawFn) -> list[str]:
    name = draw(st.sampled_from(sorted((set(ARITY) | set(FLAGS)) - ELSEWHERE)))
    arity = ARITY.get(name, NONE)
    if arity == NONE:
        return [name]
    if arity == REQUIRED:
        value = draw(VALUES)
        return [f"{name}={value}"] if draw(st.booleans()) else [name, value]
    if arity == OPTIONAL:
        letter = LETTERS.get(name)
        forms = [[name], [name, "x"], [f"{name}=x"], *([[f"-{letter}"], [f"-{letter}x"]] if letter else [])]
        return draw(st.sampled_from(forms))
    return [name, *draw(st.lists(WORDS, min_size=1, max_size=3))]


JOINED = st.sampled_from([["-p"], ["--print"], ["-pc"], ["-cp"], ["-pr", "ID"], ["-prID"], ["-c"]])
PROMPTS = st.sampled_from([[], ["a prompt"], ["one", "two"], ["--", "-dashed", "--model", "m"], ["--", "x"]])


@st.composite
def argvs(draw: st.DrawFn) -> list[str]:
    parts = draw(st.lists(st.one_of(option(), JOINED), max_size=7))
    prompt = draw(PROMPTS)
    place = len(parts) if "--" in prompt else draw(st.integers(0, len(parts)))
    parts.insert(place, prompt)
    return [word for part in parts for word in part]


def others(found: Invocation, left_out: frozenset[str]) -> list[tuple[str, list[str]]]:
    return [(one.name, one.values) for one in found.options if one.name not in left_out]


MODEL = frozenset(("--model", "--settings", "--fallback-model"))


calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy


@calm
@given(argvs(), st.sampled_from([None, "/our.json"]), st.sampled_from([None, "fresh"]))
def test_any_replay(argv: list[str], settings: str | None, session: str | None) -> None:
    """Whatever the argv: read again, no model but ours is named, no settings but ours, every other option
    stays as it was, in order, and the operands are the same."""
    before = Invocation(argv)
    after = Invocation(rerun.on_gateway(before, "ours", settings, session))
    assert {one.values[0] for one in after.options if one.name == "--model"} == {"ours"}
    assert [one.values for one in after.options if one.name == "--settings"] == (
        [[settings]] if settings else []
    )
    named = [("--session-id", [session])] if session else []
    assert others(after, MODEL) == named + others(before, MODEL)
    assert [after.argv[at] for at in after.operands] == [before.argv[at] for at in before.operands]


@calm
@given(argvs(), st.sampled_from([None, "/our.json"]))
def test_any_resume(argv: list[str], settings: str | None) -> None:
    """Whatever the argv: read again, exactly one model, at most one settings file and one session are named,
    all ours; every other option stays; the first operand is our prompt; it is a print run."""
    before = Invocation(argv)
    plan = rerun.plan(before, TOOLS_USED, "ours", settings, "fresh")
    assert plan
    after = Invocation(plan.argv)
    assert [one.values for one in after.options if one.name == "--model"] == [["ours"]]
    assert [one.values for one in after.options if one.name == "--settings"] == (
        [[settings]] if settings else []
    )
    assert [(one.name, one.values) for one in after.options if one.name in SESSION] == [("--resume", ["s1"])]
    kept = MODEL | SESSION | {"--print"}
    assert others(after, kept) == others(before, kept)
    assert after.has("--print")
    if not before.streams_input:
        assert after.prompt == rerun.GO_ON
        assert len(after.operands) == 1


@calm
@given(argvs())
def test_parser_loses_no_word(argv: list[str]) -> None:
    """Every word of argv belongs to exactly one option or is an operand; only `--` is
    neither."""
    found = Invocation(argv)
    ends = {one.at: one.at + one.words for one in found.options}  # of joined ones the last takes the values
    taken = [at for start, end in ends.items() for at in range(start, end)] + found.operands
    assert len(taken) == len(set(taken))
    missed = [argv[at] for at in range(len(argv)) if at not in taken]
    assert missed in ([], ["--"])
