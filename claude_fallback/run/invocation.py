"""What claude was asked, read from its argv the way claude's own parser (commander) reads it. Pure.

No dataclasses here: this module is on the way to starting claude, and importing them costs more than our
whole share of that time.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NONE, REQUIRED, OPTIONAL, VARIADIC = range(4)

# Every option of the main command in releases 1.0.60 to 2.1.332 that takes a value, hidden ones included
# (read from the releases themselves; `tests/run/test_invocation.py` holds it against their --help). An option
# that is not here takes none.
ARITY = {
    **dict.fromkeys(
        (
            "--advisor", "--agent", "--agent-color", "--agent-id", "--agent-name", "--agent-type", "--agents",
            "--append-subagent-system-prompt", "--append-subagent-system-prompt-file",
            "--append-system-prompt", "--append-system-prompt-file", "--attach-serve", "--autocompact",
            "--client-data-url", "--correlation-id", "--debug-file", "--deep-link-cwd-b64",
            "--deep-link-last-fetch", "--deep-link-repo", "--effort", "--environment", "--fallback-model",
            "--fast-mode", "--forward-home-settings", "--inherit-permission-mode", "--initialize-fields",
            "--input-format", "--json-schema", "--lead-verify-key", "--managed-settings", "--max-budget-usd",
            "--max-thinking-tokens", "--max-turns", "--messaging-socket-path", "--metadata", "--model",
            "--name", "--on-branch", "--output-format", "--parent-session-id", "--permission-mode",
            "--permission-prompt-tool", "--permission-prompts", "--plan-mode-instructions", "--plugin-dir",
            "--plugin-dir-no-mcp", "--plugin-url", "--pool", "--prefill", "--prefill-b64", "--proactivity",
            "--project-config-root", "--ref", "--remote-control-session-name-prefix", "--resume-drops-turn",
            "--resume-session-at", "--rewind-files", "--runner-declares", "--sdk-url",
            "--session-began-as-copy", "--session-id", "--setting-sources", "--settings", "--system-prompt",
            "--system-prompt-file", "--system-prompt-snapshot", "--task-budget", "--team-name",
            "--teammate-mode", "--thinking", "--thinking-display", "--watch-artifact",
            "--watch-artifact-no-autoreact", "--workload",
        ),
        REQUIRED,
    ),
    **dict.fromkeys(
        (
            "--cloud", "--debug", "--from-pr", "--prompt-suggestions", "--rc", "--remote",
            "--remote-control", "--resume", "--teleport", "--worktree",
        ),
        OPTIONAL,
    ),
    **dict.fromkeys(
        (
            "--add-dir", "--allowed-tools", "--allowedTools", "--betas", "--channels",
            "--dangerously-load-development-channels", "--disallowed-tools", "--disallowedTools", "--file",
            "--mcp-config", "--tools",
        ),
        VARIADIC,
    ),
}  # fmt: skip
SHORT = {"c": "--continue", "d": "--debug", "h": "--help", "n": "--name", "p": "--print", "r": "--resume",
         "v": "--version", "V": "--version", "w": "--worktree"}  # fmt: skip

# Words that name one of claude's own subcommands in some release, hidden ones of 2.1.332 included. Without
# --print they are never a prompt.
SUBCOMMANDS = frozenset(
    (
        "agents", "attach", "auth", "auto-mode", "bridge", "completion", "config", "daemon", "design-login",
        "doctor", "edit-chrome-settings", "edit-hook", "edit-memory-settings", "edit-permission-rules",
        "edit-sandbox-settings", "edit-skill-overrides", "gateway", "import", "import-conversations",
        "install", "kill", "logs", "mcp", "migrate-installer", "plugin", "plugins", "project", "ps",
        "purge", "rc", "remote", "remote-control", "respawn", "rm", "sandbox", "self-hosted-agent-proxy",
        "self-hosted-runner", "server", "setup-token", "ssh", "stop", "sync", "ultrareview", "update",
        "upgrade", "workspace-trust", "worktree-hook",
    )
)  # fmt: skip
# Flags after which claude is not a session in this terminal or pipe: nothing of ours can follow it there.
ELSEWHERE = frozenset(
    ("--help", "--version", "--bg", "--background", "--cloud", "--remote", "--teleport", "--desktop",
     "--sdk-url", "--init-only", "--tmux")
)  # fmt: skip

EXEC, PRINT, INTERACTIVE = "exec", "print", "interactive"


class Option:
    """One option as it stands in argv: `words` is how many argv words it takes, `at` where it starts."""

    __slots__ = ("at", "name", "values", "words")

    def __init__(self, name: str, values: list[str], at: int, words: int) -> None:
        self.name, self.values, self.at, self.words = name, values, at, words


class Invocation:
    """An argv (without argv[0]) with its options and operands told apart."""

    __slots__ = ("argv", "operands", "options")

    def __init__(self, argv: Sequence[str]) -> None:
        self.argv = list(argv)
        self.options: list[Option] = []
        self.operands: list[int] = []  # indices into argv
        for found in _read(self.argv):
            if isinstance(found, Option):
                self.options.append(found)
            else:
                self.operands.append(found)

    def has(self, *names: str) -> bool:
        return any(option.name in names for option in self.options)

    def value(self, name: str, default: str | None = None) -> str | None:
        """The value of the last such option, `default` when it is not there or has none."""
        for option in reversed(self.options):
            if option.name == name:
                return option.values[0] if option.values else default
        return default

    @property
    def prompt(self) -> str | None:
        """The first operand: claude ignores any further one (1.0.60 to 2.1.330, run)."""
        return self.argv[self.operands[0]] if self.operands else None

    @property
    def output_format(self) -> str:
        return self.value("--output-format") or "text"

    @property
    def streams_input(self) -> bool:
        return self.value("--input-format") == "stream-json"

    @property
    def continues(self) -> bool:
        """It goes on with a session that was there before."""
        return self.has("--continue", "--resume", "--from-pr")

    @property
    def keeps_session(self) -> bool:
        return not self.has("--no-session-persistence")

    @property
    def nameable(self) -> bool:
        """Whether `--session-id` may be added: claude refuses it beside these."""
        return not (self.continues or self.has("--session-id", "--fork-session", "--no-session-persistence"))

    def kind(self, stdout_is_terminal: bool) -> str:
        """exec, print or interactive.

        A stdin that is no terminal does not make a run non-interactive: claude then reads its keys from the
        controlling terminal. A stdout that is none does (2.0.42, 2.1.112, 2.1.330, run).
        """
        if self.has(*ELSEWHERE):
            return EXEC
        if self.has("--print"):
            return PRINT  # newer releases then take even `mcp` for a prompt (2.1.112 and later, run)
        if self.prompt in SUBCOMMANDS:
            return EXEC
        return INTERACTIVE if stdout_is_terminal else PRINT


def _read(argv: list[str]) -> Iterator[Option | int]:
    at = 0
    may_be_subcommand = True
    while at < len(argv):
        word = argv[at]
        if word == "--":
            yield from range(at + 1, len(argv))
            return
        if len(word) < 2 or word[0] != "-":
            yield at
            if may_be_subcommand and word in SUBCOMMANDS:
                return  # the rest belongs to the subcommand
            may_be_subcommand = False
            at += 1
            continue
        found = _long(argv, at) if word.startswith("--") else _shorts(argv, at)
        yield from found
        may_be_subcommand = may_be_subcommand and all(option.name != "--print" for option in found)
        at = found[-1].at + found[-1].words


def _long(argv: list[str], at: int) -> list[Option]:
    name, equals, value = argv[at].partition("=")
    if equals:
        return [Option(name, [value], at, 1)]
    values = _values(argv, at + 1, ARITY.get(name, NONE))
    return [Option(name, values, at, 1 + len(values))]


def _shorts(argv: list[str], at: int) -> list[Option]:
    """`-p`, `-pc`, `-rID`, `-d2e`: flags may be joined; the first that takes a value takes the rest."""
    word = argv[at]
    if word == "-d2e":
        return [Option("--debug-to-stderr", [], at, 1)]
    found: list[Option] = []
    for position, letter in enumerate(word[1:], start=2):
        name = SHORT.get(letter, "-" + letter)
        arity = ARITY.get(name, NONE)
        rest = word[position:]
        if arity == NONE:
            found.append(Option(name, [], at, 1))
            continue
        values = [rest] if rest else _values(argv, at + 1, arity)
        found.append(Option(name, values, at, 1 if rest else 1 + len(values)))
        break
    return found


def _values(argv: list[str], at: int, arity: int) -> list[str]:
    if arity == NONE or at >= len(argv):
        return []
    if arity == REQUIRED:
        return [argv[at]]
    end = at if arity == OPTIONAL else at + 1  # a variadic's first word is its own whatever it looks like
    while end < len(argv) and (argv[end] == "-" or not argv[end].startswith("-")):
        end += 1
        if arity == OPTIONAL:
            break
    return argv[at:end]
