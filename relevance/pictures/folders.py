"""Folders and files -> ImageRef rows, in an order that is the same on every machine."""

from __future__ import annotations

import os
import stat
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from relevance.errors import UsageError
from relevance.pictures.formats import PICTURE_SUFFIXES, is_picture
from relevance.pictures.held import Held
from relevance.pictures.leaving_out import (
    EXCLUDED,
    OWN_FOLDER,
    OWN_MARK,
    UNSUPPORTED,
    Exclusion,
    ending,
    why_not_entered,
    why_passed_over,
)
from relevance.pictures.wrong_paths import why_no_picture, why_not_there
from relevance.system.finding import meant
from relevance.system.names import naturally_sorted, printable

NOT_REGULAR = "not a regular file"
TWICE = "named twice"
_REMEMBERED = 20  # folders not entered, for advice where nothing is found
_LONGEST = 200


class ImageRef(NamedTuple):
    """One picture to be scored.

    Attributes:
        place: Where it is, as the user's argument leads to it: a path, an address, or what a
            picture in memory is called.
        folder: Name of its category.
        held: The picture, where it lies in memory.
    """

    place: str
    folder: str
    held: Held | None = None

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
        kinds: Of the files in no supported format, the count by the end of their name.
        not_entered: Some of the folders that were passed over by their name.
        notes: What is odd about it, in sentences.
    """

    refs: tuple[ImageRef, ...]
    left_out: Mapping[str, int]
    kinds: Mapping[str, int] = field(default_factory=dict)
    not_entered: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, dict[str, int]]:
        """Return what the provenance of results says of what was left out."""
        return {"left_out": dict(self.left_out), "left_out_kinds": dict(self.kinds)}


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

    exclusion: Exclusion
    left_out: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    not_entered: list[Path] = field(default_factory=list)
    # Directories by device and inode, with the names of the pictures taken from each.
    seen_directories: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    seen_files: set[str] = field(default_factory=set)  # those named one by one

    def categories(self, argument: Path) -> Iterator[_Category]:
        """Yield each directory at or below the argument that holds pictures."""
        waiting = [(argument, "")]
        while waiting:
            directory, below = waiting.pop()
            try:
                key = _identity(directory)
                with os.scandir(directory) as listing:
                    entries = list(listing)
            except OSError:  # also one that is gone in the meantime
                self.left_out["folder that cannot be opened"] += 1
                continue
            if key in self.seen_directories:  # this also ends loops of symbolic links
                self.left_out["folder reached a second time"] += 1
                continue
            if directory != argument and any(entry.name == OWN_MARK for entry in entries):
                self.left_out[OWN_FOLDER] += 1
                continue
            directories = [entry.name for entry in entries if _is_directory(entry)]
            inner = set(directories)
            pictures = self._pictures([e for e in entries if e.name not in inner], below)
            self.seen_directories[key] = pictures
            if pictures:
                prefix = os.path.join(directory, "") if directory != Path() else ""
                yield _Category(argument, directory, tuple([prefix + name for name in pictures]))
            inside = self._entered(directory, directories, below)
            waiting += [(directory / name, f"{below}{name}/") for name in reversed(inside)]

    def single_file(self, path: Path) -> Iterator[_Category]:
        """Take a file that was named itself, whatever it looks like; its folder is its category."""
        taken = self.seen_directories.get(_identity(path.parent), [])
        reason = ""
        if path.name in taken or self._is_repeated(str(path)):
            reason = TWICE
        elif self.exclusion.meets(path.as_posix()):
            reason = EXCLUDED
        elif _is_special(str(path)):
            reason = NOT_REGULAR
        if reason:
            self.left_out[reason] += 1
            return
        self.seen_files.add(os.path.abspath(path))
        yield _Category(path.parent, path.parent, (str(path),))

    def _pictures(self, entries: Sequence[os.DirEntry[str]], below: str) -> list[str]:
        """Return the names of the pictures among the files of a directory, in order."""
        wanted = []
        for entry in entries:
            reason = why_passed_over(entry.name)
            if not reason and self.exclusion.meets(below + entry.name):
                reason = EXCLUDED
            reason = reason or _why_left_out(entry)
            if not reason and self.seen_files and self._is_repeated(entry.path):
                reason = TWICE
            if reason:
                self.left_out[reason] += 1
                if reason == UNSUPPORTED:
                    self.kinds[ending(entry.name)] += 1
            else:
                wanted.append(entry.name)
        return naturally_sorted(wanted)

    def _entered(self, directory: Path, names: Sequence[str], below: str) -> list[str]:
        """Drop sub-folders that are hidden, a system's or excluded, and sort the rest."""
        entered = []
        for name in names:
            reason = why_not_entered(name)
            if reason and len(self.not_entered) < _REMEMBERED:
                self.not_entered.append(directory / name)
            if not reason and self.exclusion.meets(below + name):
                reason = EXCLUDED
            if reason:
                self.left_out[reason] += 1
            else:
                entered.append(name)
        return naturally_sorted(entered)

    def _is_repeated(self, place: str) -> bool:
        """Say whether a file was named itself before."""
        return os.path.abspath(place) in self.seen_files


def find_images(paths: Sequence[str | Path | ImageRef], exclude: Sequence[str] = ()) -> Sources:
    """List the pictures below folders, with the category of each.

    A folder with pictures directly in it is a category; every sub-folder with pictures, at any
    depth, is one too and bears its relative path as name. Where two arguments give one name to
    two folders, the arguments' own names are put in front.

    Args:
        paths: Folders, or single picture files; what lies elsewhere comes as it is.
        exclude: Patterns of what to leave out; see ``leaving_out.Exclusion``. A folder among
            ``paths`` is searched in any case.

    Returns:
        References in natural order (``2.jpg`` before ``10.jpg``), and what was left out.

    Raises:
        UsageError: A path does not exist, nothing but archives and tables was named, or a pattern
            is empty.
    """
    scan = _Scan(Exclusion(exclude))
    found: list[_Category | ImageRef] = []
    foreign: list[str] = []
    for given in paths:
        if isinstance(given, ImageRef):
            found.append(given)
            continue
        path = _existing(given)
        if path.is_dir():
            found += scan.categories(path)
        else:
            foreign += filter(None, [why_no_picture(path)])
            found += scan.single_file(path)
    refs = _refs(found)
    if foreign and len(foreign) >= len(refs):  # beside pictures they come out as skipped
        raise UsageError(foreign[0])
    return Sources(
        refs=tuple(refs),
        left_out=dict(+scan.left_out),
        kinds=dict(scan.kinds),
        not_entered=tuple(scan.not_entered),
        notes=scan.exclusion.notes(),
    )


def _refs(found: Sequence[_Category | ImageRef]) -> list[ImageRef]:
    """Return the pictures of all categories, and those that are in none, in order."""
    names = iter(_category_names([item for item in found if isinstance(item, _Category)]))
    refs: list[ImageRef] = []
    for item in found:
        if isinstance(item, ImageRef):
            refs.append(item)
        else:
            name = next(names)
            refs += [ImageRef(place, name) for place in item.pictures]
    return refs


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


def _existing(given: str | Path) -> Path:
    """Return the folder or file that is meant; complain where there is none, or no way to it."""
    path = meant(given)
    try:
        if path.exists():
            return path
    except OSError as error:
        name = printable(given)[:_LONGEST]
        raise UsageError(f"{name} cannot be read: {error.strerror}.") from error
    raise UsageError(why_not_there(str(given)))


def _identity(directory: Path) -> tuple[int, int]:
    status = directory.stat()
    return status.st_dev, status.st_ino


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads in circles
        return False


def _why_left_out(entry: os.DirEntry[str]) -> str:
    """Reason not to take a file from a folder, by what it is; empty if it is to be taken.

    A broken link or an unreadable file with a picture's name is taken, so that it shows up as
    skipped instead of vanishing.
    """
    if not _is_plain(entry) and _is_special(entry.path):
        return NOT_REGULAR  # a named pipe would block for ever
    if entry.name[entry.name.rfind(".") :].lower() in PICTURE_SUFFIXES or is_picture(
        Path(entry.path)
    ):
        return ""
    return UNSUPPORTED


def _is_plain(entry: os.DirEntry[str]) -> bool:
    """Say, without another look at the disk where possible, whether it is an ordinary file."""
    try:
        return entry.is_file(follow_symlinks=False)
    except OSError:
        return False


def _is_special(place: str) -> bool:
    """Say whether something that is there is no regular file."""
    try:
        return not stat.S_ISREG(os.stat(place).st_mode)
    except OSError:
        return False
