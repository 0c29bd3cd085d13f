"""Exports on disk: one folder for each model and precision, made once.

``models/<fingerprint of the source>/<precision>/`` holds an export. Reading the source's weights to
know its fingerprint takes about a second, so ``models/seen/`` remembers it for files whose path,
size and time of change are the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from relevance.encoders.base import Description, fingerprint
from relevance.encoders.onnx.encoder import MANIFEST_FILE, Manifest, OnnxEncoder
from relevance.encoders.snapshots import Snapshot
from relevance.errors import MissingExtraError, ModelLoadError
from relevance.locations import VARIABLE, models_folder

EXPORT_VERSION = 1
"""Part of the key: raise it when an export comes out differently."""

_REASON_FILE = "not-exportable.txt"
_logger = logging.getLogger(__name__)


class Export:
    """The place of one model's export in one precision."""

    def __init__(self, snapshot: Snapshot, model: Description, precision: str) -> None:
        """Look up the place; nothing is made yet.

        Args:
            snapshot: The model's files.
            model: What to call it.
            precision: "fp32" or "int8".
        """
        self._snapshot = snapshot
        self._model = model
        self._precision = precision
        self._home = models_folder() / _source_fingerprint(snapshot)
        self._folder = self._home / precision

    @property
    def exists(self) -> bool:
        """Whether it was made before, so that neither torch nor transformers is needed."""
        return (self._folder / MANIFEST_FILE).is_file()

    @property
    def refusal(self) -> str:
        """Why this model has to run on PyTorch, if an earlier try found so; else empty."""
        file = self._home / _REASON_FILE
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def open(self) -> tuple[OnnxEncoder, tuple[str, ...]]:
        """Take it into use; also return what was refused when it was made.

        Raises:
            ModelLoadError: It is damaged.
        """
        manifest = Manifest.read(self._folder)
        info = replace(
            manifest.info,
            name=self._model.name,
            revision=self._snapshot.revision,
            licence=self._model.licence,
            languages=self._model.languages,
        )
        return OnnxEncoder(self._folder, replace(manifest, info=info)), manifest.refused

    def make(self) -> str:
        """Export the model; return why it cannot be exported, or nothing.

        It is made aside and moved into place whole, so a killed or a second process leaves no
        half of one behind.

        Raises:
            MissingExtraError: The packages that can read the model are not installed.
            ModelLoadError: The model cannot be loaded.
        """
        try:
            from relevance.encoders.hub import HubEncoder
            from relevance.encoders.onnx.export import NotExportableError, export
        except ImportError as error:
            raise MissingExtraError(f"The model {self._model.name}", "clip") from error
        _logger.info(
            "Exporting %s to ONNX in %s, once; this takes a minute or so.",
            self._model.name,
            self._precision,
        )
        draft = self._draft()
        try:
            export(HubEncoder(self._snapshot, self._model), draft, self._precision)
            self._move(draft)
        except NotExportableError as error:
            (self._home / _REASON_FILE).write_text(str(error), encoding="utf-8")
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return self.refusal

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

    def _move(self, draft: Path) -> None:
        """Put the finished export into place; another process may have been faster."""
        try:
            draft.replace(self._folder)
        except OSError:
            if not self.exists:
                raise


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
