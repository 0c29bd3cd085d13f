"""REST interface and web page over the jobs: ``create_app`` for those who have a server already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relevance.server.app import create_app
    from relevance.server.settings import ServerSettings

__all__ = ["ServerSettings", "create_app"]

_HOMES = {"create_app": "relevance.server.app", "ServerSettings": "relevance.server.settings"}


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Import on first use; FastAPI is an extra, and takes a while."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        from relevance.errors import MissingExtraError

        try:
            return getattr(import_module(_HOMES[name]), name)
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("relevance"):
                raise
            raise MissingExtraError("A server", "server") from error
