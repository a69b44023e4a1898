"""Small programs on the Python Agent SDK: `program.py NAME CLAUDE` prints what it saw as lines of JSON."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

from claude_agent_sdk import (  # type: ignore[import-not-found]  # it has an environment of its own
    ClaudeAgentOptions,
    ClaudeSDKClient,
    HookMatcher,
    PermissionResultAllow,
    create_sdk_mcp_server,
    query,
    tool,
)

CLAUDE = sys.argv[2]


def tell(kind: str, **more: Any) -> None:
    print(  # noqa: T201
        json.dumps({"kind": kind, **more}), flush=True
    )


def saw(message: Any) -> None:
    plain = dataclasses.asdict(message)
    if hasattr(message, "total_cost_usd"):
        tell("result", text=message.result, error=message.is_error, session=message.session_id)
    elif plain.get("subtype") == "init":
        tell("init", session=plain["data"]["session_id"])
    elif type(message).__name__ == "AssistantMessage":
        tell("assistant", text="".join(block.get("text", "") for block in plain["content"]))


async def ask(client: ClaudeSDKClient, prompt: str) -> None:
    await client.query(prompt)
    async for message in client.receive_response():
        saw(message)


async def five(**options: Any) -> None:
    """Five turns, one after another."""
    async with ClaudeSDKClient(ClaudeAgentOptions(cli_path=CLAUDE, **options)) as client:
        for number in range(1, 6):
            await ask(client, f"question {number}")


async def at_once() -> None:
    """Five messages before the first answer."""

    async def messages() -> AsyncIterator[dict[str, Any]]:
        for number in range(1, 6):
            yield {"type": "user", "message": {"role": "user", "content": f"question {number}"}}

    async for message in query(prompt=messages(), options=ClaudeAgentOptions(cli_path=CLAUDE)):
        saw(message)


async def one_shot() -> None:
    """One prompt, with a hook, a permission callback and a server of the program's own."""
    async for message in query(prompt=only("the only question"), options=everything()):
        saw(message)


async def only(prompt: str) -> AsyncIterator[dict[str, Any]]:
    yield {"type": "user", "message": {"role": "user", "content": prompt}}


def everything() -> ClaudeAgentOptions:
    async def allowed(name: str, given: dict[str, Any], _context: Any) -> PermissionResultAllow:
        tell("permission", tool=name, input=given)
        return PermissionResultAllow()

    async def hook(given: Any, _tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        tell("hook", event=given["hook_event_name"], tool=given.get("tool_name"))
        return {}

    @tool("add", "Adds two numbers", {"a": float, "b": float})  # type: ignore[untyped-decorator]
    async def add(given: dict[str, Any]) -> dict[str, Any]:
        tell("tool", sum=given["a"] + given["b"])
        return {"content": [{"type": "text", "text": str(given["a"] + given["b"])}]}

    return ClaudeAgentOptions(
        cli_path=CLAUDE,
        can_use_tool=allowed,
        hooks={"PreToolUse": [HookMatcher(hooks=[hook])]},
        mcp_servers={"sums": create_sdk_mcp_server("sums", tools=[add])},
    )


async def with_tools() -> None:
    """Two turns with all callbacks."""
    async with ClaudeSDKClient(everything()) as client:
        await ask(client, "first")
        await ask(client, "second")


async def interrupted() -> None:
    """An interrupt in the first turn; then a second one."""
    async with ClaudeSDKClient(ClaudeAgentOptions(cli_path=CLAUDE, allowed_tools=["Bash"])) as client:
        await client.query("first")
        messages = client.receive_messages()
        async for message in messages:
            saw(message)
            if any(hasattr(block, "input") for block in getattr(message, "content", [])):
                await client.interrupt()
                tell("interrupted")
            if type(message).__name__ == "ResultMessage":
                break
        await ask(client, "second")


async def settings() -> None:
    """Another model and another permission mode, between turns."""
    async with ClaudeSDKClient(ClaudeAgentOptions(cli_path=CLAUDE)) as client:
        await client.set_permission_mode("acceptEdits")
        await ask(client, "first")
        await ask(client, "second")
        await client.set_model("opus")
        await ask(client, "third")


async def unkept() -> None:
    """Two turns of a session that is not kept."""
    await five(extra_args={"no-session-persistence": None})


if __name__ == "__main__":
    asyncio.run(globals()[sys.argv[1]]())
