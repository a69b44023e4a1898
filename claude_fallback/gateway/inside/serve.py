"""The private LiteLLM's command: LiteLLM's own, with our translation in it, whatever its configuration says.

python -m claude_fallback_inside.serve --config PATH --host 127.0.0.1 --port PORT
"""

from __future__ import annotations

import os


def main() -> None:
    import litellm
    from litellm.proxy.proxy_cli import run_server
    from litellm.proxy.proxy_server import app

    from . import housekeeping
    from .activity import Activity
    from .callback import translation
    from .middleware import Words

    activity = Activity()
    silence = float(os.environ.get("CLAUDE_FALLBACK_SILENCE") or 0)
    app.add_middleware(Words, activity=activity, longest_silence=silence)
    litellm.callbacks.append(translation)
    housekeeping.begin(activity, os.environ)
    run_server()


if __name__ == "__main__":
    main()
