"""Hub id or folder -> a local folder with a model's files; the only code that knows the hub.

Needs ``huggingface_hub``, which the ``clip`` extra brings. Models are loaded from the local folder
alone, so a hub model and a copy of it give the same vectors by construction.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path

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
from relevance.finding import meant
from relevance.locations import is_folder

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

_NEEDED = (
    (WEIGHTS,),
    ("config.json",),
    ("tokenizer.json", "vocab.json", "vocab.txt", "*.model"),
    ("preprocessor_config.json", "processor_config.json"),
)
_PROBE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A model's files on this machine; ``revision`` is the hub's commit, or "local"."""

    folder: Path
    revision: str

    def files(self) -> list[Path]:
        """Weight, tokenizer and settings files: what the fingerprint is made of."""
        return [path for pattern in (WEIGHTS, *SETTINGS) for path in self.folder.glob(pattern)]

    def missing(self) -> list[str]:
        """What is not there but needed; an interrupted download or a partial copy has gaps.

        transformers makes up an empty tokenizer where there is none, so it has to be asked here.
        """
        gaps = [
            " or ".join(choices)
            for choices in _NEEDED
            if not any(any(self.folder.glob(pattern)) for pattern in choices)
        ]
        index = self.folder / "model.safetensors.index.json"
        if index.exists():
            shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
            gaps += sorted(name for name in shards if not (self.folder / name).exists())
        return gaps


def fetch(source: str) -> Snapshot:
    """Find a model locally or download it; what is in the cache is not asked for again.

    Args:
        source: A folder, or a hub id with an optional ``@revision`` (branch, tag or commit).

    Raises:
        ModelLoadError: It is not there, not public, has no safetensors weights, or the hub
            cannot be reached.
    """
    snapshot = Snapshot(meant(source), "local") if is_folder(source) else _from_hub(source)
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
    """Find a model that is on this machine with all its files; never asks the network."""
    if is_folder(source):
        snapshot = Snapshot(meant(source), "local")
        return None if snapshot.missing() else snapshot
    try:
        return _cached(*_split(source))
    except HFValidationError:
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


def _from_hub(source: str) -> Snapshot:
    repository, revision = _split(source)
    try:
        return _cached(repository, revision) or _download(repository, revision)
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
            "download it, give a local folder, or use --model compact, which needs no network."
        ) from error


def _cached(repository: str, revision: str | None) -> Snapshot | None:
    """Find a complete copy in the hub's cache, without the network."""
    try:
        snapshot = _download(repository, revision, local_only=True)
    except LocalEntryNotFoundError:
        return None
    return None if snapshot.missing() else snapshot


def _download(repository: str, revision: str | None, *, local_only: bool = False) -> Snapshot:
    folder = huggingface_hub.snapshot_download(
        repository,
        revision=revision,
        allow_patterns=[WEIGHTS, *SETTINGS],
        local_files_only=local_only,
    )
    return Snapshot(Path(folder), Path(folder).name)


def _split(source: str) -> tuple[str, str | None]:
    repository, _, revision = source.partition("@")
    return repository, revision or None
