"""LiteLLM in `$CLAUDE_FALLBACK_DATA`, installed unless it is there. Run in the development environment."""

from __future__ import annotations

import os
import sys

from claude_fallback.errors import FallbackError
from claude_fallback.gateway.install import install
from claude_fallback.gateway.progress import Progress


def main() -> int:
    try:
        install(os.environ, Progress())
    except FallbackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
