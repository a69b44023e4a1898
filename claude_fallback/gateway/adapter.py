"""A kind of gateway, as data. One file in `adapters/` each; the file's name is what users type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import partial


class Auth(Enum):
    """How claude shows the gateway's key."""

    BEARER = "bearer"  # Authorization: Bearer …, claude's ANTHROPIC_AUTH_TOKEN
    X_API_KEY = "x-api-key"  # claude's ANTHROPIC_API_KEY
    CLOUD = "cloud"  # a cloud's own credentials, which claude finds and signs with


@dataclass(frozen=True)
class Adapter:
    """What is known about one kind of Anthropic-compatible endpoint."""

    name: str
    title: str  # as messages say it: "continuing with … through OpenRouter"
    about: str  # one line for `claude-fallback for`
    base_url: str | None  # None: the user names one (`config set endpoint URL`), or a cloud has its own
    key_env: str  # the variable its key is in, unless `api-key-env` says otherwise
    model: str  # what answers unless the user's settings name another
    billed: str  # who pays, told at each switch
    families: Mapping[str, str] = field(default_factory=dict)  # opus, sonnet, haiku, … -> its model
    auth: Auth = Auth.BEARER
    keyless: bool = False  # a server that wants no key is reached without one
    serves_claude: bool = False  # Anthropic's own models, under claude's own names
    health: str | None = None  # asked without a key first; paths are the base URL's, with "/" the host's
    key_check: str | None = None  # asked with the key, where the list of models is public
    listing: str | None = "v1/models"  # its models; None: it lists none
    env: Mapping[str, str] = field(default_factory=dict)  # further variables for claude
    signs: tuple[str, ...] = ()  # clouds: variables and files (~/…) of which one shows credentials
    needs: tuple[str, ...] = ()  # clouds: variables that must be there

    @property
    def cloud(self) -> bool:
        return self.auth is Auth.CLOUD


# Anthropic's own models at a cloud, under claude's own names and with the cloud's own credentials
claude_in_a_cloud = partial(
    Adapter, base_url=None, model="sonnet", auth=Auth.CLOUD, serves_claude=True, listing=None
)
