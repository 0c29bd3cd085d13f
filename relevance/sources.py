"""Folders and files -> ImageRef rows, in an order that is the same on every machine."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from natsort import natsort_keygen, ns

from relevance.errors import UsageError
from relevance.formats import DECODE_ERRORS, open_picture, picture_suffixes

_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"})
_natural = natsort_keygen(key=str, alg=ns.PATH | ns.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ImageRef:
    """One picture to be scored.

    Attributes:
        path: Where it is, as the user's argument leads to it.
        folder: Name of its category.
    """

    path: Path
    folder: str


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
    pictures: tuple[Path, ...]

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
    seen_directories: set[tuple[int, int]] = field(default_factory=set)
    seen_files: set[str] = field(default_factory=set)

    def categories(self, argument: Path) -> Iterator[_Category]:
        """Yield each directory at or below the argument that holds pictures."""
        for top, directories, names in os.walk(argument, followlinks=True, onerror=self._unread):
            directory = Path(top)
            if not self._first_visit(directory):
                directories.clear()
                continue
            self._prune(directories)
            pictures = tuple(
                path
                for path in sorted((directory / name for name in names), key=natural_key)
                if self._is_wanted(path)
            )
            if pictures:
                yield _Category(argument, directory, pictures)

    def single_file(self, path: Path) -> Iterator[_Category]:
        """Take a file that was named itself, whatever it looks like; its folder is its category."""
        if not self._is_repeated(path):
            yield _Category(path.parent, path.parent, (path,))

    def _first_visit(self, directory: Path) -> bool:
        """Say whether the directory is new; this also ends loops of symbolic links."""
        status = directory.stat()
        key = (status.st_dev, status.st_ino)
        if key in self.seen_directories:
            self.left_out["folder reached a second time"] += 1
            return False
        self.seen_directories.add(key)
        return True

    def _prune(self, directories: list[str]) -> None:
        """Drop hidden sub-folders and sort the rest, in place, as os.walk wants it."""
        visible = [name for name in directories if not name.startswith(".")]
        self.left_out["hidden"] += len(directories) - len(visible)
        directories[:] = sorted(visible, key=natural_key)

    def _unread(self, error: OSError) -> None:
        self.left_out["folder that cannot be opened"] += 1

    def _is_wanted(self, path: Path) -> bool:
        reason = _why_left_out(path)
        if reason:
            self.left_out[reason] += 1
            return False
        return not self._is_repeated(path)

    def _is_repeated(self, path: Path) -> bool:
        """Count a file once however often the arguments lead to it."""
        key = str(path.absolute())
        if key in self.seen_files:
            self.left_out["named twice"] += 1
            return True
        self.seen_files.add(key)
        return False


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
        ImageRef(path, name)
        for category, name in zip(categories, names, strict=True)
        for path in category.pictures
    ]
    return Sources(tuple(refs), dict(+scan.left_out))


def printable(path: str | Path) -> str:
    """Show a path as Unicode that is safe to print.

    Bytes that are not UTF-8 and control characters (which could steer a terminal) appear as
    escapes; nothing is lost.
    """
    text = str(path).encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) == "Cc" else char
        for char in text
    )


def natural_key(path: str | Path) -> tuple[object, str]:
    """Sort key: natural and case-blind first, then exact, so no two names tie."""
    return _natural(printable(path)), str(path)


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
        f"There is no folder or file {printable(path)}; check the path (KEYWORD comes first)."
    )


def _why_left_out(path: Path) -> str:
    """Reason not to take a file from a folder; empty if it is to be taken.

    A broken link or an unreadable file with a picture's name is taken, so that it shows up as
    skipped instead of vanishing.
    """
    if path.name.startswith("."):
        return "hidden"
    if path.name.lower() in _SYSTEM_FILES:
        return "system file"
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return "not a regular file"  # a named pipe would block for ever
    except OSError:
        pass
    if path.suffix.lower() in picture_suffixes() or _is_picture(path):
        return ""
    return "not in a supported picture format"


def _is_picture(path: Path) -> bool:
    """Look into a file whose name does not say picture."""
    try:
        with open_picture(path):
            return True
    except DECODE_ERRORS:
        return False
