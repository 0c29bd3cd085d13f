"""``relevance cache``."""

from __future__ import annotations

import argparse

from relevance.terminal import options as shared


def add(commands: shared.Commands) -> None:
    """Add the command with its actions."""
    parser = commands.add_parser(
        "cache",
        help="look at or clean the store of embeddings and exported models",
        description="Pictures that were encoded once are neither read nor encoded again for the "
        "next keyword. RELEVANCE_CACHE names another folder to keep this in.",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    summary = "where it is, and what it holds"
    info = shared.add_command(actions, "info", summary, f"Say {summary}.")
    info.set_defaults(run=_info)
    clear = shared.add_command(actions, "clear", "delete all embeddings", "Delete all embeddings.")
    clear.add_argument("--models", action="store_true", help="delete exported models too")
    clear.set_defaults(run=_clear)
    summary = "forget pictures whose files are gone or changed (connect external drives first)"
    prune = shared.add_command(
        actions, "prune", summary, f"{summary.capitalize()}. Pictures of tables are kept."
    )
    prune.set_defaults(run=_prune)


def _info(options: argparse.Namespace) -> None:
    from relevance.jobs.cache.terminal import show_cache

    show_cache()


def _clear(options: argparse.Namespace) -> None:
    from relevance.jobs.cache.terminal import clear_cache

    clear_cache(models=options.models)


def _prune(options: argparse.Namespace) -> None:
    from relevance.jobs.cache.terminal import prune_cache

    prune_cache()
