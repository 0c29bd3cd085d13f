"""All references as one ZIP file, and back: to pass them on, or to keep them as they are today."""

from __future__ import annotations

import re
import zipfile
from contextlib import suppress
from pathlib import Path

from relevance.errors import RelevanceError, UsageError
from relevance.exports.atomic import explained, named, put_file
from relevance.exports.drafts import hidden_name
from relevance.index.references.changes import distinct, from_bytes, references_of, to_bytes
from relevance.index.references.pieces import fresh_name
from relevance.index.references.places import Place
from relevance.index.references.store import LOG, MARK, PICTURES, ReferenceStore, check_mark
from relevance.index.references.vectors import FOLDER
from relevance.system.names import printable

_OURS = re.compile(
    rf"{PICTURES}/[0-9a-f]{{64}}|{LOG}/[0-9A-Za-z-]+\.json|{FOLDER}/[0-9a-f]{{16}}/[0-9A-Za-z-]+\.npz"
)


def export_to(store: ReferenceStore, file: Path) -> int:
    """Write a ZIP file; it appears whole or not at all.

    Pictures of references that were removed are not in it; that they were is. What others do
    meanwhile is not in it either.

    Returns:
        Count of pictures.
    """
    changes = distinct(store.changes())
    digests = sorted({item.digest for item in references_of(changes)})
    draft = hidden_name(file, ".zip")
    with explained(file, by=""), named(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive:
                archive.writestr(MARK, store.place.read(MARK))
                count = sum(_put_picture(store, archive, digest) for digest in digests)
                _put_vectors(store.place, archive)
                archive.writestr(f"{LOG}/{fresh_name('.json')}", to_bytes(changes))
            put_file(draft, file)
        finally:
            draft.unlink(missing_ok=True)
    return count


def _put_picture(store: ReferenceStore, archive: zipfile.ZipFile, digest: str) -> bool:
    content = store.picture(digest)
    if content is not None:
        archive.writestr(f"{PICTURES}/{digest}", content)
    return content is not None


def _put_vectors(place: Place, archive: zipfile.ZipFile) -> None:
    for encoder in sorted(place.names(FOLDER)):
        for name in sorted(place.names(f"{FOLDER}/{encoder}")):
            path = f"{FOLDER}/{encoder}/{name}"
            with suppress(FileNotFoundError):  # merged just now; what is missing is encoded anew
                archive.writestr(path, place.read(path))


def import_from(store: ReferenceStore, file: Path) -> int:
    """Take in what such a file holds; what is there stays, and records come last.

    Records are taken together, so that a file brings back nothing that was removed or undone here
    after it was written; ``undo`` does.

    Returns:
        Count of pictures that were not there.

    Raises:
        UsageError: It is none, is damaged, or of another version. No record of it was taken then,
            at most pictures and vectors, which do not count without.
    """
    name = printable(file)
    try:
        with zipfile.ZipFile(file) as archive:
            check_mark(archive.read(MARK))
            names = [item for item in archive.namelist() if _OURS.fullmatch(item)]
            for item in names:
                if item.startswith(LOG):
                    from_bytes(archive.read(item))
            return _take(store, archive, names)
    except FileNotFoundError as error:
        raise UsageError(f"There is no file {name}.") from error
    except RelevanceError:
        raise
    except Exception as error:  # damage has many faces: encrypted, compressed in odd ways, ...
        raise UsageError(
            f"{name} cannot be taken in ({error}); name a file that `relevance references export` "
            "wrote."
        ) from error


def _take(store: ReferenceStore, archive: zipfile.ZipFile, names: list[str]) -> int:
    store.make()
    there = store.place.names(PICTURES)
    count = 0
    for name in sorted(names, key=lambda name: name.startswith(LOG)):
        folder, _, rest = name.partition("/")
        if folder == PICTURES:
            if rest in there:
                continue
            if store.keep(archive.read(name)) != rest:
                raise zipfile.BadZipFile(f"{name} is not what it was")
            count += 1
        else:
            store.place.write(name, archive.read(name))
    return count
