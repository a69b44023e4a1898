"""One real model that the private LiteLLM can serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Backend:
    """The names it goes by, and LiteLLM's parameters for it."""

    names: tuple[str, ...]  # the first is the one to show
    params: Mapping[str, object] = field(hash=False)
    info: Mapping[str, object] = field(default_factory=dict, hash=False)  # LiteLLM's `model_info`
    calls_tools: bool = True  # claude is of little use without
