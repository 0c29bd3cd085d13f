"""Exports on disk: one folder for each model and precision, made once, and what became of them.

``models/<fingerprint of the source>/`` holds ``fp32/`` and, once 8 bits were wanted, ``int8/`` with
the towers in that arithmetic, and ``measured-….json`` for each processor they were measured on:
a home folder may be shared by machines, and what is right and fast on one is not so on the other.
Reading the source's weights to know its fingerprint takes about a second, so ``models/seen/``
remembers it for files whose path, size and time of change are the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

from relevance.encoders.base import Description, fingerprint
from relevance.encoders.onnx.choosing import Measured, choose, precision_of, refused
from relevance.encoders.onnx.encoder import (
    MANIFEST_FILE,
    Files,
    Manifest,
    OnnxEncoder,
    damaged,
    fingerprint_of,
    runtime,
)
from relevance.encoders.processor import processor
from relevance.encoders.snapshots import Snapshot
from relevance.errors import MissingExtraError, ModelLoadError
from relevance.system.json_reader import JsonError, build, read_object
from relevance.system.locations import VARIABLE, models_folder

EXPORT_VERSION = 2
"""Part of the key: raise it when an export comes out differently."""

_REASON_FILE = "not-exportable.txt"
_logger = logging.getLogger(__name__)


class Export:
    """The place of one model's export, in every precision."""

    def __init__(self, snapshot: Snapshot, model: Description) -> None:
        """Look up the place; nothing is made yet.

        Args:
            snapshot: The model's files.
            model: What to call it.
        """
        self._snapshot = snapshot
        self._model = model
        self._home = models_folder() / _source_fingerprint(snapshot)

    def exists(self, precision: str) -> bool:
        """Whether it was made before, so that neither torch nor transformers is needed.

        Args:
            precision: "fp32" or "int8".
        """
        return (self._home / precision / MANIFEST_FILE).is_file()

    @property
    def refusal(self) -> str:
        """Why this model has to run on PyTorch, if an earlier try found so; else empty."""
        file = self._home / _REASON_FILE
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def open(self, precision: str) -> OnnxEncoder:
        """Take it into use.

        Args:
            precision: "fp32", "int8", or "auto" for what is right and fast on this processor. For
                the last two, both exports are needed.

        Raises:
            ModelLoadError: It is damaged, or 8 bits were asked for and are not right here.
        """
        if precision == "fp32":
            info = Manifest.read(self._home / "fp32").info
            return self._encoder(self._all("fp32"), info.least_cosine, info.rank_correlation)
        if precision == "auto":
            taken, reason = choose(self._measured)
        elif not (faults := refused(self._measured)):
            taken, reason = self._all("int8"), ""
        else:
            raise ModelLoadError(f"{'; '.join(faults)}. Use --precision auto or fp32.")
        cosine, rank = self._measured.least_cosine(taken), self._measured.rank(taken)
        return self._encoder(taken, cosine, rank, reason)

    def _all(self, precision: str) -> dict[str, str]:
        """Take every tower that there is in one precision."""
        return dict.fromkeys(Manifest.read(self._home / "fp32").fingerprints, precision)

    def _encoder(
        self, taken: dict[str, str], cosine: float | None, rank: float | None, reason: str = ""
    ) -> OnnxEncoder:
        folders = {tower: self._home / precision for tower, precision in taken.items()}
        manifests = {tower: Manifest.read(folder) for tower, folder in folders.items()}
        own = manifests["pictures"]
        info = replace(
            own.info,
            name=self._model.name,
            revision=self._snapshot.revision,
            licence=self._model.licence,
            languages=self._model.languages,
            precision=precision_of(taken),
            precision_reason=reason,
            least_cosine=cosine,
            rank_correlation=rank,
            fingerprint=fingerprint_of(manifests),
        )
        exact = self._home / "fp32"
        files = Files.of(folders["pictures"], folders.get("texts", exact), exact)
        return OnnxEncoder(files, replace(own, info=info))

    def make(self, precision: str) -> str:
        """Export the model where that was not done; return why it cannot be, or nothing.

        Each folder is made aside and moved into place whole, so a killed or a second process
        leaves no half of one behind.

        Args:
            precision: "fp32", or "int8" to have both.

        Raises:
            MissingExtraError: The packages that can read the model are not installed.
            ModelLoadError: The model cannot be loaded.
        """
        if self.exists("fp32") and self.exists(precision):
            return ""
        if reason := self.refusal:
            return reason
        _logger.info("Exporting %s to ONNX, once; this takes a minute or so.", self._model.name)
        try:
            from relevance.encoders.hub import HubEncoder
            from relevance.encoders.onnx.export import NotExportableError, export, in_8_bits
        except ImportError as error:
            raise MissingExtraError(f"The model {self._model.name}", "clip") from error
        exact = self._home / "fp32"
        try:
            if not self.exists("fp32"):
                source = HubEncoder(self._snapshot, self._model)
                self._make("fp32", lambda draft: export(source, draft))
            if not self.exists(precision):
                self._make(precision, lambda draft: in_8_bits(exact, draft))
        except NotExportableError as error:
            (self._home / _REASON_FILE).write_text(str(error), encoding="utf-8")
        return self.refusal

    def _make(self, precision: str, write: Callable[[Path], None]) -> None:
        draft = self._draft()
        try:
            write(draft)
            draft.replace(self._home / precision)
        except OSError:
            if not self.exists(precision):  # else another process was faster
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _draft(self) -> Path:
        """Make a folder beside the final one."""
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            return Path(tempfile.mkdtemp(prefix="draft-", dir=self._home))
        except OSError as error:
            raise ModelLoadError(
                f"{self._model.name} has to be exported once, and {self._home} cannot be written "
                f"({error.strerror}). Set {VARIABLE} to a folder that can."
            ) from error

    @cached_property
    def _measured(self) -> Measured:
        """What this processor makes of both precisions; measured once and remembered."""
        here = f"{processor()}, {runtime()}"
        digest = hashlib.sha256(here.encode()).hexdigest()[:12]
        file = self._home / f"measured-{digest}.json"
        if known := _read_measured(file):
            return known
        found = self._measure()
        if known := _read_measured(file):  # of another process, which was faster
            return known
        with contextlib.suppress(OSError):  # then the next start measures again
            draft = file.with_suffix(f".{os.getpid()}.part")
            draft.write_text(json.dumps(asdict(found), indent=2, allow_nan=False), "utf-8")
            draft.replace(file)
        return found

    def _measure(self) -> Measured:
        # Imported here: scipy and scikit-learn, which hold the samples, take time to load.
        from relevance.encoders.onnx.measuring import measure, read_samples

        _logger.info("Measuring %s on this processor, once.", self._model.name)
        exact = self._home / "fp32"
        try:
            wanted = read_samples(exact)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise damaged(exact) from error
        encoders = {name: self._encoder(self._all(name), None, None) for name in ("fp32", "int8")}
        return measure(encoders, wanted)


def _read_measured(file: Path) -> Measured | None:
    """Read what was measured; what cannot be read is measured again."""
    try:
        found = build(Measured, read_object(file))
        for taken in (choose(found)[0], dict.fromkeys(found.towers, "int8")):
            found.rank(taken)  # a KeyError, where it is not there
    except (OSError, JsonError, KeyError, ZeroDivisionError):
        return None
    return found if (found.processor, found.engine) == (processor(), runtime()) else None


def _source_fingerprint(snapshot: Snapshot) -> str:
    """Hash the model's files, or recall their hash."""
    files = snapshot.files()
    facts = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    note = hashlib.sha256(repr((EXPORT_VERSION, sorted(facts))).encode()).hexdigest()[:32]
    known = models_folder() / "seen" / note
    if known.is_file() and (text := known.read_text(encoding="utf-8")):
        return text
    found = fingerprint(files, {"export": EXPORT_VERSION})
    with contextlib.suppress(OSError):  # then the next start takes a second longer
        known.parent.mkdir(parents=True, exist_ok=True)
        known.write_text(found, encoding="utf-8")
    return found
