"""How a server is set up, checked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from relevance.errors import UsageError
from relevance.system.arguments import several_paths
from relevance.system.finding import meant
from relevance.system.locations import cache_folder, is_folder
from relevance.system.names import printable

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What ``create_app`` builds upon.

    Attributes:
        indexes: Folders or addresses of indexes to search.
        model: Encoder for what no index decides.
        store: Where reference pictures are; None for the command's default.
        roots: Folders below which requests may name folders to score or to index.
        api_key: What requests must show; empty to ask for none.
        hosts: Names by which the server may be called; empty for any.
        origins: Web origins besides its own whose pages may use it.
        max_megabytes: Largest body of a request.
        body_seconds: How long a body may take to arrive.
        max_pixels: Largest width × height of an uploaded picture that is decoded.
        waiting: How many encoding requests may wait before others are told to come back.
        allow_fetch: Whether requests may name pictures on the public internet.
        log_queries: Whether the access log may hold what was asked.
        state: Where long work is kept; None for the user's cache folder.
    """

    indexes: tuple[str, ...] = ()
    model: str = "auto"
    store: str | None = None
    roots: tuple[Path, ...] = ()
    api_key: str = field(default="", repr=False)
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    max_megabytes: int = 20
    body_seconds: float = 30.0
    max_pixels: int = 50_000_000
    waiting: int = 64
    allow_fetch: bool = False
    log_queries: bool = False
    state: Path | None = None

    def __post_init__(self) -> None:
        for name in ("max_megabytes", "waiting", "max_pixels", "body_seconds"):
            if not getattr(self, name) > 0:
                raise UsageError(f"{name} must be more than 0, not {getattr(self, name):g}.")
        for root in self.roots:
            if not is_folder(root):
                raise UsageError(f"There is no folder {printable(root)} (--root).")
        if self.api_key and len(self.api_key) < _SHORTEST_KEY:
            raise UsageError(
                f"The API key is shorter than {_SHORTEST_KEY} characters; make one with "
                "`python -c 'import secrets; print(secrets.token_urlsafe(32))'`."
            )

    @classmethod
    def of(cls, **options: Any) -> ServerSettings:
        """Take paths and names as people give them: one or several, as text or as paths."""
        several_of: dict[str, Any] = {
            name: tuple(map(str, several_paths(options[name])))
            for name in ("indexes", "hosts", "origins")
            if name in options
        }
        roots = tuple(map(Path, several_paths(options.get("roots", ()))))
        state = Path(options["state"]) if options.get("state") else None
        return cls(**options | several_of | {"roots": roots, "state": state})

    @property
    def work_folder(self) -> Path:
        """Where long work is kept."""
        return self.state or cache_folder() / "server"

    @property
    def cookie(self) -> str:
        """What a browser shows in place of the key, from which the key cannot be told."""
        return hashlib.sha256(b"relevance session " + self.api_key.encode()).hexdigest()


def read_key(file: str | Path) -> str:
    """Read an API key: the first line of a file.

    Raises:
        UsageError: It cannot be read, or the line is empty.
    """
    try:
        key = meant(file).read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The API key {printable(file)} cannot be read: {error}.") from error
    if not key:
        raise UsageError(f"{printable(file)} holds no API key in its first line.")
    return key


def check_exposure(host: str, key: str, *, no_auth: bool) -> str:
    """Return a warning, or nothing, on who may use a server that listens on a host.

    Raises:
        UsageError: Others could, and no key is asked for.
    """
    if host in LOOPBACK or key:
        return ""
    if not no_auth:
        raise UsageError(
            f"On {host} others on the network could use the server: give --api-key-file FILE, or "
            "--no-auth if that is meant."
        )
    return f"Anybody who reaches {host} can use the server: no API key is asked for (--no-auth)."


def called(host: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names by which a server on a host may be called; none for any.

    This machine's own are among them, or a health check beside the server would be sent away.
    """
    if names or host in LOOPBACK:
        return tuple(sorted({*map(str.casefold, names), *LOOPBACK, "[::1]"}))
    return ()
