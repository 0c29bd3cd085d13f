"""Hub id or folder -> a local folder with a model's files; the only code that knows the hub.

Needs ``huggingface_hub``, which the ``clip`` extra brings. Models are loaded from the local folder
alone, so a hub model and a copy of it give the same vectors by construction.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import huggingface_hub
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from relevance.encoders.quiet import quiet
from relevance.errors import ModelLoadError
from relevance.system.finding import meant
from relevance.system.json_reader import JsonError, build, read_object
from relevance.system.locations import is_file, is_folder

with quiet():  # downloads use it; imported first, it tells notebooks to install their widgets
    import tqdm.auto  # noqa: F401

WEIGHTS = "model*.safetensors"
SETTINGS = (
    "config.json",
    "model.safetensors.index.json",
    "preprocessor_config.json",
    "processor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "*.model",
)
"""What shapes vectors besides the weights; never code, never pickled weights."""

_TOKENIZERS = ("tokenizer.json", "vocab.json", "vocab.txt", "*.model")
_NEEDED = (
    (WEIGHTS,),
    ("config.json",),
    _TOKENIZERS,
    ("preprocessor_config.json", "processor_config.json"),
)
_VOCABULARIES = frozenset({"tokenizer.json", "vocab.json"})
_PROBE_SECONDS = 2.0

IMAGE_ONLY = ("vit", "dinov2", "dinov2_with_registers")
"""Models without a text tower, by the ``model_type`` in their settings."""


@dataclass(frozen=True, slots=True)
class _Index:
    """Which file each tensor of a model of several files lies in."""

    weight_map: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A model's files on this machine; ``revision`` is the hub's commit, or "local"."""

    folder: Path
    revision: str

    def files(self) -> list[Path]:
        """Weight, tokenizer and settings files: what the fingerprint is made of."""
        return [path for pattern in (WEIGHTS, *SETTINGS) for path in self.folder.glob(pattern)]

    @property
    def is_image_only(self) -> bool:
        """Whether its settings say that it is a model of ``IMAGE_ONLY``.

        Raises:
            ModelLoadError: They are no JSON object.
        """
        file = self.folder / "config.json"
        return is_file(file) and _settings(file).get("model_type") in IMAGE_ONLY

    def missing(self) -> list[str]:
        """What is not there but needed; an interrupted download or a partial copy has gaps.

        transformers makes up an empty tokenizer where there is none, so it has to be asked here.

        Raises:
            ModelLoadError: The settings or the list of weight files are none.
        """
        gaps = [
            " or ".join(choices)
            for choices in _NEEDED
            if not (choices == _TOKENIZERS and self.is_image_only)
            and not any(any(self.folder.glob(pattern)) for pattern in choices)
        ]
        index = self.folder / "model.safetensors.index.json"
        if index.exists():
            try:
                shards = set(build(_Index, _settings(index)).weight_map.values())
            except JsonError as error:
                raise _foreign(index, error) from error
            gaps += sorted(name for name in shards if not is_file(self.folder / name))
        return gaps

    def check(self) -> None:
        """Look at the settings before other libraries do, whose words on JSON are their own.

        Vocabularies are left to those: they are large, and only their readers know their shape.

        Raises:
            ModelLoadError: One is no JSON object.
        """
        for path in self.files():
            if path.suffix == ".json" and path.name not in _VOCABULARIES:
                _settings(path)


def _settings(path: Path) -> dict[str, Any]:
    try:
        return read_object(path)
    except OSError as error:
        raise ModelLoadError(f"{path} cannot be read ({error.strerror}).") from error
    except JsonError as error:
        raise _foreign(path, error) from error


def _foreign(path: Path, error: JsonError) -> ModelLoadError:
    return ModelLoadError(
        f"{path} is not what a model's settings look like: {error}. Download or convert the model "
        "again."
    )


def fetch(
    source: str,
    more: Sequence[str] = (),
    otherwise: str = "use --model compact, which needs no network",
) -> Snapshot:
    """Find a model locally or download it; what is in the cache is not asked for again.

    Args:
        source: A folder, or a hub id with an optional ``@revision`` (branch, tag or commit).
        more: Names of further files to download, with wildcards.
        otherwise: What to do where the hub cannot be reached, for the message.

    Raises:
        ModelLoadError: It is not there, not public, has no safetensors weights, or the hub
            cannot be reached.
    """
    snapshot = (
        Snapshot(meant(source), "local")
        if is_folder(source)
        else _from_hub(source, more, otherwise)
    )
    missing = snapshot.missing()
    if WEIGHTS in missing:
        raise ModelLoadError(
            f"{source} has no safetensors weights ({WEIGHTS}); other weight files may run code "
            "when loaded and are not read. Convert the model with transformers' save_pretrained."
        )
    if missing:
        raise ModelLoadError(f"{source} is not complete: it has no {', no '.join(missing)}.")
    return snapshot


def find(source: str) -> Snapshot | None:
    """Find a usable model that is on this machine; never asks the network."""
    try:
        if is_folder(source):
            snapshot = Snapshot(meant(source), "local")
            return None if snapshot.missing() else snapshot
        return _cached(*_split(source))
    except (HFValidationError, ModelLoadError):  # whoever fetches it will be told what is wrong
        return None


def is_reachable(source: str) -> bool:
    """Ask the hub for one small file's facts; gives up after two seconds whatever hangs."""
    repository, revision = _split(source)
    answers: list[bool] = []

    def ask() -> None:
        try:
            url = huggingface_hub.hf_hub_url(repository, "config.json", revision=revision)
            huggingface_hub.get_hf_file_metadata(url, timeout=_PROBE_SECONDS)
        except Exception:  # of several libraries; whatever it is, the hub is of no use now
            return
        answers.append(True)

    # A thread, because looking up a name can block for much longer than any timeout we set.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_PROBE_SECONDS)
    return bool(answers)


def _from_hub(source: str, more: Sequence[str], otherwise: str) -> Snapshot:
    repository, revision = _split(source)
    try:
        return _cached(repository, revision) or _download(repository, revision, more)
    except HFValidationError as error:
        raise ModelLoadError(
            f'"{source}" is neither a folder nor a short name nor a hub id; '
            "`relevance models` lists the short names."
        ) from error
    except GatedRepoError as error:
        raise ModelLoadError(
            f"{source} asks its users to sign in: accept its terms, then run `hf auth login`."
        ) from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise ModelLoadError(
            f"The hub has no model {source}; check its spelling and revision, or "
            "`hf auth login` if it is private."
        ) from error
    except (HfHubHTTPError, OSError) as error:
        raise ModelLoadError(
            f"{source} is not on this machine and the hub cannot be reached. Connect once to "
            f"download it, give a local folder, or {otherwise}."
        ) from error


def _cached(repository: str, revision: str | None) -> Snapshot | None:
    """Find a complete copy in the hub's cache, without the network."""
    try:
        snapshot = _download(repository, revision, local_only=True)
    except LocalEntryNotFoundError:
        return None
    return None if snapshot.missing() else snapshot


def _download(
    repository: str, revision: str | None, more: Sequence[str] = (), *, local_only: bool = False
) -> Snapshot:
    folder = huggingface_hub.snapshot_download(
        repository,
        revision=revision,
        allow_patterns=[WEIGHTS, *SETTINGS, *more],
        local_files_only=local_only,
    )
    return Snapshot(Path(folder), Path(folder).name)


def _split(source: str) -> tuple[str, str | None]:
    repository, _, revision = source.partition("@")
    return repository, revision or None
