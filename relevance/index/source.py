"""What an index is made from: folders, pictures and tables, and the rows that each offers."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from relevance.embedding.cache import FileFacts
from relevance.embedding.encoding import find_pictures
from relevance.errors import UsageError
from relevance.index.ids import id_of
from relevance.index.stores.base import NO_COLUMNS, Cell, Row
from relevance.pictures.fetching import Doors, is_address
from relevance.pictures.fetching.failure import FetchError
from relevance.pictures.fetching.local import local_file
from relevance.pictures.folders import ImageRef, Sources
from relevance.pictures.reading import Skipped
from relevance.system.finding import meant
from relevance.system.json_reader import build, parse
from relevance.system.locations import is_file
from relevance.system.names import printable
from relevance.tables import MISSING, Table, open_table
from relevance.tables.files import SUFFIXES
from relevance.tables.naming import IMAGE_NAMES, column_of, listing
from relevance.tables.pictures import IN_CELL, picture_in

_BATCH = 1024
_HELD_BATCH = 32  # their files are all in memory
_NAME = 16  # digits of a digest


class Wanted(NamedTuple):
    """A row as it should be in the index.

    Attributes:
        row: All but the digest, which nobody has read yet.
        place: Where the picture is, as a fetcher takes it; empty for one of a folder.
        content: The picture's file, where a table holds it.
        fault: Why there is no picture; empty where there may be one.
    """

    row: Row
    place: str = ""
    content: bytes = b""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One of the user's paths.

    Attributes:
        path: Absolute.
        exclude: Patterns of what to leave out of a folder.
        image_column: Column of pictures of a table; guessed from the names where it is None.
    """

    path: str
    exclude: tuple[str, ...] = ()
    image_column: str | None = None

    @property
    def is_table(self) -> bool:
        """Whether it is a file with the name of a table."""
        return Path(self.path).suffix.lower() in SUFFIXES and is_file(self.path)


@dataclass(frozen=True, slots=True)
class _Noted:
    """What an index keeps of its sources."""

    sources: tuple[Source, ...] = ()


def noted(sources: Sequence[Source]) -> str:
    """Write sources as a note; see ``from_note``."""
    return json.dumps(asdict(_Noted(tuple(sources))))


def from_note(note: str) -> tuple[Source, ...]:
    """Read sources that ``noted`` wrote."""
    return build(_Noted, parse(note)).sources if note else ()


@dataclass(frozen=True, slots=True)
class Offer:
    """What sources hold now.

    Attributes:
        sources: Folders and pictures together, each table by itself.
        total: How many rows.
        found: What was left out of folders; nothing for a table.
        held: Pictures in memory or at addresses, of no source.
    """

    sources: tuple[Source, ...]
    total: int
    found: Sources | None = None
    table: Table | None = None
    held: tuple[ImageRef, ...] = ()

    def batches(self) -> Iterator[list[Wanted]]:
        """Yield all rows, some at a time."""
        if self.table:
            yield from _of_table(self.sources[0], self.table)
        elif self.found:
            yield from _of_folders(self.sources, self.found.refs)
        for start in range(0, len(self.held), _HELD_BATCH):
            yield list(map(_of_no_source, self.held[start : start + _HELD_BATCH]))


def offers(sources: Sequence[Source]) -> list[Offer]:
    """Look through sources.

    Raises:
        UsageError: One is not there or cannot be read.
        NoReadablePictureError: The folders hold no picture at all.
    """
    tables = [source for source in sources if source.is_table]
    folders = tuple([source for source in sources if not source.is_table])
    found = []
    if folders:
        exclude = tuple(dict.fromkeys([word for source in folders for word in source.exclude]))
        pictures = find_pictures([source.path for source in folders], exclude)
        found.append(Offer(folders, len(pictures.refs), pictures))
    for source in tables:
        table = open_table(Path(source.path))
        found.append(Offer((source,), table.n_rows, table=table))
    return found


def _of_folders(sources: Sequence[Source], refs: Sequence[ImageRef]) -> Iterator[list[Wanted]]:
    starts = [(source.path, os.path.join(source.path, "")) for source in sources]
    for first in range(0, len(refs), _BATCH):
        yield [_of_file(ref, starts) for ref in refs[first : first + _BATCH]]


def _of_file(ref: ImageRef, starts: Sequence[tuple[str, str]]) -> Wanted:
    path = os.path.abspath(ref.place)
    source = next(name for name, start in starts if path == name or path.startswith(start))
    return Wanted(Row(id_of(path), path, ref.folder, b"", *_facts(path), source))


def _of_no_source(ref: ImageRef) -> Wanted:
    """Return a picture in memory as a row that is named by what it shows; others by place."""
    if not ref.held:
        wanted = wanted_at(ref.place)
        return wanted._replace(row=wanted.row._replace(folder=ref.folder))
    file, digest = ref.held.file(), ref.held.digest()
    name = f"picture {digest.hex()[:_NAME]}" if digest else ref.place
    row = Row(id_of(name), name, ref.folder, b"", 0, 0, "")
    if isinstance(file, Skipped):
        return Wanted(row, fault=file.reason)
    return Wanted(row, name, file)


def wanted_at(place: str) -> Wanted:
    """Return a picture at a path or an address as a row of no source."""
    if is_address(place):
        return Wanted(Row(id_of(place), place, "", b"", 0, 0, ""), place)
    path = os.path.abspath(place)
    return Wanted(Row(id_of(path), path, Path(path).parent.name, b"", *_facts(path), ""))


def _of_table(source: Source, table: Table) -> Iterator[list[Wanted]]:
    image = column_of(table.columns, source.image_column, IMAGE_NAMES, "--image-column")
    if image is None:
        raise UsageError(
            "No column looks like one of pictures; name it with --image-column. The table has: "
            f"{listing(table.columns)}."
        )
    at = table.columns.index(image)
    seen: Counter[str] = Counter()
    number = 0
    for batch in table.batches(_BATCH):
        found = []
        for position, cells in enumerate(batch.rows()):
            number += 1
            wanted = _of_cells(source, table.columns, cells, at, number)
            wanted = wanted._replace(fault=batch.faults.get(position, "") or wanted.fault)
            path = wanted.row.path
            row = wanted.row._replace(id=id_of(path, seen[path]))
            seen[path] += 1
            found.append(wanted._replace(row=row))
        yield found


def _of_cells(
    source: Source, names: Sequence[str], cells: Sequence[Any], at: int, number: int
) -> Wanted:
    """Make a row of a table's; its id is still to come."""
    inside = f"{source.path}#{number}"
    columns = _columns(names, cells, at)
    picture = picture_in(cells[at])
    row = Row("", inside, Path(source.path).stem, b"", 0, 0, source.path, columns)
    if isinstance(picture, Skipped):
        return Wanted(row, fault=picture.reason)
    if picture is None:
        kind = type(cells[at]).__name__
        return Wanted(row, fault=f"the picture's cell holds {kind}, not text")
    place, content = picture
    if content or place.text[:5].lower() == "data:":
        name = "" if place.text == IN_CELL or not content else f"/{os.path.basename(place.text)}"
        return Wanted(row._replace(path=inside + name), place.text, content)
    if not place.text:
        return Wanted(row, fault="no picture is named")
    if is_address(place.text):
        return Wanted(row._replace(path=place.text), place.text)
    return _of_place(row, place.text, Path(source.path).parent)


def _of_place(row: Row, place: str, folder: Path) -> Wanted:
    """Complete a row whose picture is a file that a table names."""
    try:
        path = os.path.abspath(local_file(place, folder, Doors()))
    except FetchError as error:
        return Wanted(row._replace(path=os.path.abspath(folder / place)), fault=str(error))
    size, changed = _facts(path)
    home = Path(path).parent
    below = home.relative_to(folder).as_posix() if home.is_relative_to(folder) else home.name
    name = row.folder if below == "." else printable(below)
    return Wanted(row._replace(path=path, folder=name, size=size, changed=changed), path)


def _facts(path: str) -> tuple[int, int]:
    """Return size and time of change; 0 for a time that another change might leave as it is."""
    facts = FileFacts.of(path)
    return (facts.size, facts.changed if facts.is_settled else 0) if facts else (0, 0)


def _columns(names: Sequence[str], cells: Sequence[Any], at: int) -> Mapping[str, Cell]:
    """Return the cells of a row but the picture's, without those that hold nothing."""
    found = {
        name: _cell(cell)
        for number, (name, cell) in enumerate(zip(names, cells, strict=False))
        if number != at and name and cell is not None and cell is not MISSING and cell == cell
    }
    return found or NO_COLUMNS


def _cell(cell: Any) -> Cell:
    return cell if isinstance(cell, str | int | float | bool) else str(cell)


def sources_of(
    paths: Sequence[str | Path], exclude: tuple[str, ...], image_column: str | None
) -> tuple[Source, ...]:
    """Return paths as sources, each once."""
    if "" in paths:
        raise UsageError("The name of a folder is empty; is a shell variable not set?")
    names = dict.fromkeys([os.path.abspath(meant(path)) for path in paths])
    return tuple([Source(name, exclude, image_column) for name in names])
