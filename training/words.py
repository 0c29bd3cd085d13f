"""Writes ``relevance/judging/known_words.bin``: which words an English encoder may know.

Stems of the words of WordNet 3.0 and of the texts that the compact encoder was fitted on, as a
Bloom filter (see ``relevance.judging.vocabulary``).

    PYTHONPATH=. python training/words.py --data ../shared/alignment
"""

from __future__ import annotations

import argparse
import csv
import re
from pathlib import Path

from wordnet import FOLDER

from relevance.judging.vocabulary import FILE, filter_of
from relevance.judging.words import stems


def wordnet_words() -> set[str]:
    """Return all lemmas of one word, and irregular forms, in lower case.

    Parts of longer lemmas that are none themselves are mostly foreign: "pomme", of pomme blanche.
    """
    found: set[str] = set()
    for kind in ("noun", "adj", "verb", "adv"):
        for line in (FOLDER / f"data.{kind}").read_text().splitlines():
            if not line.startswith("  "):
                parts = line.split(" ")
                for lemma in parts[4 : 4 + 2 * int(parts[3], 16) : 2]:
                    if "_" not in lemma:
                        found.update(re.sub(r"\(.*", "", lemma).lower().split("-"))
        found.update((FOLDER / f"{kind}.exc").read_text().lower().split())
    return {word for word in found if word.isascii() and word.isalpha()}


def fitted_words(data: Path) -> set[str]:
    """Return the words of the texts that the encoder was fitted on; none of those held out."""
    with (data / "pairs.csv").open(encoding="utf-8") as stream:
        texts = [row["text"] for row in csv.DictReader(stream) if row["split"] == "train"]
    return {word for text in texts for word in re.findall("[a-z]+", text.lower())}


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    words = wordnet_words() | fitted_words(parser.parse_args().data)
    known = {stem for word in words for stem in stems(word)}
    FILE.write_bytes(filter_of(known))
    print(f"{len(known)} stems, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
