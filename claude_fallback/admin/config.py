"""`config`: the settings in `litellm_config.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import click

from claude_fallback import paths
from claude_fallback.admin.screen import rows, show
from claude_fallback.errors import UsageError
from claude_fallback.gateway import adapters
from claude_fallback.memory import settings, settings_edit, store
from claude_fallback.output import say


@click.group()
def config() -> None:
    """Show and change the settings.

    Example: claude-fallback for litellm config set model qwen2.5-coder
    """


@config.command(name="show")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, shaped as the file is.")
@click.pass_obj
def show_all(environ: Mapping[str, str], as_json: bool) -> int:
    """Every setting in force, and which of them are not the default.

    Example: claude-fallback for litellm config show --json
    """
    document = store.read(paths.config_file(environ))
    wanted = _with_costs(settings.from_document(document, defaults=_defaults(environ)), environ)
    if as_json:
        show(_json(settings.as_document(wanted), indent=True))
        return 0
    pairs = [
        pair
        for key in settings.keys(wanted.adapter)
        for pair in _pairs(key, getattr(wanted, key.field), _mark(document, key))
    ]
    show(*rows(pairs))
    return 0


@config.command()
@click.argument("key")
@click.pass_obj
def get(environ: Mapping[str, str], key: str) -> int:
    """One setting, by its short name or its path in the file.

    Example: claude-fallback for litellm config get auto-disconnect-hours
    """
    wanted = _with_costs(adapters.load(environ), environ)
    show(_words(getattr(wanted, settings.find(key, wanted.adapter).field)))
    return 0


@config.command(name="set", context_settings={"ignore_unknown_options": True})
@click.argument("key")
@click.argument("value", nargs=-1)
@click.pass_obj
def put(environ: Mapping[str, str], key: str, value: tuple[str, ...]) -> int:
    """Change one setting. `config show` lists them; three more are:

    \b
    add-model-mapping A:B     what Claude calls A is B at the gateway
    remove-model-mapping A
    reset-costs

    Example: claude-fallback for litellm config set add-model-mapping claude-3-opus:llama3.1-8b
    """
    if key == "reset-costs":
        settings_edit.reset_costs(environ)
        show("reset-costs: done")
        return 0
    if len(value) != 1:
        raise UsageError(
            f"config set {key} takes one value (see: claude-fallback for litellm config set --help)"
        )
    show(_set(environ, key, value[0]))
    return 0


@config.command()
@click.argument("key")
@click.pass_obj
def unset(environ: Mapping[str, str], key: str) -> int:
    """Back to the default.

    Example: claude-fallback for litellm config unset endpoint
    """
    defaults = _defaults(environ)
    found = settings_edit.unset(environ, key, defaults.adapter)
    show(f"{found.name} = {_words(getattr(defaults, found.field))} (default)")
    return 0


@config.command()
@click.pass_obj
def path(environ: Mapping[str, str]) -> int:
    """Where the settings are kept.

    Example: cat "$(claude-fallback for litellm config path)"
    """
    show(paths.config_file(environ))
    return 0


def _set(environ: Mapping[str, str], key: str, value: str) -> str:
    defaults = _defaults(environ)
    if key == "add-model-mapping":
        asked, served = settings_edit.add_mapping(environ, value, defaults)
        _warn_unserved(environ, served)
        return f"{asked} -> {served}"
    if key == "remove-model-mapping":
        settings_edit.remove_mapping(environ, value, defaults)
        return f"{value} is no longer mapped"
    new = settings_edit.assign(environ, key, value, defaults.adapter)
    if key == "model":
        _warn_unserved(environ, value)
    if key == "fallback-chain":
        _warn_unready(environ)
    return f"{settings.find(key, defaults.adapter).name} = {_words(new)}"


def _warn_unserved(environ: Mapping[str, str], name: str) -> None:
    """A mapping is the user's to make; that nobody answers to it yet, they should know."""
    from claude_fallback.errors import FallbackError
    from claude_fallback.gateway import listing, target

    try:
        there = target.resolve(adapters.load(environ), environ)
    except FallbackError:
        return  # no gateway to ask
    listed = listing.offered(there)
    if listed is not None and listing.serving(name, listed) is None:
        say(f"{there.place} does not serve {name} now; see: claude-fallback for {there.adapter.name} models")


def _warn_unready(environ: Mapping[str, str]) -> None:
    """Links that could not be used as things are; a private LiteLLM that sleeps could."""
    from claude_fallback.errors import FallbackError
    from claude_fallback.gateway import target
    from claude_fallback.gateway.chain import links

    wanted = adapters.load(environ)
    for link in links(wanted, adapters.names()):
        own = adapters.load(environ, link.adapter, tell=lambda _: None)
        if not target.uses_private(own, environ):
            try:
                target.resolve(own, environ, link)
            except FallbackError as error:
                say(f"{link.name} is in the chain, but not ready: {error}")


def _with_costs(wanted: settings.Settings, environ: Mapping[str, str]) -> settings.Settings:
    """What the file says was spent, and what the ledger knows of since `reset-costs`."""
    from claude_fallback.memory import ledger

    spent = ledger.cost_since(environ, settings_edit.costs_reset_at(environ)).cost or 0.0
    return replace(wanted, litellm_cost=round(wanted.litellm_cost + spent, 6))


def _defaults(environ: Mapping[str, str]) -> settings.Settings:
    return adapters.defaults(adapters.find(adapters.chosen(environ)))


def _pairs(key: settings.Key, value: object, mark: str) -> list[tuple[str, str]]:
    """A table takes one line for each of its entries."""
    if not isinstance(value, Mapping) or not value:
        return [(key.name, _words(value) + mark)]
    labels = [key.name] + [""] * (len(value) - 1)
    return [(label, f"{asked} -> {value[asked]}{mark}") for label, asked in zip(labels, value, strict=True)]


def _words(value: object) -> str:
    """As the file writes it, a plain string without its quotes."""
    return value if isinstance(value, str) else _json(settings.plain(value))


def _mark(document: store.Document, key: settings.Key) -> str:
    return "" if settings.lookup(document, key) is not None else "  (default)"


def _json(value: object, indent: bool = False) -> str:
    import orjson

    return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else 0).decode()
