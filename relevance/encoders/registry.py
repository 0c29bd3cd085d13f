"""Models of MLflow's registry: fetched once, and from then on a local folder.

Needs the ``track`` extra. Which registry is asked, MLflow decides (``MLFLOW_TRACKING_URI``,
``MLFLOW_REGISTRY_URI`` or ``mlflow.set_registry_uri``).
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from relevance.encoders.packaged import folder_of
from relevance.errors import MissingExtraError, ModelLoadError
from relevance.system.locations import cache_folder

_NAME = re.compile(r"models:/(?P<name>[^/@]+)(/(?P<version>\d+)|@(?P<alias>[^/@]+))")


def download(name: str) -> Path:
    """Return the folder with a registered model's files.

    A version never changes, so one that is here is not asked for again; of an alias only its
    version is asked.

    Args:
        name: ``models:/name/version`` or ``models:/name@alias``.

    Raises:
        MissingExtraError: MLflow is not installed.
        ModelLoadError: The registry has no such model, cannot be reached, or keeps something
            else under that name.
    """
    version = version_of(name)
    import mlflow

    with _explained(name):
        return _kept(mlflow.get_registry_uri(), version)


def version_of(name: str) -> str:
    """Return ``models:/name/version`` for a name of either form; raises as ``download`` does."""
    parts = _NAME.fullmatch(name)
    if not parts:
        raise ModelLoadError(
            f'"{name[:80]}" names no registered model; write models:/name/version, where the '
            "version is a number, or models:/name@alias."
        )
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise MissingExtraError(f"The model {name}", "track") from error
    if parts["version"]:
        return name
    with _explained(name):
        version = MlflowClient().get_model_version_by_alias(parts["name"], parts["alias"]).version
    return f"models:/{parts['name']}/{version}"


@contextlib.contextmanager
def _explained(name: str) -> Iterator[None]:
    import mlflow

    try:
        yield
    except (mlflow.exceptions.MlflowException, OSError) as error:
        words = " ".join(str(error).split())[:200]
        raise ModelLoadError(
            f"{name} cannot be had from the registry {mlflow.get_registry_uri()} ({words}). Set "
            "MLFLOW_TRACKING_URI to its address, and check name and version."
        ) from error


def _kept(registry: str, name: str) -> Path:
    """Download a version into the cache, unless it is there."""
    import mlflow

    digest = hashlib.sha256(f"{registry}\n{name}".encode()).hexdigest()[:32]
    place = cache_folder() / "registry" / digest
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".", dir=place.parent))
        try:
            mlflow.artifacts.download_artifacts(name, dst_path=str(draft))
            _model_in(draft, name)
            draft.rename(place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return _model_in(place, name)


def _model_in(folder: Path, name: str) -> Path:
    """Find the model among the artefacts: they may be it, or hold it beside others."""
    settings = sorted(folder.rglob("config.json"), key=lambda file: len(file.parts))
    for file in settings:
        if folder_of(str(file.parent)) or _is_complete(file.parent):
            return file.parent
    raise ModelLoadError(
        f"{name} is no model that can be loaded here: among its {len(list(folder.rglob('*')))} "
        "artefacts is no folder with config.json, weights, tokenizer and processor."
    )


def _is_complete(folder: Path) -> bool:
    """Say whether a folder holds a hub model."""
    try:
        from relevance.encoders.snapshots import Snapshot
    except ImportError as error:
        raise MissingExtraError("This model", "clip") from error
    return not Snapshot(folder, "local").missing()
