"""Pictures that were sent, as files, for jobs that take paths."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from relevance.errors import RelevanceError
from relevance.server.bodies import Upload


@contextmanager
def as_files(pictures: Sequence[Upload]) -> Iterator[dict[str, str]]:
    """Lay pictures out in a private folder that is gone afterwards; yield their names by path.

    Raises:
        RelevanceError: As what is done with them; it speaks of names instead of paths.
    """
    with tempfile.TemporaryDirectory(prefix="relevance-") as folder:
        names = {}
        for number, picture in enumerate(pictures):
            place = Path(folder) / f"{number:06}"
            place.write_bytes(picture.content)
            names[str(place)] = picture.name
        try:
            yield names
        except RelevanceError as error:
            error.args = (_named(str(error), names),)
            raise


def _named(told: str, names: dict[str, str]) -> str:
    for place, name in names.items():
        told = told.replace(place, name)
    return told
