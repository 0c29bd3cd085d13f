"""An index where a path may stand: its pictures are found and encoded already.

Jobs find and encode pictures through this module. What is known of an index's pictures comes as one
block, in the order in which they were added; no picture's file is opened, or need be there. Copies
are not noticed between an index and other paths, but a file is taken once.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from relevance.embedding import encoding
from relevance.embedding.copies import first_rows
from relevance.embedding.embeddings import Embeddings, Watch, embed_concepts, embed_images
from relevance.embedding.encoding import Encoded, cache_of
from relevance.embedding.settings import EncodingSettings
from relevance.encoders import Encoder
from relevance.errors import NoReadablePictureError, UsageError
from relevance.index.known import Known, different, read_known
from relevance.index.origin import fitting, with_model_of
from relevance.index.stores import is_store
from relevance.pictures.folders import TWICE, ImageRef, Sources
from relevance.pictures.given import Found
from relevance.pictures.leaving_out import Exclusion
from relevance.pictures.looks import LOOK
from relevance.system.names import printable

_Settings = TypeVar("_Settings", bound=EncodingSettings)


@dataclass(frozen=True, slots=True)
class WithIndex(Sources):
    """Pictures, of which those of indexes come first.

    Attributes:
        known: What is known of these, in the order of ``refs``.
    """

    known: tuple[Known, ...] = ()


def find_pictures(paths: Sequence[Found], exclude: Sequence[str] = ()) -> Sources:
    """Find the pictures below paths, each a folder, a picture or an index; others as they are.

    Raises:
        UsageError, NoReadablePictureError: See ``embedding.encoding.find_pictures``.
        StoreError: An index is damaged or out of reach.
    """
    places = [path for path in paths if not isinstance(path, ImageRef) and path and is_store(path)]
    if not places:
        return encoding.find_pictures(paths, exclude)
    others = [path for path in paths if path not in places]
    found = encoding.find_pictures(others, exclude) if others else Sources((), {})
    left_out, rule = Counter(found.left_out), Exclusion(exclude)
    refs: list[ImageRef] = []
    known: list[Known] = []
    for place in different(places):
        own, block = read_known(place, rule, {os.path.abspath(ref.place) for ref in refs}, left_out)
        refs += own
        known.append(block)
    if not refs and not others:
        raise NoReadablePictureError(
            f"There is no picture in {', '.join(map(printable, places))}; add some with "
            "`relevance index PATH -o INDEX --add`."
        )
    taken = {ref.place for ref in refs} if others else set()
    rest = [ref for ref in found.refs if ref.held or os.path.abspath(ref.place) not in taken]
    left_out[TWICE] += len(found.refs) - len(rest)
    return WithIndex(
        refs=(*_told_apart(refs, known, rest), *rest),
        left_out=dict(+left_out),
        kinds=found.kinds,
        not_entered=found.not_entered,
        notes=tuple([note for note in rule.notes() if not others or note in found.notes]),
        known=tuple(known),
    )


def _told_apart(
    refs: Sequence[ImageRef], known: Sequence[Known], rest: Sequence[ImageRef]
) -> Sequence[ImageRef]:
    """Put an index's name before folders whose name stands for others too."""
    ends = np.cumsum([len(block.vectors) for block in known]).tolist()
    parts = [refs[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    names = [{ref.folder for ref in part} for part in parts]
    counts = Counter(name for part in (*names, {ref.folder for ref in rest}) for name in part)
    if counts and max(counts.values()) == 1:
        return refs
    return [
        ref if counts[ref.folder] == 1 else ImageRef(ref.place, f"{block.name}/{ref.folder}")
        for block, part in zip(known, parts, strict=True)
        for ref in part
    ]


def fitting_settings(settings: _Settings, sources: Sources) -> _Settings:
    """Let settings that name no model have that of the index, if there is one.

    Raises:
        UsageError: Two indexes were made with different encoders.
    """
    known = sources.known if isinstance(sources, WithIndex) else ()
    for other in known[1:]:
        if other.origin.fingerprint != known[0].origin.fingerprint:
            raise UsageError(
                f"{printable(known[0].place)} was made with {known[0].origin.encoder} and "
                f"{printable(other.place)} with {other.origin.encoder}; make one of them anew with "
                "`relevance index --again --model NAME`."
            )
    return with_model_of(known[0].origin, settings) if known else settings


def encode(
    concepts: Sequence[Sequence[str]],
    sources: Sources,
    encoder: Encoder,
    settings: EncodingSettings,
    progress: Watch,
) -> Encoded:
    """Embed concepts, and those pictures that no index knows.

    Raises:
        UsageError: An index was made with another encoder.
        NoReadablePictureError: Not one picture could be read.
    """
    if not isinstance(sources, WithIndex):
        return encoding.encode(concepts, sources, encoder, settings, progress)
    for known in sources.known:
        fitting(known.place, encoder, known.origin)
    count = sum(len(known.vectors) for known in sources.known)
    rest = sources.refs[count:]
    if not count:
        return encoding.encode(concepts, Sources(rest, {}), encoder, settings, progress)
    with cache_of(encoder, settings) as cache:
        rows = embed_concepts(concepts, encoder, cache=cache)
        pictures = embed_images(
            rest,
            encoder,
            cache=cache,
            max_pixels=settings.max_pixels,
            progress=progress,
            with_looks=True,
        )
    return Encoded(rows, _joined(sources, pictures))


def _joined(sources: WithIndex, rest: Embeddings) -> Embeddings:
    """Put what indexes know before what was encoded."""
    blocks = [known.vectors for known in sources.known]
    count = sum(map(len, blocks))
    if len(rest.vectors) or len(blocks) > 1:
        blocks = [np.concatenate([*blocks, rest.vectors])]
    looks = rest.looks if rest.looks is not None else np.zeros(len(rest.refs), LOOK)
    firsts, start = [], 0
    for known in sources.known:
        firsts.append(start + first_rows(known.contents))
        start += len(known.contents)
    return Embeddings(
        refs=sources.refs,
        vectors=blocks[0],
        reasons=("",) * count + rest.reasons,
        cached=count + rest.cached,
        first_copy=np.concatenate([*firsts, start + rest.first_copy]),
        notes={count + row: note for row, note in rest.notes.items()},
        looks=np.concatenate([np.zeros(count, LOOK), looks]),
    )
