"""Keyword -> prompts, and the background prompts that a keyword is held against."""

from __future__ import annotations

from collections.abc import Sequence

from relevance.errors import UsageError
from relevance.judging.words import stems

DEFAULT_TEMPLATES = (
    "a photo of {}",
    "a product photo of {}",
    "a close-up photo of {}",
)
"""A small product-photo ensemble after Radford et al. 2021 (CLIP), section 3.1.4."""

BACKGROUND_CONCEPTS = (
    # what else a supplier's folder may show
    "food",
    "fruit",
    "vegetables",
    "bread",
    "meat",
    "fish",
    "cheese",
    "sweets",
    "spices",
    "a drink",
    "a plant",
    "flowers",
    "clothing",
    "shoes",
    "a bag",
    "jewellery",
    "cosmetics",
    "furniture",
    "kitchenware",
    "a tool",
    "a machine",
    "an electronic device",
    "a toy",
    "a book",
    "a bottle",
    "a cardboard box",
    "plastic packaging",
    "fabric",
    # what gets in by mistake
    "a person",
    "a hand",
    "an animal",
    "a car",
    "a building",
    "a room",
    "a street",
    "a landscape",
    "a document",
    "a logo",
    "a drawing",
    "an empty surface",
)
"""Everyday product and scene concepts, the same for every keyword and every encoder."""


def fill(templates: Sequence[str], concept: str) -> tuple[str, ...]:
    """Put a concept into every template.

    Raises:
        UsageError: There is no template, one has no ``{}``, or the concept is blank.
    """
    if not concept.strip():
        raise UsageError('The keyword is empty; give a word or phrase such as "almonds".')
    if not templates:
        raise UsageError('There is no prompt template; give one such as "a photo of {}".')
    for template in templates:
        if "{}" not in template:
            raise UsageError(
                f'The template "{template}" has no {{}} where the keyword goes, '
                'as in "a photo of {}".'
            )
    return tuple(template.replace("{}", concept.strip()) for template in templates)


def without_keyword(concepts: Sequence[str], keyword: str) -> tuple[str, ...]:
    """Return the background concepts that do not say the keyword themselves.

    A concept is dropped if it contains every word of the keyword or the keyword every word of
    it, up to endings: "toys" drops "a toy", "cheese board" drops "cheese".

    Raises:
        UsageError: None is left.
    """
    wanted = set(stems(keyword))
    own = {concept: set(stems(concept)) for concept in concepts}
    kept = tuple(
        concept
        for concept, words in own.items()
        if not (words <= wanted or (wanted and wanted <= words))
    )
    if not kept:
        raise UsageError(
            f"No background concept is left that is not part of “{keyword}”; name what else the "
            'pictures may show, such as "packaging".'
        )
    return kept


def sharing_background(
    keywords: Sequence[str], background: Sequence[str]
) -> list[tuple[list[int], list[int]]]:
    """Group keywords that are held against the same background; most are.

    Returns:
        Numbers of the keywords of each group, and of the concepts that ``without_keyword`` keeps.

    Raises:
        UsageError: A keyword keeps none.
    """
    alike: dict[tuple[str, ...], list[int]] = {}
    for number, keyword in enumerate(keywords):
        alike.setdefault(without_keyword(background, keyword), []).append(number)
    return [(numbers, list(map(background.index, kept))) for kept, numbers in alike.items()]
