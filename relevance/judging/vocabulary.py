"""Which keywords an English encoder hardly knows, by a list of English words and by its tokenizer.

The list has the words of WordNet 3.0 (its licence is in ``WORDNET_LICENSE``) and of the texts that
the compact encoder was fitted on. It is kept as a Bloom filter (Bloom 1970): a word of the list is
always found, and one in a thousand that is not in it is found too. ``training/words.py`` makes it.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path

from relevance.encoders import Encoder
from relevance.judging.words import stems

FILE = Path(__file__).with_name("known_words.bin")

_HASHES = 10
_BITS = 14.4  # for each word, which leaves one in a thousand wrong
_WORD = re.compile("[a-z]{2,}")
_WHOLE = 3  # tokens of a word that is one piece, with the two around it
_SHARE = 0.5  # of a keyword's words


def filter_of(known: Collection[str]) -> bytes:
    """Return the filter that knows these stems."""
    found = bytearray(math.ceil(_BITS * len(known) / 8))
    for stem in known:
        for bit in _bits(stem, 8 * len(found)):
            found[bit // 8] |= 1 << bit % 8
    return bytes(found)


def holds(known: bytes, stem: str) -> bool:
    """Say whether a filter knows a stem."""
    return all(known[bit // 8] >> bit % 8 & 1 for bit in _bits(stem, 8 * len(known)))


def hardly_known(keywords: Sequence[str], encoder: Encoder) -> list[str]:
    """Return the keywords of which at least half the words are unknown to an English encoder.

    A word is unknown where it is not in the list, and the encoder's tokenizer has to spell it out
    of pieces. A keyword with other letters than English ones counts as unknown at once. Figures
    are in benchmarks/README.md.

    Args:
        keywords: As somebody typed them.
        encoder: One that was trained on English alone; its tokenizer is asked about words that are
            not in the list.
    """
    return [keyword for keyword in keywords if _is_hardly_known(keyword, encoder)]


def _is_hardly_known(keyword: str, encoder: Encoder) -> bool:
    if not keyword.isascii():
        return True
    words = _WORD.findall(keyword.lower())
    doubtful = [word for word in words if not _is_listed(word)]
    if not doubtful or len(doubtful) < _SHARE * len(words):
        return False
    spelt = int((encoder.count_tokens(doubtful) > _WHOLE).sum())
    return spelt > 0 and spelt >= _SHARE * len(words)


def _is_listed(word: str) -> bool:
    return all(holds(_filter(), stem) for stem in stems(word))


@cache
def _filter() -> bytes:
    """Read the list when a keyword is first looked up, not when the package is imported."""
    return FILE.read_bytes()


def _bits(stem: str, size: int) -> Iterator[int]:
    """Return the bits that stand for a stem (double hashing, Kirsch and Mitzenmacher 2006)."""
    digest = hashlib.blake2b(stem.encode(), digest_size=16).digest()
    first, step = (int.from_bytes(part, "little") for part in (digest[:8], digest[8:]))
    return ((first + number * step) % size for number in range(_HASHES))
