"""A model's name -> its files and what is known of it; foreign errors -> ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from relevance.encoders.auto import can_run
from relevance.encoders.base import Description
from relevance.encoders.catalog import CATALOG
from relevance.encoders.packaged import folder_of
from relevance.errors import MissingExtraError, ModelLoadError, RelevanceError
from relevance.system.finding import did_you_mean
from relevance.system.locations import is_folder
from relevance.system.names import printable

if TYPE_CHECKING:
    from relevance.encoders.snapshots import Snapshot

REGISTERED = "models:/"
"""How names of models in MLflow's registry begin."""

_LONGEST_REASON = 300
_MARKS_OF_PATHS = (".", "/", "~")  # no hub id begins with one


def locate(name: str) -> tuple[Snapshot, Description]:
    """Find a hub model's files, downloading what is not here.

    Args:
        name: A short name of ``CATALOG`` other than "compact", a hub id, a local folder, or
            ``models:/name/version`` of MLflow's registry.

    Raises:
        MissingExtraError: The model needs the ``clip`` extra, or the registry the ``track`` extra.
        ModelLoadError: There is no such model, or it cannot be had; the message says what to do.
    """
    if name not in CATALOG and not ("/" in name or is_folder(name)):
        raise ModelLoadError(
            f'There is no encoder "{name[:80]}"; `relevance models` lists the short names, and a '
            "hub id has the form owner/name."
        )
    if name.startswith(_MARKS_OF_PATHS) and not is_folder(name):
        raise ModelLoadError(f'There is no folder "{name[:80]}"{did_you_mean(name)}')
    entry = CATALOG.get(name)
    source = entry.source if entry else _here(name)
    if not can_run(source):
        raise MissingExtraError(f"The model {name}", "clip")
    from relevance.encoders.snapshots import fetch

    model = (
        Description(name, entry.licence, entry.languages) if entry else Description(printable(name))
    )
    return fetch(source), model


def compact_folder(name: str) -> Path | None:
    """Return where the compact encoder of a name, folder or registry lies; None for other models.

    Raises:
        MissingExtraError, ModelLoadError: As for ``locate``, of a name of the registry.
    """
    return folder_of(_here(name))


def _here(name: str) -> str:
    """Return where a model of the registry lies on this machine; any other name as it is."""
    if not name.startswith(REGISTERED):
        return name
    from relevance.encoders.registry import download

    return str(download(name))


@contextmanager
def explained(
    model: Description, otherwise: str = "or choose another model; `relevance models` lists some"
) -> Iterator[None]:
    """Turn whatever libraries raise while a model is loaded into ``ModelLoadError``.

    The one boundary round foreign models: transformers, tokenizers, safetensors, PyTorch and the
    exporters have no common error, and raise whatever comes on files they do not expect.

    Args:
        model: What is loaded.
        otherwise: What may be done but to download or convert it again.
    """
    try:
        yield
    except RelevanceError:
        raise
    except Exception as error:
        words = printable(" ".join(str(error).split())[:_LONGEST_REASON])
        raise ModelLoadError(
            f"{model.name} cannot be loaded ({type(error).__name__}: {words}). Download or convert "
            f"it again, {otherwise}."
        ) from error
