"""`config`: the settings in `litellm_config.json`."""

from __future__ import annotations

from collections.abc import Mapping

import click

from claude_fallback import paths
from claude_fallback.admin.screen import rows, show
from claude_fallback.errors import UsageError
from claude_fallback.memory import settings, settings_edit, store


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
    wanted = settings.from_document(document)
    if as_json:
        show(_json(settings.as_document(wanted), indent=True))
        return 0
    pairs = [
        pair
        for key in settings.KEYS
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
    show(_words(getattr(settings.load(environ), settings.find(key).field)))
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
    default = settings_edit.unset(environ, key)
    show(f"{settings.find(key).name} = {_words(default)} (default)")
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
    if key == "add-model-mapping":
        asked, served = settings_edit.add_mapping(environ, value)
        return f"{asked} -> {served}"
    if key == "remove-model-mapping":
        settings_edit.remove_mapping(environ, value)
        return f"{value} is no longer mapped"
    return f"{settings.find(key).name} = {_words(settings_edit.assign(environ, key, value))}"


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
