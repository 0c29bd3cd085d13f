"""``relevance serve``."""

from __future__ import annotations

import argparse
from pathlib import Path

from relevance.terminal import options as shared

_EPILOG = """\
The page is at the address that is printed, the REST interface below /api/v1, its description at
/docs. The server listens to this machine alone unless --host says otherwise, and then wants a key.

examples:
  relevance serve shop.index                          (made by `relevance index`)
  relevance serve shop.index --root pictures --store parts.references
  relevance serve qdrant://localhost:6333/shop --host 0.0.0.0 --api-key-file key.txt
"""


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(
        commands,
        "serve",
        "a REST interface and a web page over indexes, folders and references",
        "Serve a web page and a REST interface until the process is asked to end.",
        _EPILOG,
    )
    parser.add_argument(
        "indexes", metavar="INDEX", nargs="*", help="folder or address of an index to search"
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="(default: 8000; 0: any free one)")
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="encoder for what no index decides (default: that of the first index)",
    )
    parser.add_argument(
        "--store",
        metavar="PLACE",
        help="where reference pictures are, see `relevance references` (default: types.references)",
    )
    parser.add_argument(
        "--root",
        dest="roots",
        metavar="FOLDER",
        type=Path,
        action="append",
        help="folder below which requests may name folders to score or index; may be repeated",
    )
    _add_limits(parser)
    _add_access(parser)
    parser.set_defaults(run=_run)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workers", metavar="N", type=int, default=1, help="processes that answer (default: 1)"
    )
    parser.add_argument(
        "--max-megabytes", metavar="N", type=int, help="largest body of a request (default: 20)"
    )
    parser.add_argument(
        "--max-pixels", metavar="N", type=int, help="largest picture (default: 50,000,000)"
    )
    parser.add_argument(
        "--waiting",
        metavar="N",
        type=int,
        help="requests that may wait for the encoder before others are sent away (default: 64)",
    )
    parser.add_argument(
        "--state",
        metavar="FOLDER",
        type=Path,
        help="where long work is kept (default: in the user's cache)",
    )


def _add_access(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--api-key-file",
        metavar="FILE",
        type=Path,
        help="file whose first line requests must show: Authorization: Bearer KEY",
    )
    parser.add_argument(
        "--no-auth", action="store_true", help="listen to other machines without a key"
    )
    parser.add_argument(
        "--allow-host",
        dest="hosts",
        metavar="NAME",
        action="append",
        help="name by which the server may be called besides localhost (default: none on this "
        "machine, any elsewhere); may be repeated",
    )
    parser.add_argument(
        "--origin",
        dest="origins",
        metavar="URL",
        action="append",
        help="site whose pages may use the server too (CORS); may be repeated",
    )
    parser.add_argument(
        "--allow-fetch",
        action="store_true",
        help="fetch pictures that requests name on the public internet, and nowhere else",
    )
    parser.add_argument(
        "--log-queries", action="store_true", help="let the access log hold what was asked"
    )
    shared.add_quiet(parser)


def _run(options: argparse.Namespace) -> None:
    shared.log_to_stderr(quiet=options.quiet)
    from relevance.server.running import Listening, serve
    from relevance.server.settings import ServerSettings, called, check_exposure, read_key
    from relevance.system.streams import tell

    key = read_key(options.api_key_file) if options.api_key_file else ""
    warning = check_exposure(options.host, key, no_auth=options.no_auth)
    if warning and not options.quiet:
        tell(f"Warning: {warning}")
    limits = ("max_megabytes", "max_pixels", "waiting", "state", "model", "store", "roots")
    settings = ServerSettings.of(
        indexes=options.indexes,
        hosts=called(options.host, options.hosts or ()),
        origins=options.origins or (),
        api_key=key,
        allow_fetch=options.allow_fetch,
        log_queries=options.log_queries,
        **shared.given(options, limits),
    )
    serve(settings, Listening(options.host, options.port, options.workers, quiet=options.quiet))
