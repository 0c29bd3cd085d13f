"""Step 2: sentence features of every class's names, and of the nouns of WordNet that can be seen.

Run: python texts.py [--data FOLDER] [--work FOLDER] [--wordnet FOLDER]
Writes work/texts.npz: ``names`` (n_names,), ``owner`` (n_names,) the class of each, ``wording``
float16 ``(n_names, 2 numbers, n_templates, 384)``, ``vocabulary`` float16 ``(n_nouns, 3, 384)``
(the noun, "a photo of" it, its plural), ``overlap`` bool ``(n_classes, n_classes)``, ``label``
``(n_pictures,)``, ``family`` (n_classes,).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from common import MAX_TOKENS, arguments, read_pairs, unit
from names import classes_of, labels_of, overlaps, plural, singular
from tokenizers import Tokenizer
from towers import TextTower, export_text, tokenizer_file
from wordnet import FOLDER, WordNet

from relevance.encoders.compact.networks import TEXT_WIDTH

BATCH = 128
TEMPLATES = ("{}", "a photo of {}", "a product photo of {}", "a close-up photo of {}")


class TextEncoder:
    """MiniLM on ONNX Runtime, some three times as fast as PyTorch here, over lists of texts."""

    def __init__(self, work: Path) -> None:
        """Load the tower, exported into the work folder at its first use, and its tokenizer."""
        path = work / "sentences.onnx"
        if not path.exists():
            export_text(TextTower().eval(), path)
        self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(tokenizer_file()))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()

    def __call__(self, texts: list[str]) -> np.ndarray:
        """Return unit features ``(n_texts, 384)`` float32; a batch holds texts of one length."""
        coded = [item.ids for item in self._tokenizer.encode_batch(texts)]
        lengths = np.array([len(ids) for ids in coded])
        rows = np.empty((len(texts), TEXT_WIDTH), np.float32)
        for length in np.unique(lengths):
            same = np.flatnonzero(lengths == length)
            for part in np.array_split(same, -(-len(same) // BATCH)):
                ids = np.array([coded[i] for i in part])
                inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
                rows[part] = self._session.run(None, inputs)[0]
        return unit(rows)

    def table(self, texts: np.ndarray) -> np.ndarray:
        """Return float16 features ``(*shape, 384)`` of an array of texts, each encoded once."""
        found, place = np.unique(texts, return_inverse=True)
        return self(found.tolist()).astype(np.float16)[place].reshape(*texts.shape, 384)


def wordings(name: str) -> list[list[str]]:
    """Return a name's prompts: one list a number (singular, plural), one prompt a template."""
    return [[t.format(form) for t in TEMPLATES] for form in (singular(name), plural(name))]


def main() -> None:
    """Collect names, embed every wording and write ``texts.npz``."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--wordnet", type=Path, default=FOLDER)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    wordnet, pairs = WordNet(args.wordnet), read_pairs(args.data)
    classes = classes_of(pairs, wordnet)
    names = [(name, number) for number, item in enumerate(classes) for name in item.names]
    nouns = wordnet.vocabulary
    encoder = TextEncoder(args.work)
    np.savez(
        args.work / "texts.npz",
        names=np.array([name for name, _ in names]),
        owner=np.array([number for _, number in names]),
        wording=encoder.table(np.array([wordings(name) for name, _ in names])),
        vocabulary=encoder.table(np.array([[n, f"a photo of {n}", plural(n)] for n in nouns])),
        overlap=overlaps(classes),
        label=labels_of(pairs, classes),
        family=np.array([item.family for item in classes]),
    )
    known = sum(bool(item.chain) for item in classes)
    print(f"{len(classes)} classes ({known} in WordNet), {len(names)} names, {len(nouns)} nouns")


if __name__ == "__main__":
    main()
