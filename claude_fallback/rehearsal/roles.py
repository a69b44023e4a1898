"""What a request is for: the conversation itself, or something claude does beside it (pure).

Seen in releases 1.0.60 to 2.1.330:
- a quota probe with max_tokens 1 (subscription logins, up to 2.1.12);
- subagents warmed up with the prompt `Warmup` (2.0.42, 2.0.76);
- calls without tools for titles, command prefixes and file paths (up to 2.1.112);
- subagents, with a system prompt of their own; 2.1.330 also marks them in the billing line.
"""

from __future__ import annotations

from typing import Any

from claude_fallback.rehearsal.answers import Answer, Text, Turn

_CONVERSATION = ("You are an interactive", "You are an agent working with the user")
_SUBAGENTS = (
    "cc_is_subagent=true",
    "You are an agent for Claude Code",
    "specialist for Claude Code",
)
_HELPERS = {
    "command_prefix": "process Bash commands that an AI coding agent wants to run",
    "file_paths": "Extract any file paths that this command reads or modifies",
    "title": "title",
}
_NO_FILES = "<is_displaying_contents>\nfalse\n</is_displaying_contents>\n<filepaths>\n</filepaths>"


def role(method: str, path: str, body: Any) -> str:
    """`main`, `subagent`, a helper (`probe`, `warmup`, `title`, …, `helper`), `count_tokens`, or `other`."""
    place = path.partition("?")[0].rstrip("/")
    if method != "POST" or not isinstance(body, dict):
        return "other"
    if place == "/v1/messages/count_tokens":
        return "count_tokens"
    return _messages_role(body) if place == "/v1/messages" else "other"


def side_answer(role: str) -> Answer:
    """What claude can use in each place that is not the conversation."""
    words = {
        "command_prefix": "none",
        "file_paths": _NO_FILES,
        "title": '{"isNewTopic": true, "title": "Rehearsal"}',
    }
    return Turn((Text(words.get(role, "Done.")),))


def prompt(message: Any) -> str:
    """The text of one message, its blocks joined."""
    content = message.get("content", "")
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content if part.get("type") == "text")


def _messages_role(body: dict[str, Any]) -> str:
    if body.get("max_tokens") == 1:
        return "probe"
    messages = body.get("messages") or [{}]
    if prompt(messages[-1]) == "Warmup":
        return "warmup"
    system = prompt({"content": body.get("system", "")})
    if any(words in system for words in _SUBAGENTS):
        return "subagent"
    if body.get("tools") or any(words in system for words in _CONVERSATION):  # tools: none with --tools ""
        return "main"
    return next((name for name, words in _HELPERS.items() if words in system), "helper")
