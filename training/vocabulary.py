"""Not a step: the nouns of products and food that `relevance describe` chooses tags from.

Run: python vocabulary.py [--data FOLDER] [--wordnet FOLDER]
Writes ``relevance/jobs/describe/nouns.txt``: a word a line, below WordNet's licence.

A noun is taken where WordNet 3.0 knows it as food or as goods among its first two senses (among its
first five, where the texts that the compact encoder was fitted on have it thrice) and those texts
name it. Of words with one sense the one that the texts have most often stands for all.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from common import arguments, read_pairs
from names import singular
from wordnet import FOLDER, Synset, WordNet

TARGET = Path(__file__).resolve().parents[1] / "relevance" / "jobs" / "describe" / "nouns.txt"
FOOD, ARTIFACT, BODY = "13", "06", "08"
GOODS = {
    "03575240",  # instrumentality: devices, containers, furnishings, vehicles
    "03122748",  # covering: clothing, footwear
    "03076708",  # commodity
    "03309808",  # fabric
    "03169390",  # decoration
    "03964744",  # plaything
}
USUAL_SENSES, RARE_SENSES, OFTEN = 2, 5, 3
WORD = re.compile(r"[a-z]+([ -][a-z]+)?")
HEADER = """\
Nouns of food and goods, in alphabetical order. Made by training/vocabulary.py from
WordNet 3.0 (Miller 1995, https://wordnet.princeton.edu), whose licence follows.
"""


def main() -> None:
    """Choose the nouns and write them."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--wordnet", type=Path, default=FOLDER)
    parser.add_argument("--output", type=Path, default=TARGET)
    args = parser.parse_args()
    nouns = sorted(chosen(WordNet(args.wordnet), names_in(args)))
    notes = (HEADER + "\n" + licence(args.wordnet)).splitlines()
    lines = [f"# {note}".rstrip() for note in notes] + nouns
    args.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(nouns)} nouns")


def names_in(args: argparse.Namespace) -> Counter[str]:
    """Count texts, and the last words of texts, as they stand."""
    texts = read_pairs(args.data)["text"].dropna().str.lower()
    return Counter(name for text in texts for name in {text, text.split()[-1]})


def chosen(wordnet: WordNet, names: Counter[str]) -> Iterator[str]:
    """Yield the nouns, one for each sense."""
    lemmas = {word.lower() for synset in wordnet.synsets.values() for word in synset.words}
    counts: Counter[str] = Counter()
    for name, count in names.items():  # "sunglasses" is a noun of its own, "apples" is not
        counts[name if name in lemmas else singular(name)] += count
    by_sense: dict[str, list[str]] = {}
    for word in counts:
        sense = sense_of(word, counts[word], wordnet)
        if sense:
            by_sense.setdefault(sense.key, []).append(word)
    for words in by_sense.values():
        yield max(words, key=lambda word: (counts[word], word))


def sense_of(word: str, count: int, wordnet: WordNet) -> Synset | None:
    """Return the sense in which a noun is food or goods; None where it is neither, or rarely."""
    if not WORD.fullmatch(word) or word not in {form.lower() for form in _forms(word, wordnet)}:
        return None
    senses = wordnet.senses(word)
    wanted = senses[: RARE_SENSES if count >= OFTEN else USUAL_SENSES]
    found = next((sense for sense in wanted if is_goods(sense, wordnet)), None)
    if found and found != senses[0] and senses[0].kind == BODY:  # a thigh is a leg's, seldom meat
        return None
    return found


def _forms(word: str, wordnet: WordNet) -> Iterator[str]:
    """Yield the spellings of a word's senses: WordNet finds "paperclip" for "paper-clip" too."""
    for sense in wordnet.senses(word):
        yield from sense.words


def is_goods(sense: Synset, wordnet: WordNet) -> bool:
    """Say whether a sense is food, or an artefact that is bought."""
    if sense.kind == FOOD:
        return True
    return sense.kind == ARTIFACT and any(s.key in GOODS for s in wordnet.chain(sense)[1:])


def licence(folder: Path) -> str:
    """Return WordNet's licence, which stands at the top of each of its files."""
    lines = (folder / "index.noun").read_text(encoding="utf-8").splitlines()
    top = [line for line in lines if line.startswith("  ")]
    return "\n".join(re.sub(r"^  *\d+ ?", "", line).rstrip() for line in top)


if __name__ == "__main__":
    main()
