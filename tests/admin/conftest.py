"""Our commands as real processes, and a gateway that answers the few questions they ask."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

KEY = "sk-gateway-0123456789"
MAIN = "import os, sys; from claude_fallback.admin import main; sys.exit(main(sys.argv[1:], os.environ))"

Done = subprocess.CompletedProcess[str]
Command = Callable[..., Done]


@pytest.fixture
def command(environ: dict[str, str]) -> Command:
    """`command("status", "--json", NAME="value")` runs `for litellm status --json`."""

    def run(*argv: str, **more: str) -> Done:
        return subprocess.run(
            [sys.executable, "-c", MAIN, "litellm", *argv],
            env=environ | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def state(home: str) -> Callable[[], dict[str, object]]:
    def read() -> dict[str, object]:
        found: dict[str, object] = json.loads(Path(home, ".claude", "litellm_state.json").read_text())
        return found

    return read


class Answers(BaseHTTPRequestHandler):
    """Alive, one key, one model."""

    def do_GET(self) -> None:
        known = self.headers.get("Authorization") == f"Bearer {KEY}"
        status = 200 if known or self.path.startswith("/health") else 400
        body = json.dumps({"data": [{"id": "qwen2.5-coder"}]}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def gateway(home: str) -> Iterator[dict[str, str]]:
    """The settings name it; the yielded environment holds its key."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = Path(home, ".claude")
    folder.mkdir(exist_ok=True)
    settings = {"litellm_endpoint": f"http://127.0.0.1:{server.server_port}"}
    (folder / "litellm_config.json").write_text(json.dumps(settings))
    yield {"LITELLM_API_KEY": KEY}
    server.shutdown()
    server.server_close()
