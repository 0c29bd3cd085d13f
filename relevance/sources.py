"""Folders and files -> ImageRef rows, in an order that is the same on every machine."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from relevance.errors import UsageError
from relevance.formats import PICTURE_SUFFIXES, is_picture

_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"})
_DIGITS = re.compile(r"(\d+)")
_SHAPE = str.maketrans("123456789", "000000000")


class ImageRef(NamedTuple):
    """One picture to be scored.

    Attributes:
        place: Where it is, as the user's argument leads to it.
        folder: Name of its category.
    """

    place: str
    folder: str

    @property
    def path(self) -> Path:
        """The place as a path."""
        return Path(self.place)


@dataclass(frozen=True, slots=True)
class Sources:
    """What was found.

    Attributes:
        refs: Pictures, sorted naturally by folder and name within each argument.
        left_out: Count of files and folders that were not taken, by reason.
    """

    refs: tuple[ImageRef, ...]
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Category:
    """A directory with pictures directly in it."""

    argument: Path
    directory: Path
    pictures: tuple[str, ...]

    def name(self, *, qualified: bool) -> str:
        """Relative path below the argument; qualified: the argument's own name in front."""
        own = self.argument.resolve().name or str(self.argument.resolve())
        relative = self.directory.relative_to(self.argument).as_posix()
        if relative == ".":
            parent = self.argument.resolve().parent.name
            return f"{parent}/{own}" if qualified and parent else own
        return f"{own}/{relative}" if qualified else relative


@dataclass(slots=True)
class _Scan:
    """One pass over the arguments; remembers what it has seen."""

    left_out: Counter[str] = field(default_factory=Counter)
    # Directories by device and inode, with the names of the pictures taken from each.
    seen_directories: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    seen_files: set[str] = field(default_factory=set)  # those named one by one

    def categories(self, argument: Path) -> Iterator[_Category]:
        """Yield each directory at or below the argument that holds pictures."""
        waiting = [argument]
        while waiting:
            directory = waiting.pop()
            try:
                with os.scandir(directory) as listing:
                    entries = list(listing) if self._first_visit(directory) else []
            except OSError:
                self.left_out["folder that cannot be opened"] += 1
                continue
            directories = [entry.name for entry in entries if _is_directory(entry)]
            inner = set(directories)
            pictures = self._pictures(directory, [e for e in entries if e.name not in inner])
            if pictures:
                yield _Category(argument, directory, pictures)
            waiting += [directory / name for name in reversed(self._visible(directories))]

    def single_file(self, path: Path) -> Iterator[_Category]:
        """Take a file that was named itself, whatever it looks like; its folder is its category."""
        taken = self.seen_directories.get(_identity(path.parent), [])
        if path.name in taken or self._is_repeated(str(path)):
            self.left_out["named twice"] += 1
            return
        self.seen_files.add(os.path.abspath(path))
        yield _Category(path.parent, path.parent, (str(path),))

    def _pictures(self, directory: Path, entries: Sequence[os.DirEntry[str]]) -> tuple[str, ...]:
        """Return the pictures among the files of a directory, in order."""
        wanted = []
        for entry in entries:
            reason = _why_left_out(entry)
            if not reason and self.seen_files and self._is_repeated(entry.path):
                reason = "named twice"
            if reason:
                self.left_out[reason] += 1
            else:
                wanted.append(entry.name)
        self.seen_directories[_identity(directory)] += wanted
        prefix = os.path.join(directory, "") if directory != Path() else ""
        return tuple([prefix + name for name in naturally_sorted(wanted)])

    def _first_visit(self, directory: Path) -> bool:
        """Say whether the directory is new; this also ends loops of symbolic links."""
        key = _identity(directory)
        if key in self.seen_directories:
            self.left_out["folder reached a second time"] += 1
            return False
        self.seen_directories[key] = []
        return True

    def _visible(self, directories: Sequence[str]) -> list[str]:
        """Drop hidden sub-folders and sort the rest."""
        visible = [name for name in directories if not name.startswith(".")]
        self.left_out["hidden"] += len(directories) - len(visible)
        return naturally_sorted(visible)

    def _is_repeated(self, place: str) -> bool:
        """Say whether a file was named itself before."""
        return os.path.abspath(place) in self.seen_files


def find_images(paths: Sequence[str | Path]) -> Sources:
    """List the pictures below folders, with the category of each.

    A folder with pictures directly in it is a category; every sub-folder with pictures, at any
    depth, is one too and bears its relative path as name. Where two arguments give one name to
    two folders, the arguments' own names are put in front.

    Args:
        paths: Folders, or single picture files.

    Returns:
        References in natural order (``2.jpg`` before ``10.jpg``), and what was left out.

    Raises:
        UsageError: A path does not exist.
    """
    scan = _Scan()
    categories: list[_Category] = []
    for path in map(Path, paths):
        visit = scan.categories if _is_folder(path) else scan.single_file
        categories += visit(path)
    names = _category_names(categories)
    refs = [
        ImageRef(place, name)
        for category, name in zip(categories, names, strict=True)
        for place in category.pictures
    ]
    return Sources(tuple(refs), dict(+scan.left_out))


def printable(path: str | Path) -> str:
    """Show a path as Unicode that is safe to print.

    Bytes that are not UTF-8 and control characters (which could steer a terminal) appear as
    escapes; nothing is lost.
    """
    plain = str(path)
    if plain.isprintable():
        return plain
    text = str(path).encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) == "Cc" else char
        for char in text
    )


def naturally_sorted(names: Sequence[str]) -> list[str]:
    """Sort names by ``natural_key``."""
    shapes = "/".join(names).translate(_SHAPE).split("/")
    if len(set(shapes)) == 1:
        return sorted(names)  # they differ in digits only, in the same places: much faster
    return sorted(names, key=natural_key)


def natural_key(name: str) -> tuple[list[str | int], str]:
    """Sort key: natural (``2.jpg`` before ``10.jpg``) and case-blind first, then exact.

    A key of our own, since those of natsort take ten seconds for a hundred thousand names.
    """
    parts: list[str | int] = list(_DIGITS.split(name.casefold()))
    parts[1::2] = [int(digits) for digits in parts[1::2]]  # text and numbers take turns
    return parts, name


def _category_names(categories: Sequence[_Category]) -> list[str]:
    """Name each category, telling apart different folders that would share a name."""
    short = [category.name(qualified=False) for category in categories]
    long = [category.name(qualified=True) for category in categories]
    homes = [category.directory.resolve() for category in categories]
    names = _with_one_home(short, long, homes)
    unique = _with_one_home(names, [home.as_posix() for home in homes], homes)
    return [printable(name) for name in unique]


def _with_one_home(
    names: Sequence[str], otherwise: Sequence[str], homes: Sequence[Path]
) -> list[str]:
    """Keep the names that stand for one folder each; replace those that several folders share."""
    found: defaultdict[str, set[Path]] = defaultdict(set)
    for name, home in zip(names, homes, strict=True):
        found[name].add(home)
    return [
        name if len(found[name]) == 1 else other
        for name, other in zip(names, otherwise, strict=True)
    ]


def _is_folder(path: Path) -> bool:
    """Tell folders from files; complain about what is neither or cannot be looked at."""
    try:
        if path.is_dir():
            return True
        if path.exists():
            return False
    except OSError as error:
        raise UsageError(f"{printable(path)[:200]} cannot be read: {error.strerror}.") from error
    raise UsageError(
        f"There is no folder or file {printable(path)}; check the path (`score` takes the "
        "keyword first)."
    )


def _identity(directory: Path) -> tuple[int, int]:
    status = directory.stat()
    return status.st_dev, status.st_ino


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads in circles
        return False


def _why_left_out(entry: os.DirEntry[str]) -> str:
    """Reason not to take a file from a folder; empty if it is to be taken.

    A broken link or an unreadable file with a picture's name is taken, so that it shows up as
    skipped instead of vanishing.
    """
    if entry.name.startswith("."):
        return "hidden"
    if entry.name.lower() in _SYSTEM_FILES:
        return "system file"
    if not entry.is_file(follow_symlinks=False) and _is_special(entry.path):
        return "not a regular file"  # a named pipe would block for ever
    if entry.name[entry.name.rfind(".") :].lower() in PICTURE_SUFFIXES or is_picture(
        Path(entry.path)
    ):
        return ""
    return "not in a supported picture format"


def _is_special(place: str) -> bool:
    """Say whether something that is there is no regular file."""
    try:
        return not stat.S_ISREG(os.stat(place).st_mode)
    except OSError:
        return False
