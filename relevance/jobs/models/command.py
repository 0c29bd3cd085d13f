"""``relevance models``."""

from __future__ import annotations

import argparse

from relevance.terminal import options as shared


def add(commands: shared.Commands) -> None:
    """Add the command."""
    summary = "list the encoders that have a short name"
    parser = shared.add_command(commands, "models", summary, f"{summary.capitalize()}.")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from relevance.jobs.models.terminal import show_models

    show_models()
