"""``relevance references``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from relevance.terminal import options as shared

if TYPE_CHECKING:
    from relevance.index.references.references import References

_EPILOG = """\
References are pictures of types that are known: parts, products, species. `relevance recognise`
says which of them another picture shows. Several processes and machines may share one store.

examples:
  relevance references add parts                     (one folder a type)
  relevance references add --type "M8 nut" a.jpg b.jpg
  relevance references list --store s3://shop/parts
  relevance references undo                          (what was added, grown or removed last)
"""


def add(commands: shared.Commands) -> None:
    """Add the command with its actions."""
    parser = commands.add_parser(
        "references",
        help="keep reference pictures of types, for `relevance recognise`",
        description="Keep the pictures that stand for the types that are known.",
        epilog=f"{_EPILOG}\n{shared.EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    _add_add(actions)
    _add_list(actions)
    log = _action(actions, "log", "what was done, and which run of it `undo` takes back")
    shared.add_json(log)
    log.set_defaults(run=_log)
    remove = _action(actions, "remove", "remove references, or all of a type")
    remove.add_argument("ids", metavar="ID", nargs="*", help="id of a reference, see `list --type`")
    remove.add_argument(
        "--type", metavar="NAME", type=shared.not_empty, help="all references of this type"
    )
    remove.set_defaults(run=_remove)
    undo = _action(actions, "undo", "take back what the last run added, grew or removed")
    undo.add_argument("--run", dest="chosen", metavar="ID", help="another run than the last")
    undo.set_defaults(run=_undo)
    export = _action(actions, "export", "write all references as one ZIP file")
    export.add_argument("file", metavar="FILE", type=Path, help="the file to write")
    export.set_defaults(run=_export)
    taken = _action(actions, "import", "take in such a file beside what is there")
    taken.add_argument("file", metavar="FILE", type=Path, help="the file to read")
    taken.set_defaults(run=_import)


def _action(actions: shared.Commands, name: str, summary: str) -> argparse.ArgumentParser:
    sentence = f"{summary[0].upper()}{summary[1:]}."
    parser = shared.add_command(actions, name, summary, sentence)
    shared.add_references(parser)
    shared.add_quiet(parser)
    return parser


def _add_type(parser: argparse.ArgumentParser, summary: str) -> None:
    parser.add_argument("--type", metavar="NAME", type=shared.not_empty, help=summary)


def _add_add(actions: shared.Commands) -> None:
    parser = _action(actions, "add", "take pictures in: one folder a type, or --type")
    shared.add_paths(parser)
    _add_type(parser, "what all of them show, whatever their folders are called")
    shared.add_engine(parser)
    shared.add_json(parser)
    parser.set_defaults(run=_add)


def _add_list(actions: shared.Commands) -> None:
    parser = _action(actions, "list", "show the types, or the references of one")
    parser.add_argument(
        "--type", metavar="NAME", type=shared.not_empty, help="show the references of this type"
    )
    shared.add_json(parser)
    parser.set_defaults(run=_list)


def _open(options: argparse.Namespace) -> References:
    shared.log_to_stderr(quiet=options.quiet)
    from relevance.index.references.references import References

    engine = shared.ENGINE if hasattr(options, "model") else ()
    return References(**shared.given(options, ("place", *engine)))


def _add(options: argparse.Namespace) -> None:
    from relevance.jobs.references.terminal import show_added
    from relevance.terminal.running import carry_out

    references = _open(options)
    more = shared.given(options, ("type", "exclude"))
    carry_out(
        options,
        work=lambda progress: references.add(options.paths, progress=progress, **more),
        write=lambda added: None,
        show=lambda added, _: show_added(added),
    )


def _list(options: argparse.Namespace) -> None:
    from relevance.jobs.references.listing import Listing
    from relevance.jobs.references.terminal import show_listing

    listing = Listing.of_store(_open(options), options.type)
    if options.json:
        shared.print_json(listing.json_text())
    elif not options.quiet:
        show_listing(listing)


def _log(options: argparse.Namespace) -> None:
    from relevance.jobs.references.listing import History
    from relevance.jobs.references.terminal import show_history

    history = History.of(_open(options))
    if options.json:
        shared.print_json(history.json_text())
    elif not options.quiet:
        show_history(history)


def _remove(options: argparse.Namespace) -> None:
    from relevance.jobs.references.terminal import tell_unless

    gone = _open(options).remove(*options.ids, **shared.given(options, ("type",)))
    tell_unless(
        options.quiet, len(gone), "removed; `relevance references undo` brings back what was"
    )


def _undo(options: argparse.Namespace) -> None:
    from relevance.jobs.references.terminal import show_undone

    undone = _open(options).undo(options.chosen or "")
    if not options.quiet:
        show_undone(undone)


def _export(options: argparse.Namespace) -> None:
    from relevance.jobs.references.terminal import tell_unless
    from relevance.system.names import printable

    tell_unless(
        options.quiet, _open(options).export_to(options.file), f"in {printable(options.file)}"
    )


def _import(options: argparse.Namespace) -> None:
    from relevance.jobs.references.terminal import tell_unless

    tell_unless(options.quiet, _open(options).import_from(options.file), "new")
