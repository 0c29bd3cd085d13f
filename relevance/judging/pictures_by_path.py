"""Which picture of a run a table's row means, by the paths that it may write."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache

from relevance.pictures.folders import ImageRef
from relevance.system.finding import like_name, same_name
from relevance.system.names import printable


class PicturesByPath:
    """The pictures of a run, to be looked up as often as a table has rows."""

    def __init__(self, refs: Sequence[ImageRef]) -> None:
        self._refs = refs
        self._by_place = {os.path.abspath(ref.place): n for n, ref in enumerate(refs)}
        self._by_name = {printable(ref.place): n for n, ref in enumerate(refs)}

    def find(self, written: str, places: Sequence[str]) -> int | None:
        """Return the number of the picture that a row means, None if there is none.

        A path as it is written comes first; then its other form of Unicode, if only one picture
        has it; then the same file by way of linked folders.

        Args:
            written: The path as the row has it.
            places: Absolute paths that it may mean, the likelier first.
        """
        for place in places:
            if place in self._by_place:
                return self._by_place[place]
        if written in self._by_name:
            return self._by_name[written]
        for place in places:
            if len(found := self._by_form.get(same_name(place), [])) == 1:
                return found[0]
        for place in places:
            if _real(place) in self._by_real:
                return self._by_real[_real(place)]
        return None

    def hint(self, written: str, places: Sequence[str]) -> str:
        """Return " (did you mean x?)" for a row that means no picture; "" if none is like it.

        Like it is a picture whose path differs in case, spaces or what cannot be seen, or the only
        one of its file's name.
        """
        near = [self._by_look.get(like_name(path)) for path in (*places, written)]
        alone = self._by_file.get(like_name(_file_name(written)), [])
        near.append(alone[0] if len(alone) == 1 else None)
        found = [number for number in near if number is not None]
        return f" (did you mean {printable(self._refs[found[0]].place)}?)" if found else ""

    @cached_property
    def _by_form(self) -> dict[str, list[int]]:
        return _grouped((same_name(place), number) for place, number in self._by_place.items())

    @cached_property
    def _by_real(self) -> dict[str, int]:
        return {_real(place): number for place, number in self._by_place.items()}

    @cached_property
    def _by_look(self) -> dict[str, int]:
        return {like_name(place): number for place, number in self._by_place.items()}

    @cached_property
    def _by_file(self) -> dict[str, list[int]]:
        return _grouped((like_name(ref.path.name), number) for number, ref in enumerate(self._refs))


def _grouped(pairs: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for key, number in pairs:
        found[key].append(number)
    return dict(found)


def _real(place: str) -> str:
    folder, name = os.path.split(place)
    return os.path.join(_real_folder(folder), name)


@lru_cache(maxsize=1000)  # a row costs no look at the disk where the row before was beside it
def _real_folder(folder: str) -> str:
    return os.path.realpath(folder)


def _file_name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]
