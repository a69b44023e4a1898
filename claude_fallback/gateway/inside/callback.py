"""LiteLLM's side of the translation and of the costs: it calls the methods below by name and by keyword.

For a LiteLLM of your own: `litellm_settings: {callbacks: claude_fallback_inside.callback.translation}`.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

import litellm
from litellm.integrations.custom_logger import CustomLogger
from litellm.types.utils import CallTypes
from litellm.utils import ProviderConfigManager

from . import parallel_calls
from .backend import Backend, tokens
from .translation import RefusedError, request
from .usage import append, line

# Tokens of an answer, for a model in nobody's list: claude asks for 32,000 and more, and many refuse that
UNKNOWN_OUTPUT = 16384
_MESSAGES = (CallTypes.anthropic_messages, CallTypes.aanthropic_messages)


class Translation(CustomLogger):  # type: ignore[misc]  # LiteLLM is not in the environment that checks types
    """Before a request leaves for its model; after its answer is complete, or has failed."""

    async def async_pre_call_deployment_hook(self, kwargs: dict[str, Any], call_type: Any) -> dict[str, Any]:
        """Called once a deployment is chosen, so that a fallback of LiteLLM's own is translated, too."""
        if call_type not in _MESSAGES:
            return kwargs
        backend = _backend(kwargs)
        try:
            changed = request(kwargs, backend)
        except RefusedError as refused:
            error = litellm.BadRequestError(str(refused), backend.model, backend.provider)
            error.message = str(refused)  # without LiteLLM's own prefix: the model reads it, and claude
            raise error from None
        kept = {name: value for name, value in kwargs.items() if changed.get(name, value) is not None}
        if not backend.native:
            kept.pop("metadata", None)  # a user id of the native account's: not for other providers
        return {**kept, **{name: value for name, value in changed.items() if value is not None}}

    async def async_log_success_event(
        self,
        kwargs: dict[str, Any],
        response_obj: Any,  # noqa: ARG002  # LiteLLM's signature
        start_time: datetime,
        end_time: datetime,
    ) -> None:
        path = os.environ.get("CLAUDE_FALLBACK_USAGE")
        parts = os.environ.get("CLAUDE_FALLBACK_KEEPS", "").split()
        if path and parts:
            told = kwargs.get("standard_logging_object") or {}
            append(path, line(told, start_time, end_time, parts))

    async_log_failure_event = async_log_success_event


def _backend(kwargs: dict[str, Any]) -> Backend:
    """What LiteLLM's configuration (`model_info`) and its own list of models say about this deployment."""
    model, provider, _, _ = litellm.get_llm_provider(
        kwargs["model"], kwargs.get("custom_llm_provider"), kwargs.get("api_base")
    )
    told = _model_info(kwargs)
    listed = _listed(model, provider)
    return Backend(
        provider=provider,
        model=model,
        native="/v1/messages" in (told.get("supported_endpoints") or ()) or _is_native(model, provider),
        sees_images=_first(told.get("supports_vision"), True),
        reads_pdfs=_first(told.get("supports_pdf_input"), listed.get("supports_pdf_input"), False),
        searches=_first(told.get("supports_web_search"), listed.get("supports_web_search"), False),
        context=tokens(kwargs.get("num_ctx")),
        output=_first(
            tokens(told.get("max_output_tokens")), tokens(listed.get("max_output_tokens")), UNKNOWN_OUTPUT
        ),
    )


def _model_info(kwargs: dict[str, Any]) -> dict[str, Any]:
    for place in ("model_info", "litellm_metadata", "metadata"):
        found = kwargs.get(place) or {}
        found = found if place == "model_info" else found.get("model_info") or {}
        if found:
            return dict(found)
    return {}


def _listed(model: str, provider: str) -> dict[str, Any]:
    try:
        return dict(litellm.get_model_info(model, provider))
    except Exception:  # LiteLLM raises a bare Exception for a model that it does not know
        return {}


def _is_native(model: str, provider: str) -> bool:
    try:
        kind = litellm.LlmProviders(provider)
        return ProviderConfigManager.get_provider_anthropic_messages_config(model, kind) is not None
    except ValueError:
        return False


def _first(*values: Any) -> Any:
    return next((value for value in values[:-1] if value is not None), values[-1])


parallel_calls.mend()
translation = Translation()
