"""How many keywords are said to be hardly known: English names of products, and others.

English names are texts that the encoder was not fitted on and whose words stay out of the list; the
others are the words of ``foreign_words.txt``.

    PYTHONPATH=. python benchmarks/unknown_words.py ../shared/alignment/pairs.csv
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

from relevance.encoders import load_encoder
from relevance.judging.vocabulary import hardly_known


def main() -> None:
    """Print a line for each kind of words."""
    encoder = load_encoder("compact")
    groups: dict[str, list[str]] = defaultdict(list)
    with Path(sys.argv[1]).open(encoding="utf-8") as stream:
        texts = {(row["dataset"], row["text"]): row["split"] for row in csv.DictReader(stream)}
    for (dataset, text), split in sorted(texts.items()):
        if split != "train":
            groups[f"English, {dataset}"].append(text)
    for line in Path(__file__).with_name("foreign_words.txt").read_text().splitlines():
        if not line.startswith("#"):
            name, words = line.split(": ")
            groups[name] += words.split(", ")
    for name, words in groups.items():
        found = hardly_known(words, encoder)
        share = len(found) / len(words)
        print(f"{name:28} {len(found):4} of {len(words):4} {share:6.1%}  {found[:8]}")


if __name__ == "__main__":
    main()
