"""Nouns of WordNet 3.0 (Miller 1995) that can be seen: their senses, synonyms and broader nouns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDER = Path("/usr/share/wordnet")  # where Debian's wordnet-base puts it
# Lexicographer files: animal, artifact, food, natural object, plant, substance.
VISIBLE = ("05", "06", "13", "17", "20", "27")


@dataclass(frozen=True)
class Synset:
    """One sense: its words, and the offsets of its hypernyms."""

    key: str
    kind: str
    words: tuple[str, ...]
    hypernyms: tuple[str, ...]


class WordNet:
    """The nouns of one WordNet folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read ``data.noun`` and ``index.noun``."""
        lines = (folder / "data.noun").read_text(encoding="utf-8").splitlines()
        self.synsets = {s.key: s for s in map(_synset, filter(_is_entry, lines))}
        lines = (folder / "index.noun").read_text(encoding="utf-8").splitlines()
        self._senses = dict(map(_index_entry, filter(_is_entry, lines)))

    def senses(self, word: str) -> list[Synset]:
        """Return the senses of a noun, most frequent first; spelt apart, joined or hyphenated."""
        word = word.lower()
        for form in (word, word.replace(" ", "-"), word.replace("-", " "), word.replace(" ", "")):
            if form in self._senses:
                return [self.synsets[key] for key in self._senses[form]]
        return []

    def visible(self, word: str, kinds: tuple[str, ...] = ()) -> Synset | None:
        """Return the first sense that can be seen, of the given kinds if there is one."""
        senses = [sense for sense in self.senses(word) if sense.kind in VISIBLE]
        wanted = [sense for sense in senses if sense.kind in kinds]
        return next(iter(wanted or senses), None)

    def chain(self, synset: Synset) -> list[Synset]:
        """Return a sense and everything broader, nearest first."""
        found: dict[str, Synset] = {}
        todo = [synset.key]
        while todo:
            key = todo.pop(0)
            if key not in found:
                found[key] = self.synsets[key]
                todo += self.synsets[key].hypernyms
        return list(found.values())

    @cached_property
    def vocabulary(self) -> list[str]:
        """Names of things that can be seen, of up to three words, without ranks of taxonomy."""
        words: dict[str, None] = {}
        for synset in self.synsets.values():
            if synset.kind in VISIBLE:
                words |= dict.fromkeys(w.lower() for w in synset.words[:3] if _is_name(w))
        return list(words)


def _is_entry(line: str) -> bool:
    return not line.startswith("  ")  # the licence at the top


def _is_name(word: str) -> bool:
    rank = re.match(r"(genus|family|order|class|suborder|subfamily) ", word)
    return not rank and len(word.split()) <= 3 and not re.search(r"[A-Z]{2,}|\d|'s", word)


def _synset(line: str) -> Synset:
    fields = line.partition(" | ")[0].split()  # the definition comes after it
    n_words = int(fields[3], 16)
    words = (re.sub(r"\(.*\)", "", fields[4 + 2 * i]).replace("_", " ") for i in range(n_words))
    pointers = fields[5 + 2 * n_words :]
    above = (pointers[i + 1] for i in range(0, len(pointers) - 3, 4) if pointers[i] in {"@", "@i"})
    return Synset(fields[0], fields[1], tuple(words), tuple(above))


def _index_entry(line: str) -> tuple[str, list[str]]:
    fields = line.split()
    return fields[0].replace("_", " "), fields[-int(fields[2]) :]
