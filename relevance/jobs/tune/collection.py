"""All pictures of a run, split: what is trained on, what decides and what measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from relevance.encoders.base import IntArray
from relevance.encoders.tuning import Pairs
from relevance.errors import RelevanceError, UsageError
from relevance.jobs.tune.looking import Groups, groups_of, picture_of
from relevance.jobs.tune.material import Example, Material
from relevance.jobs.tune.measuring import Pool, pool_of
from relevance.jobs.tune.splitting import (
    HELD_OUT,
    LEFT_OUT,
    TRAINING,
    VALIDATION,
    Parts,
    halves,
    split,
)
from relevance.judging.prompts import DEFAULT_TEMPLATES, fill
from relevance.pictures.reading import Skipped
from relevance.system.names import printable


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """Examples of the source and then of the other one, if there is one.

    Attributes:
        examples: n pictures with their texts.
        n_own: How many of them, the first, are of the source.
        groups: ``(n,)``, equal for copies and near copies.
        part: ``(n,)``, see ``splitting``.
        untrained: Texts of the source that were drawn to be trained on no picture.
        captions: Whether the texts of the source, and of the other one, are captions.
    """

    examples: tuple[Example, ...]
    n_own: int
    groups: Groups
    part: Parts
    untrained: tuple[str, ...]
    captions: tuple[bool, bool]

    @property
    def texts(self) -> list[str]:
        """The text of each picture."""
        return [example.text for example in self.examples]

    @property
    def trained(self) -> frozenset[str]:
        """Texts that are trained."""
        return frozenset(self.examples[row].text for row in self.rows(TRAINING).tolist())

    def rows(self, part: int) -> IntArray:
        """Return the numbers of the pictures of a part."""
        return np.flatnonzero(self.part == part)

    def pools(self, part: int) -> list[Pool]:
        """Return the pictures of a part as questions: of the source, and of the other one."""
        rows, texts, trained = self.rows(part), self.texts, self.trained
        is_own = rows < self.n_own
        return [
            pool_of(
                *(rows[is_own == own], texts, self.groups, trained),
                is_captions=captions,
                together=captions and own,
            )
            for own, captions in zip((True, False), self.captions, strict=True)
            if (is_own == own).any()
        ]

    def pairs(self, part: int, image_size: int, max_pixels: int) -> Pairs:
        """Return pictures of a part, of the source alone, with the texts to train them on.

        A keyword becomes the first prompt that ``score`` asks with; a caption stays.
        """
        rows = [row for row in self.rows(part).tolist() if row < self.n_own]
        chosen = [self.examples[row] for row in rows]

        def read(at: int) -> Image.Image:
            picture = picture_of(chosen[at].ref, image_size, max_pixels)
            if isinstance(picture, Skipped):
                raise RelevanceError(
                    f"{printable(chosen[at].shown)} could be read before and cannot be any more: "
                    f"{picture.reason}. Run it again."
                )
            return picture

        texts = [
            example.text if self.captions[0] else fill(DEFAULT_TEMPLATES[:1], example.text)[0]
            for example in chosen
        ]
        return Pairs(tuple(texts), tuple(example.look.digest for example in chosen), read)


def collected(own: Material, other: Material | None, hold_out: float, seed: int) -> Collection:
    """Put sources together and split them.

    Raises:
        UsageError: There are fewer than two texts, or too few pictures to hold any out.
    """
    examples = (*own.examples, *(other.examples if other else ()))
    groups = groups_of([example.look for example in examples])
    n_own = len(own.examples)
    texts = [example.text for example in examples]
    if len(set(texts[:n_own])) < 2:
        raise UsageError(
            f"{own.source} has fewer than two different texts, and tuning tells texts apart. Give "
            "the folder above the categories, or a table of pairs."
        )
    first = split(texts[:n_own], groups[:n_own], hold_out, seed, keep_texts=other is not None)
    part = first.part
    if other:
        part = np.append(part, _of_other(texts[n_own:], groups, n_own, part, seed))
    found = Collection(
        examples,
        n_own,
        groups,
        part,
        first.untrained,
        (own.is_table, bool(other and other.is_table)),
    )
    _check(found, own.source)
    return found


def _of_other(texts: Sequence[str], groups: Groups, n_own: int, part: Parts, seed: int) -> Parts:
    """Split the other source in halves; what is a copy of one of the source's pictures is out."""
    of_own = groups[n_own:] < n_own
    _, first, number = np.unique(groups[n_own:], return_index=True, return_inverse=True)
    found = halves(texts, first[number], seed).part
    found[of_own] = LEFT_OUT
    return found


def _check(collection: Collection, source: str) -> None:
    few = [
        name
        for part, name in ((VALIDATION, "to validate on"), (HELD_OUT, "to hold out"))
        if len({collection.examples[row].text for row in collection.rows(part).tolist()}) < 2
    ]
    if few or len(collection.trained) < 2:
        raise UsageError(
            f"{source} has too few pictures: of {collection.n_own} there are not enough of two "
            f"texts {few[0] if few else 'to train on'} beside the rest. Give at least three "
            "different pictures of each category; copies and near copies count once."
        )
