"""All references as one ZIP file, and back: to pass them on, or to keep them as they are today."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from relevance.errors import UsageError
from relevance.exports.atomic import explained, put_file
from relevance.exports.drafts import hidden_name
from relevance.index.references.changes import from_bytes, to_bytes
from relevance.index.references.pieces import fresh_name
from relevance.index.references.places import Place
from relevance.index.references.store import LOG, MARK, PICTURES, ReferenceStore, check_mark
from relevance.index.references.vectors import FOLDER
from relevance.system.json_reader import JsonError
from relevance.system.names import printable

_OURS = re.compile(
    rf"{PICTURES}/[0-9a-f]{{64}}|{LOG}/[0-9A-Za-z-]+\.json|{FOLDER}/[0-9a-f]{{16}}/[0-9A-Za-z-]+\.npz"
)


def export_to(store: ReferenceStore, file: Path) -> int:
    """Write a ZIP file; it appears whole or not at all.

    Pictures of references that were removed are not in it; that they were is.

    Returns:
        Count of pictures.
    """
    place, digests = store.place, sorted({item.digest for item in store.references()})
    draft = hidden_name(file, ".zip")
    with explained(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive:
                archive.writestr(MARK, place.read(MARK))
                for digest in digests:
                    archive.writestr(f"{PICTURES}/{digest}", place.read(f"{PICTURES}/{digest}"))
                for name in _vectors(place):
                    archive.writestr(name, place.read(name))
                changes = {change.id: change for change in store.changes()}.values()
                archive.writestr(f"{LOG}/{fresh_name('.json')}", to_bytes(changes))
            put_file(draft, file)
        finally:
            draft.unlink(missing_ok=True)
    return len(digests)


def import_from(store: ReferenceStore, file: Path) -> int:
    """Take in what such a file holds; what is there stays, and records come last.

    Returns:
        Count of pictures that were not there.

    Raises:
        UsageError: It is none, is damaged, or of another version. Nothing was taken then, or
            pictures alone, which no record names.
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
    except (zipfile.BadZipFile, KeyError, JsonError, OSError) as error:
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


def _vectors(place: Place) -> list[str]:
    return [
        f"{FOLDER}/{encoder}/{name}"
        for encoder in sorted(place.names(FOLDER))
        for name in sorted(place.names(f"{FOLDER}/{encoder}"))
    ]
