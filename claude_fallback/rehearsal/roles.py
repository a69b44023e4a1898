"""What a request is for: the conversation itself, or one of claude's helper calls (pure).

Seen in releases 1.0.60 to 2.1.330: a quota probe with max_tokens 1 (to 2.1.12), subagents warmed up with the
prompt `Warmup` (2.0.42, 2.0.76), and calls without tools for titles, command prefixes and file paths.
"""

from __future__ import annotations

from typing import Any

from claude_fallback.rehearsal.answers import Answer, Text, Turn

_CONVERSATION = ("You are an interactive", "You are an agent working with the user")
_HELPERS = {
    "command_prefix": "process Bash commands that an AI coding agent wants to run",
    "file_paths": "Extract any file paths that this command reads or modifies",
    "title": "title",
}


def role(method: str, path: str, body: Any) -> str:
    """`main`, a helper (`probe`, `warmup`, `title`, …, `helper`), `count_tokens`; other paths: `other`."""
    place = path.partition("?")[0].rstrip("/")
    if method != "POST" or not isinstance(body, dict):
        return "other"
    if place == "/v1/messages/count_tokens":
        return "count_tokens"
    return _messages_role(body) if place == "/v1/messages" else "other"


def helper_answer(role: str) -> Answer:
    """What claude can use in each helper's place."""
    words = {
        "command_prefix": "none",
        "file_paths": "<is_displaying_contents>\nfalse\n</is_displaying_contents>\n<filepaths>\n</filepaths>",
        "title": '{"isNewTopic": true, "title": "Rehearsal"}',
    }
    return Turn((Text(words.get(role, "ok")),))


def prompt(message: Any) -> str:
    """The text of one message, its blocks joined."""
    content = message.get("content", "")
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content if part.get("type") == "text")


def _messages_role(body: dict[str, Any]) -> str:
    if body.get("max_tokens") == 1:
        return "probe"
    if prompt(body["messages"][-1]) == "Warmup":
        return "warmup"
    if body.get("tools"):
        return "main"
    system = prompt({"content": body.get("system", "")})
    if any(words in system for words in _CONVERSATION):
        return "main"  # claude --tools ""
    return next((name for name, words in _HELPERS.items() if words in system), "helper")
