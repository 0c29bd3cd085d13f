"""How a calibration fitted on half of the sample categories fares on the other half.

Run: python benchmarks/calibration.py [--model NAME]
Each keyword's pictures are halved by turns within each folder; every half is once fitted on and
once judged. Counts and squared errors are added up over keywords and halves.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import relevance
from relevance.encoders import Encoder
from relevance.errors import UsageError
from relevance.judging.calibration.reliability import (
    brier_score,
    expected_calibration_error,
    reliability,
)
from relevance.judging.metrics import count_verdicts

CATEGORIES = Path(__file__).resolve().parent.parent / "data" / "google_images"


def halves() -> tuple[list[Path], list[Path]]:
    """Every second picture of each folder, and the others."""
    parts: tuple[list[Path], list[Path]] = [], []
    for folder in sorted(CATEGORIES.iterdir()):
        for number, path in enumerate(sorted(folder.iterdir())):
            parts[number % 2].append(path)
    return parts


def judged(scores: relevance.Scores) -> np.ndarray:
    """Truth, probability and verdict of every picture, as columns."""
    pictures = scores.pictures
    return np.column_stack([pictures.grade > 0, pictures.probability, pictures.relevant])


def both_ways(keyword: str, encoder: Encoder) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Judge each half without a calibration, and with one fitted on the other."""
    plain, fitted = [], []
    for fit, new in (halves(), halves()[::-1]):
        try:
            calibration = relevance.calibrate(keyword, fit, model=encoder)
        except UsageError as error:
            print(f"{keyword}: {error}")
            continue
        plain.append(judged(relevance.score(keyword, new, model=encoder)))
        fitted.append(judged(relevance.score(keyword, new, model=encoder, calibration=calibration)))
    return plain, fitted


def line(name: str, parts: list[np.ndarray]) -> str:
    """One line of the table."""
    truth, chance, verdict = np.concatenate(parts).T
    counts = count_verdicts(truth > 0, verdict > 0, 0.5)
    bins = reliability(truth > 0, chance)
    return (
        f"| {name} | {counts.precision:.2f} | {counts.recall:.2f} | {counts.f1:.2f} "
        f"| {counts.wrong} of {len(truth)} | {brier_score(truth > 0, chance):.3f} "
        f"| {expected_calibration_error(bins):.3f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="compact")
    encoder = relevance.load_encoder(parser.parse_args().model)
    plain: list[np.ndarray] = []
    fitted: list[np.ndarray] = []
    for keyword in sorted(path.name for path in CATEGORIES.iterdir()):
        without, with_it = both_ways(keyword, encoder)
        plain += without
        fitted += with_it
    print("\n| on the other half | precision | recall | F1 | wrong | Brier | calibration error |")
    print("|---|---|---|---|---|---|---|")
    print(line("uncalibrated, at 0.5", plain))
    print(line("calibrated", fitted))
    never = [np.column_stack([part[:, 0], np.full((len(part), 2), 0.0)]) for part in plain]
    print(line("always irrelevant", never))


if __name__ == "__main__":
    main()
