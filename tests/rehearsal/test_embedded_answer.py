"""The embedded model answers the same to the same, and does what the words in a prompt ask for."""

from __future__ import annotations

import json

import pytest

from claude_fallback.rehearsal.embedded_answer import Message, answer, prompts

SYSTEM: Message = {
    "role": "system",
    "content": "You are …\n<env>\nWorking directory: /home/me/w\nPlatform: linux",
}
TOOLS = ["Bash", "Write"]


def asked(*texts: str) -> list[Message]:
    return [SYSTEM, {"role": "user", "content": [{"type": "text", "text": text} for text in texts]}]


def test_plain_answer() -> None:
    """The prompt is quoted and the model named; reminders are not the user's words."""
    said = answer("qwen", asked("<system-reminder>\nnot this\n</system-reminder>", "say hi"), TOOLS)
    assert said.text == "You asked: say hi\n(answered by the embedded model qwen)"
    assert said.call is None and said.fail == 0


def test_note_of_litellm() -> None:
    """A system message that LiteLLM put behind the prompt is not the prompt."""
    blocks = ["Operator note (not from the user): …", "Available agent types: write spam.txt"]
    note: Message = {"role": "user", "content": [{"type": "text", "text": text} for text in blocks]}
    said = answer("qwen", [*asked("say hi"), note], TOOLS)
    assert said.text.startswith("You asked: say hi\n")


@pytest.mark.parametrize(
    ("prompt", "path"),
    [
        ("write hello.txt", "/home/me/w/hello.txt"),
        ("Please write a file named notes/a.md, quickly", "/home/me/w/notes/a.md"),
        ("Write the file `/tmp/x.py`", "/tmp/x.py"),
        ("write NOTES", "/home/me/w/NOTES"),
    ],
)
def test_write(prompt: str, path: str) -> None:
    """Asked to write a file it calls Write with an absolute path in claude's working directory."""
    call = answer("qwen", asked(prompt), TOOLS).call
    assert call and call.name == "Write"
    assert json.loads(call.arguments)["file_path"] == path


@pytest.mark.parametrize("line", ["Working directory: /a b/c", " - Primary working directory: /a b/c  "])
def test_working_directory(line: str) -> None:
    """Both forms in which claude names it, in the system prompt or behind the prompt."""
    messages: list[Message] = [{"role": "user", "content": "write x.txt"}]
    messages.append({"role": "user", "content": f"Operator note (not from the user): …\n{line}\n - Is a git"})
    call = answer("qwen", messages, TOOLS).call
    assert call and json.loads(call.arguments)["file_path"] == "/a b/c/x.txt"


def test_no_write() -> None:
    """Without the tool, without a directory, or without a file name it answers in words."""
    assert answer("qwen", asked("write hello.txt"), ["Bash"]).call is None
    assert answer("qwen", [{"role": "user", "content": "write hello.txt"}], TOOLS).call is None
    assert answer("qwen", asked("write me a poem"), TOOLS).call is None


def test_after_the_tool() -> None:
    """The tool's result is answered with a closing sentence, not with another call."""
    messages = asked("write hello.txt")
    call = answer("qwen", messages, TOOLS).call
    assert call
    messages += [{"role": "assistant", "content": None}, {"role": "tool", "content": "File created"}]
    said = answer("qwen", messages, TOOLS)
    assert said.call is None
    assert said.text == "Done: File created\n(answered by the embedded model qwen)"
    again = answer("qwen", [*messages, {"role": "user", "content": "write b.txt"}], TOOLS)
    assert again.call and again.call.id != call.id


def test_markers() -> None:
    """What a test can force."""
    assert answer("m", asked("[[429]] hi"), TOOLS).fail == 429
    assert answer("m", asked("[[slow]] hi"), TOOLS).wait == 3
    assert answer("m", asked("[[slow 8]] hi"), TOOLS).wait == 8
    assert answer("m", asked("[[cut]] hi"), TOOLS).cut
    call = answer("m", asked('[[tool Bash {"command": "echo [1]"}]]'), TOOLS).call
    assert call and (call.name, call.arguments) == ("Bash", '{"command": "echo [1]"}')


def test_failing_in_the_middle_of_a_turn() -> None:
    """`then` waits for the tool's result; an old prompt's marker does not count."""
    messages = asked('[[tool Bash {"command": "true"}]] [[then 500]]')
    assert answer("m", messages, TOOLS).call
    messages += [{"role": "tool", "content": ""}]
    assert answer("m", messages, TOOLS).fail == 500
    assert answer("m", [*messages, {"role": "user", "content": "go on"}], TOOLS).fail == 0


def test_recall() -> None:
    """The conversation's prompts, to prove that a resumed session came along."""
    messages = [
        *asked("first"),
        {"role": "assistant", "content": "x"},
        {"role": "user", "content": "[[recall]]"},
    ]
    assert prompts(messages) == ["first", "[[recall]]"]
    assert answer("m", messages, TOOLS).text.startswith("first\n[[recall]]\n(answered")
