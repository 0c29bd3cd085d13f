"""How well an encoder does on the sample pictures: one keyword a category, against all others.

Prints a Markdown table; its result is kept in benchmarks/README.md with date and machine.

    python benchmarks/sample_quality.py --model compact
"""

from __future__ import annotations

import argparse
from pathlib import Path

import relevance

DATA = Path(__file__).parent.parent / "data"


def main() -> None:
    """Score every category's own name and the examples, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="compact")
    encoder = relevance.load_encoder(parser.parse_args().model)
    print(f"Encoder {encoder.info.name}, fingerprint {encoder.info.fingerprint}\n")
    print("| keyword | pictures | folder with the highest mean | ROC AUC (95 %) | AP | F1 at 0.5 |")
    print("| --- | --- | --- | --- | --- | --- |")
    first, values = 0, []
    categories = sorted(path.name for path in (DATA / "google_images").iterdir())
    for keyword in categories:
        scores = relevance.score(keyword, DATA / "google_images", model=encoder)
        first += scores.folders["folder"][0] == keyword
        values.append(scores.evaluation().roc_auc.value)
        print(row(keyword, scores))
    print(row("almonds", relevance.score("almonds", DATA / "examples", model=encoder)))
    print(f"\n{first} of {len(categories)} categories come first for their own name; ", end="")
    print(f"mean AUC over the categories {sum(values) / len(values):.3f}.")


def row(keyword: str, scores: relevance.Scores) -> str:
    """One line of the table."""
    evaluation = scores.evaluation()
    auc = evaluation.roc_auc
    return (
        f"| {keyword} | {len(scores.scored)} | {scores.folders['folder'][0]} "
        f"| {auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f}) "
        f"| {evaluation.average_precision.value:.3f} | {evaluation.chosen.f1:.2f} |"
    )


if __name__ == "__main__":
    main()
