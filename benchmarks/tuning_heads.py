"""What tuning the compact encoder's heads is worth, on pictures that nothing was fitted on.

Run: python benchmarks/tuning_heads.py [--data FOLDER] [--draws N] [--source NAME ...]

Classes that the encoder has never seen (split "unseen" of ../shared/alignment): half of them, drawn
anew each time, are tuned with half of their pictures held out; the other half of the classes are
keywords that it is not tuned on, in a pool of their own. Caltech-101 is where PULL, RATE and the
figure that chooses were found; groceries were looked at once, here. Then data/google_images as
`relevance tune` splits it. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import tarfile
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from relevance import tune
from relevance.jobs.tune.result import Tuning

HERE = Path(__file__).resolve().parent
SOURCES = ("caltech101", "grocery")
SAMPLES = "google_images"
_ENDS = ("before", "after")
SHOWN = ("roc_auc", "average_precision", "ndcg", "top_1")


def unpacked(data: Path, source: str, folder: Path) -> list[str]:
    """Write a source's unseen pictures as one folder a class; return the classes."""
    pairs = pd.read_csv(data / "pairs.csv")
    pairs = pairs[(pairs["dataset"] == source) & (pairs["split"] == "unseen")]
    with tarfile.open(data / f"{source}.tar") as tar:
        for path, text in zip(pairs["path"], pairs["text"], strict=True):
            place = folder / text / Path(path).name
            place.parent.mkdir(parents=True, exist_ok=True)
            stream = tar.extractfile(path)
            assert stream is not None
            place.write_bytes(stream.read())
    return sorted(set(pairs["text"]))


def halved(folder: Path, classes: list[str], seed: int) -> tuple[Path, Path]:
    """Put half of the classes into one folder and the rest into another."""
    order = np.random.default_rng(seed).permutation(len(classes))
    halves = []
    for name, chosen in (("tuned", order[::2]), ("others", order[1::2])):
        half = folder.with_name(f"{folder.name}-{seed}-{name}")
        half.mkdir()
        for number in chosen:
            (half / classes[number]).mkdir()
            for file in (folder / classes[number]).iterdir():
                (half / classes[number] / file.name).hardlink_to(file)
        halves.append(half)
    return halves[0], halves[1]


def line(name: str, runs: list[Tuning], kind: str, seconds: float) -> str:
    """Return a row: mean figures before and after over the draws."""
    found = [item for run in runs for item in run.measured if item.name == kind]
    cells = []
    for figure in SHOWN:
        gains = [item.figures[figure] for item in found]
        before, after = (np.mean([getattr(gain, at) for gain in gains]) for at in _ENDS)
        cells.append(f"{before:.3f} → {after:.3f}")
    rises = [item.figures["average_precision"].gain for item in found]
    shown = sum(gain.low > 0 for gain in rises), sum(gain.high < 0 for gain in rises)
    said = f"{shown[0]} up, {shown[1]} down of {len(rises)}"
    shares = ", ".join(f"{run.outcome.share:g}" for run in runs)
    figures = " | ".join(cells)
    return f"| {name}, {kind} | {figures} | {said} | {shares} | {seconds:.0f} |"


def main() -> None:
    """Tune and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE.parents[1] / "shared" / "alignment")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--source", nargs="*", default=[*SOURCES, SAMPLES])
    args = parser.parse_args()
    print("| pictures, keywords | AUC | AP | nDCG@10 | top-1 | AP shown | share | s |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        for source in [name for name in SOURCES if name in args.source]:
            folder = Path(scratch, source)
            classes = unpacked(args.data, source, folder)
            runs, start = [], time.perf_counter()
            for seed in range(args.draws):
                own, other = halved(folder, classes, seed)
                runs.append(
                    tune(
                        *(own, Path(scratch, f"{source}-out-{seed}")),
                        model="compact",
                        other=other,
                        hold_out=0.5,
                        seed=seed,
                    )
                )
            seconds = (time.perf_counter() - start) / args.draws
            for kind in ("tuned", "elsewhere"):
                print(line(source, runs, kind, seconds), flush=True)
        if SAMPLES not in args.source:
            return
        samples, start = HERE.parent / "data" / SAMPLES, time.perf_counter()
        runs = [
            tune(samples, Path(scratch, f"samples-{seed}"), model="compact", seed=seed)
            for seed in range(args.draws)
        ]
        seconds = (time.perf_counter() - start) / args.draws
        for kind in ("tuned", "not tuned"):
            print(line("data/google_images", runs, kind, seconds), flush=True)


if __name__ == "__main__":
    main()
