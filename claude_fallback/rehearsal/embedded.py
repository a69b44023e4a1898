"""A LiteLLM configuration whose only model is the embedded one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

import orjson

from claude_fallback import paths

NAMES = ("embedded", "qwen2.5-coder", "qwen2.5", "llama3.1-8b", "claude-*")


def embedded_config(folder: str, names: Sequence[str] = NAMES) -> str:
    """Write the configuration and the model beside each other in `folder`; the path is for `gateway-config`.

    `names` are the models it serves; the default ones cover the default mappings, and claude's own names.
    """
    paths.make(folder)
    for module in ("embedded_model.py", "embedded_answer.py"):
        shutil.copyfile(os.path.join(os.path.dirname(__file__), module), os.path.join(folder, module))
    path = os.path.join(folder, "config.yaml")
    with open(path, "wb") as file:
        file.write(orjson.dumps(_config(names), option=orjson.OPT_INDENT_2))  # JSON is YAML
    return path


def _config(names: Sequence[str]) -> dict[str, object]:
    cost = {"input_cost_per_token": 0, "output_cost_per_token": 0}
    handler = {"provider": "embedded", "custom_handler": "embedded_model.model"}
    return {
        "model_list": [
            {"model_name": name, "litellm_params": {"model": f"embedded/{name}", **cost}} for name in names
        ],
        "litellm_settings": {"custom_provider_map": [handler], "drop_params": True},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {"disable_model_info_refresh": True},
    }
