"""What claude was asked: its argv read as claude's own parser reads it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import pytest

from claude_fallback.run.invocation import (
    ARITY,
    EXEC,
    INTERACTIVE,
    NONE,
    OPTIONAL,
    PRINT,
    REQUIRED,
    SHORT,
    SUBCOMMANDS,
    VARIADIC,
    Invocation,
)

RELEASES = ("1.0.60", "1.0.100", "1.0.128", "2.0.42", "2.0.76", "2.1.30", "2.1.112", "2.1.197", "2.1.330")
NEWEST = RELEASES[-1]
# Where an old release differs we follow the newest: claude's users are on that one, and the price of the
# difference is an operand taken for a value (or the reverse), which a rerun survives.
OLDER_ARITY = {
    ("1.0.60", "--debug"): NONE,
    ("1.0.60", "--mcp-config"): REQUIRED,
    ("2.0.42", "--plugin-dir"): VARIADIC,
    ("2.0.76", "--plugin-dir"): VARIADIC,
    ("2.1.30", "--plugin-dir"): VARIADIC,
}
NO_SUBCOMMANDS = {"help"}  # commander's own, in no release's help but told apart all the same


def options(argv: list[str]) -> dict[str, list[str]]:
    return {option.name: option.values for option in Invocation(argv).options}


def operands(argv: list[str]) -> list[str]:
    found = Invocation(argv)
    return [found.argv[at] for at in found.operands]


@pytest.mark.parametrize(
    ("argv", "on_terminal", "in_pipe"),
    [
        ([], INTERACTIVE, PRINT),
        (["hello"], INTERACTIVE, PRINT),
        (["-p", "hello"], PRINT, PRINT),
        (["hello", "--print"], PRINT, PRINT),
        (["-pc"], PRINT, PRINT),
        (["-cp"], PRINT, PRINT),
        (["-c"], INTERACTIVE, PRINT),
        (["--resume", "id"], INTERACTIVE, PRINT),
        (["--", "-p"], INTERACTIVE, PRINT),
        (["--append-system-prompt", "-p", "x"], INTERACTIVE, PRINT),
        (["--output-format", "json", "x"], INTERACTIVE, PRINT),
        (["mcp", "list"], EXEC, EXEC),
        (["mcp", "add", "x", "--", "server", "-p"], EXEC, EXEC),
        (["--debug", "api", "mcp", "list"], EXEC, EXEC),
        (["--model", "opus", "doctor"], EXEC, EXEC),
        (["self-hosted-runner", "--capacity", "2"], EXEC, EXEC),
        (["sync"], EXEC, EXEC),
        (["--model", "doctor"], INTERACTIVE, PRINT),
        (["tell me", "doctor"], INTERACTIVE, PRINT),
        (["-p", "doctor"], PRINT, PRINT),
        (["-p", "mcp", "--help"], EXEC, EXEC),
        (["-v"], EXEC, EXEC),
        (["--version"], EXEC, EXEC),
        (["-h"], EXEC, EXEC),
        (["-p", "--help"], EXEC, EXEC),
        (["--bg", "fix it"], EXEC, EXEC),
        (["--teleport"], EXEC, EXEC),
        (["--cloud=task", "-p"], EXEC, EXEC),
        (["-p", "--sdk-url", "ws://x"], EXEC, EXEC),
    ],
)
def test_kind(argv: list[str], on_terminal: str, in_pipe: str) -> None:
    """-p is a print run, a subcommand or a question about claude itself is claude's own; of the rest stdout
    decides, a terminal or not."""
    assert Invocation(argv).kind(True) == on_terminal
    assert Invocation(argv).kind(False) == in_pipe


@pytest.mark.parametrize(
    ("argv", "found", "left"),
    [
        (["--model", "opus", "hi"], {"--model": ["opus"]}, ["hi"]),
        (["--model=opus", "hi"], {"--model": ["opus"]}, ["hi"]),
        (["--model=", "hi"], {"--model": [""]}, ["hi"]),
        (["--model", "--print"], {"--model": ["--print"]}, []),
        (["--model", "--"], {"--model": ["--"]}, []),
        (["--model"], {"--model": []}, []),
        (["--settings", '{"a":"b=c"}', "hi"], {"--settings": ['{"a":"b=c"}']}, ["hi"]),
        (["--settings={'a':'b=c'}"], {"--settings": ["{'a':'b=c'}"]}, []),
        (["--resume", "id", "hi"], {"--resume": ["id"]}, ["hi"]),
        (["--resume", "-p", "hi"], {"--resume": [], "--print": []}, ["hi"]),
        (["--resume", "-"], {"--resume": ["-"]}, []),
        (["--resume=id", "hi"], {"--resume": ["id"]}, ["hi"]),
        (["--resume", ""], {"--resume": [""]}, []),
        (["-r"], {"--resume": []}, []),
        (["-rID", "hi"], {"--resume": ["ID"]}, ["hi"]),
        (["-r", "ID", "hi"], {"--resume": ["ID"]}, ["hi"]),
        (["-pc", "hi"], {"--print": [], "--continue": []}, ["hi"]),
        (["-prID", "hi"], {"--print": [], "--resume": ["ID"]}, ["hi"]),
        (["-pr", "ID", "hi"], {"--print": [], "--resume": ["ID"]}, ["hi"]),
        (["-dapi", "hi"], {"--debug": ["api"]}, ["hi"]),
        (["-d2e", "hi"], {"--debug-to-stderr": []}, ["hi"]),
        (["-n", "me", "hi"], {"--name": ["me"]}, ["hi"]),
        (["--allowedTools", "Bash", "Edit", "-p", "hi"], {"--allowedTools": ["Bash", "Edit"], "--print": []},
         ["hi"]),
        (["--allowedTools", "Bash", "hi"], {"--allowedTools": ["Bash", "hi"]}, []),
        (["--allowedTools=Bash", "hi"], {"--allowedTools": ["Bash"]}, ["hi"]),
        (["--allowedTools", "Bash", "--", "hi"], {"--allowedTools": ["Bash"]}, ["hi"]),
        (["--add-dir", "-odd", "x"], {"--add-dir": ["-odd", "x"]}, []),
        (["--add-dir", "-", "x"], {"--add-dir": ["-", "x"]}, []),
        (["--tools", "", "-p", "hi"], {"--tools": [""], "--print": []}, ["hi"]),
        (["-p", "--", "--model", "x"], {"--print": []}, ["--model", "x"]),
        (["-"], {}, ["-"]),
        ([""], {}, [""]),
        (["--unknown-flag", "hi"], {"--unknown-flag": []}, ["hi"]),
        (["-p", "stop", "--output-format", "json"], {"--print": [], "--output-format": ["json"]}, ["stop"]),
        (["-p", "say", "mcp", "--verbose"], {"--print": [], "--verbose": []}, ["say", "mcp"]),
        (["mcp", "--model", "x"], {}, ["mcp"]),
    ],
)  # fmt: skip
def test_options_and_operands(argv: list[str], found: dict[str, list[str]], left: list[str]) -> None:
    """Options take their values as commander gives them; what is left are operands."""
    assert options(argv) == found
    assert operands(argv) == left


def test_last_option_counts() -> None:
    """Of an option that stands twice the last value counts, of operands the first."""
    found = Invocation(["-p", "one", "two", "--model", "a", "--model=b"])
    assert found.value("--model") == "b"
    assert found.prompt == "one"
    assert found.value("--settings", "none") == "none"


@pytest.mark.parametrize(
    ("argv", "nameable", "continues", "keeps"),
    [
        (["-p", "x"], True, False, True),
        (["-pc"], False, True, True),
        (["-p", "--resume=id"], False, True, True),
        (["-p", "--from-pr", "7"], False, True, True),
        (["-p", "--session-id", "id"], False, False, True),
        (["-p", "-r", "id", "--fork-session"], False, True, True),
        (["-p", "--no-session-persistence"], False, False, False),
    ],
)
def test_session(argv: list[str], nameable: bool, continues: bool, keeps: bool) -> None:
    """A session is ours to name only where the user's flags name, continue, fork or drop none."""
    found = Invocation(argv)
    assert (found.nameable, found.continues, found.keeps_session) == (nameable, continues, keeps)


def test_formats() -> None:
    """Text is claude's own default, for output and input."""
    assert Invocation(["-p"]).output_format == "text"
    assert not Invocation(["-p"]).streams_input
    both = Invocation(["-p", "--output-format=stream-json", "--input-format", "stream-json"])
    assert both.output_format == "stream-json"
    assert both.streams_input


def arity_of(placeholder: str) -> int:
    if placeholder.endswith("...>"):
        return VARIADIC
    return OPTIONAL if placeholder.startswith("[") else REQUIRED if placeholder else NONE


def read_help(text: str) -> tuple[dict[str, int], dict[str, str], set[str]]:
    """Of a `--help`: options with their arity, short letters with their option, subcommands."""
    head, _, commands = text.partition("\nCommands:\n")
    arity: dict[str, int] = {}
    letters: dict[str, str] = {}
    for flags, placeholder in re.findall(
        r"^  (-[\w-]+(?:, --?[\w-]+)*)(?: (<[^>]*>|\[[^\]]*\]))?(?: |$)", head, re.MULTILINE
    ):
        names = flags.split(", ")
        longs = [name for name in names if name.startswith("--")]
        arity.update(dict.fromkeys(longs, arity_of(placeholder)))
        letters.update({name[1:]: longs[0] for name in names if not name.startswith("--")})
    words = re.findall(r"^  ([a-z][\w|-]*)", commands, re.MULTILINE)
    return arity, letters, {word for found in words for word in found.split("|")}


@pytest.mark.claude
@pytest.mark.parametrize("version", RELEASES)
def test_help_of_a_release(
    version: str,
    claude_release: Callable[[str], list[str]],
    clean_room: Callable[..., dict[str, str]],
    environ: dict[str, str],
) -> None:
    """Every option in a release's --help has the arity it says, every short letter its option, and every
    command is known as a subcommand."""
    done = subprocess.run(
        [*claude_release(version), "--help"],
        env=clean_room(environ, "http://127.0.0.1:9"), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    arity, letters, commands = read_help(done.stdout)
    assert len(arity) > 15 and len(commands) > 4, done.stdout
    for name, takes in arity.items():
        assert ARITY.get(name, NONE) == takes or OLDER_ARITY.get((version, name)) == takes, name
    assert {letter: SHORT.get(letter) for letter in letters} == letters
    assert commands - NO_SUBCOMMANDS <= SUBCOMMANDS


@pytest.mark.claude
def test_hidden_options(
    claude_release: Callable[[str], list[str]],
    clean_room: Callable[..., dict[str, str]],
    environ: dict[str, str],
) -> None:
    """An option that we say takes a value does so in the newest release, hidden ones included: without one
    it is an error that names the placeholder. Options it has dropped since are not known to it."""
    room, wrong, dropped = clean_room(environ, "http://127.0.0.1:9"), {}, set()
    for name in sorted(name for name, takes in ARITY.items() if takes in (REQUIRED, VARIADIC)):
        done = subprocess.run(
            [*claude_release(NEWEST), name], env=room, capture_output=True, text=True, timeout=60,
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if f"unknown option '{name}'" in done.stderr:
            dropped.add(name)
            continue
        told = re.search(r"error: option '[^']*?(<[^>]*>)' argument missing", done.stderr)
        if not told or arity_of(told[1]) != ARITY[name]:
            wrong[name] = done.stderr
    assert wrong == {}
    assert dropped == set()
